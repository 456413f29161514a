from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostraka.learning.errors import ManifestError
from ostraka.learning.manifest import Manifest, leaf_hash, proves

ENTRIES = st.lists(st.binary(max_size=12), min_size=1, max_size=40, unique=True)


def _textbook_root(leaves: list[bytes]) -> bytes:
    """RFC 9162, section 2.1.1, as it is written: split at the largest power of two."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    middle = 1
    while middle * 2 < len(leaves):
        middle *= 2
    left, right = _textbook_root(leaves[:middle]), _textbook_root(leaves[middle:])
    return sha256(b"\x01" + left + right).digest()


@given(entries=ENTRIES)
def test_the_root_is_that_of_the_rfc_over_sorted_leaves(entries: list[bytes]) -> None:
    leaves = sorted(sha256(b"\x00" + entry).digest() for entry in entries)
    assert Manifest(entries).root == _textbook_root(leaves)


def test_known_roots() -> None:
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert Manifest([]).root.hex() == empty
    # RFC 6962's own test vector for one empty entry
    one = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert Manifest([b""]).root.hex() == one


@given(entries=ENTRIES, data=st.data())
def test_the_order_of_arrival_does_not_matter(entries: list[bytes], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(entries))
    assert Manifest(shuffled).root == Manifest(entries).root


@given(entries=ENTRIES)
def test_every_entry_proves_its_place(entries: list[bytes]) -> None:
    manifest = Manifest(entries)
    for entry in entries:
        assert entry in manifest
        assert proves(manifest.proof(entry), entry, root=manifest.root)


@given(entries=ENTRIES, stranger=st.binary(min_size=13, max_size=20))
def test_no_proof_serves_another_entry_or_another_root(
    entries: list[bytes], stranger: bytes
) -> None:
    manifest = Manifest(entries)
    proof = manifest.proof(entries[0])
    assert not proves(proof, stranger, root=manifest.root)
    assert not proves(proof, entries[0], root=Manifest([*entries, stranger]).root)


@given(entries=st.lists(st.binary(max_size=12), min_size=2, max_size=40, unique=True))
def test_a_proof_with_anything_changed_fails(entries: list[bytes]) -> None:
    manifest = Manifest(entries)
    proof = manifest.proof(entries[0])
    forgeries = [
        replace(proof, index=proof.size),
        replace(proof, index=-1),
        replace(proof, path=proof.path[:-1]),
        replace(proof, path=(*proof.path, b"\x00" * 32)),
        replace(proof, path=(bytes(32), *proof.path[1:])),
    ]
    for forged in forgeries:
        assert not proves(forged, entries[0], root=manifest.root)


def test_an_inner_node_is_no_entry() -> None:
    """Attack: present the two children of a node as if they were a row (second preimage)."""
    manifest = Manifest([b"a", b"b"])
    left, right = sorted([leaf_hash(b"a"), leaf_hash(b"b")])
    forged = replace(manifest.proof(b"a"), index=0, size=1, path=())
    assert not proves(forged, left + right, root=manifest.root)


def test_an_entry_that_is_not_there_has_no_proof() -> None:
    assert b"b" not in Manifest([b"a"])
    with pytest.raises(ManifestError):
        Manifest([b"a"]).proof(b"b")
