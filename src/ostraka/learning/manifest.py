"""The manifest: one hash that stands for a set of rows, and short proofs that a row is in it.

The tree is that of RFC 9162 (section 2.1) over leaves sorted by their hash, so the root does not
depend on the order in which rows arrived, and whoever holds a row can check that it was learned
from without seeing any other row.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from ostraka.learning.errors import ManifestError

_LEAF = b"\x00"
_NODE = b"\x01"
"""Distinct prefixes, so that an inner node can never be passed off as a row (RFC 9162, 2.1.1)."""


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of one entry."""
    return sha256(_LEAF + entry).digest()


def _node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(_NODE + left + right).digest()


def _split(count: int) -> int:
    """Return the largest power of two smaller than ``count``."""
    return 1 << ((count - 1).bit_length() - 1)


def _root(leaves: Sequence[bytes]) -> bytes:
    if not leaves:
        return sha256(b"").digest()
    level = list(leaves)
    while len(level) > 1:  # pairwise from the left gives the same tree as splitting at powers of 2
        paired = [_node_hash(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = paired + level[len(paired) * 2 :]
    return level[0]


def _path(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    if len(leaves) == 1:
        return ()
    middle = _split(len(leaves))
    if index < middle:
        return (*_path(leaves[:middle], index), _root(leaves[middle:]))
    return (*_path(leaves[middle:], index - middle), _root(leaves[:middle]))


@dataclass(frozen=True)
class InclusionProof:
    """That an entry stands at ``index`` of ``size`` entries: the sibling hashes, bottom up."""

    index: int
    size: int
    path: tuple[bytes, ...]


class Manifest:
    """A sorted Merkle tree over entries; equal sets of entries have equal roots."""

    def __init__(self, entries: Iterable[bytes]) -> None:
        self._leaves = sorted(leaf_hash(entry) for entry in entries)

    def __len__(self) -> int:
        return len(self._leaves)

    @property
    def root(self) -> bytes:
        """The hash that stands for all entries."""
        return _root(self._leaves)

    def __contains__(self, entry: bytes) -> bool:
        return self._find(leaf_hash(entry)) is not None

    def proof(self, entry: bytes) -> InclusionProof:
        """Return the proof that ``entry`` is in the manifest.

        Raises:
            ManifestError: it is not.
        """
        index = self._find(leaf_hash(entry))
        if index is None:
            raise ManifestError("the manifest does not hold this entry")
        return InclusionProof(index, len(self._leaves), _path(self._leaves, index))

    def _find(self, leaf: bytes) -> int | None:
        index = bisect_left(self._leaves, leaf)
        found = index < len(self._leaves) and self._leaves[index] == leaf
        return index if found else None


def proves(proof: InclusionProof, entry: bytes, *, root: bytes) -> bool:
    """Return whether ``proof`` shows that ``entry`` is in the manifest with this ``root``.

    Source: RFC 9162, section 2.1.3.2.
    """
    if not 0 <= proof.index < proof.size:
        return False
    index, last, running = proof.index, proof.size - 1, leaf_hash(entry)
    for sibling in proof.path:
        if last == 0:
            return False
        if index % 2 == 1 or index == last:
            running = _node_hash(sibling, running)
            while index % 2 == 0 and index != 0:
                index, last = index >> 1, last >> 1
        else:
            running = _node_hash(running, sibling)
        index, last = index >> 1, last >> 1
    return last == 0 and running == root
