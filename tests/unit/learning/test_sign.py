from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from ostraka.learning.errors import ReleaseRefusedError, SigningKeyError
from ostraka.learning.sign import (
    SigningKey,
    canonical_json,
    check_signature,
    create_signing_key,
    load_or_create_signing_key,
    load_signing_key,
    load_trusted_key,
    load_trusted_keys,
    parse_canonical_json,
)

DOCUMENT = b'{"a":1}'


def test_a_signature_holds_for_its_document_alone(key: SigningKey) -> None:
    signature = key.sign(DOCUMENT)
    assert check_signature(DOCUMENT, signature, keys=[key.trusted]).key_id == key.trusted.key_id
    with pytest.raises(ReleaseRefusedError):
        check_signature(DOCUMENT + b" ", signature, keys=[key.trusted])


def test_the_curves_order_added_to_a_signature_is_refused(key: SigningKey) -> None:
    """Attack: Ed25519 malleability, a second signature made from the first."""
    parsed = json.loads(key.sign(DOCUMENT))
    raw = base64.b64decode(parsed["signature"])
    order = 2**252 + 27742317777372353535851937790883648493
    twisted = (int.from_bytes(raw[32:], "little") + order).to_bytes(32, "little")
    parsed["signature"] = base64.b64encode(raw[:32] + twisted).decode()
    with pytest.raises(ReleaseRefusedError):
        check_signature(DOCUMENT, canonical_json(parsed), keys=[key.trusted])


@pytest.mark.parametrize(
    "changes",
    [
        {"algorithm": "none"},
        {"algorithm": "rsa"},
        {"signature": ""},
        {"signature": "not base64 at all"},
        {"signature": None},
        {"key_id": "0" * 64},
        {"key_id": None},
        {"comment": "hello"},
    ],
)
def test_a_signature_file_of_another_form_is_refused(
    changes: dict[str, object], key: SigningKey
) -> None:
    changed = canonical_json(json.loads(key.sign(DOCUMENT)) | changes)
    with pytest.raises(ReleaseRefusedError):
        check_signature(DOCUMENT, changed, keys=[key.trusted])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"1",
        b'{"a": 1}',
        b'{"b":1,"a":2}',
        b'{"a":1.0}',
        b"\xff",
        b'{"a":NaN}',
        b"[" * 9999,
    ],
)
def test_json_that_is_not_canonical_is_refused(data: bytes) -> None:
    with pytest.raises(ReleaseRefusedError):
        parse_canonical_json(data, name="x")


def test_a_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "signing.pem"
    key = load_or_create_signing_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_or_create_signing_key(path).trusted.key_id == key.trusted.key_id
    with pytest.raises(SigningKeyError):
        create_signing_key(path)


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "signing.pem"
    create_signing_key(path)
    path.chmod(0o644)
    with pytest.raises(SigningKeyError):
        load_signing_key(path)


def test_keys_of_other_kinds_are_refused(tmp_path: Path) -> None:
    other = X25519PrivateKey.generate()
    private, public = tmp_path / "private.pem", tmp_path / "public.pem"
    private.write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    private.chmod(0o600)
    public.write_bytes(
        other.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    with pytest.raises(SigningKeyError):
        load_signing_key(private)
    with pytest.raises(SigningKeyError):
        load_trusted_key(public)
    public.write_bytes(b"no key")
    with pytest.raises(SigningKeyError):
        load_trusted_key(public)
    with pytest.raises(SigningKeyError):
        load_signing_key(tmp_path / "nothing.pem")


def test_public_keys_are_read_from_a_folder(tmp_path: Path) -> None:
    keys = [SigningKey(Ed25519PrivateKey.generate()).trusted for _ in range(2)]
    for number, key in enumerate(keys):
        (tmp_path / f"{number}.pem").write_bytes(key.pem())
    (tmp_path / "note.txt").write_text("not a key")
    assert [key.key_id for key in load_trusted_keys(tmp_path)] == [key.key_id for key in keys]
