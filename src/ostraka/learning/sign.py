"""Ed25519 signatures over canonical JSON (RFC 8785).

What a signature says depends on where its public key came from. A key that ships beside what it
signs shows that nothing was changed in part; it cannot show who made it (whoever replaces all of it
replaces the key too). Pin the key you trust from elsewhere to prove origin.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import rfc8785
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from pydantic import JsonValue

from ostraka.learning.errors import ReleaseRefusedError, SigningKeyError

ALGORITHM = "ed25519"


def canonical_json(document: Mapping[str, JsonValue]) -> bytes:
    """Return the one byte string that stands for ``document`` (RFC 8785)."""
    return rfc8785.dumps(dict(document))


def parse_canonical_json(data: bytes, *, name: str) -> dict[str, JsonValue]:
    """Return the document, or refuse bytes that are not its one canonical form.

    Raises:
        ReleaseRefusedError: ``data`` is no JSON object, or not in canonical form.
    """
    try:
        document: JsonValue = json.loads(data)
        canonical = rfc8785.dumps(document)
    except (ValueError, RecursionError, rfc8785.CanonicalizationError) as error:
        raise ReleaseRefusedError("format", f"{name} is not JSON") from error
    if not isinstance(document, dict) or canonical != data:
        raise ReleaseRefusedError("format", f"{name} is not canonical JSON")
    return document


@dataclass(frozen=True)
class TrustedKey:
    """A public key whose signatures are accepted."""

    public: Ed25519PublicKey

    @property
    def key_id(self) -> str:
        """SHA-256 of the raw public key, in hex."""
        return sha256(self.public.public_bytes_raw()).hexdigest()

    def pem(self) -> bytes:
        """Return the key as a PEM file."""
        return self.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@dataclass(frozen=True)
class SigningKey:
    """A private key; only the process that trains ever holds one."""

    private: Ed25519PrivateKey

    @property
    def trusted(self) -> TrustedKey:
        """The public half."""
        return TrustedKey(self.private.public_key())

    def sign(self, document: bytes) -> bytes:
        """Return the content of the signature file for ``document``."""
        signature = base64.b64encode(self.private.sign(document)).decode("ascii")
        return canonical_json(
            {"algorithm": ALGORITHM, "key_id": self.trusted.key_id, "signature": signature}
        )


def check_signature(
    document: bytes, signature_file: bytes, *, keys: Iterable[TrustedKey]
) -> TrustedKey:
    """Return the trusted key that signed ``document``.

    Raises:
        ReleaseRefusedError: unknown key, wrong signature, or a signature file of any other form.
    """
    parsed = parse_canonical_json(signature_file, name="signature")
    if parsed.keys() != {"algorithm", "key_id", "signature"} or parsed["algorithm"] != ALGORITHM:
        raise ReleaseRefusedError("format", "signature file")
    key = {k.key_id: k for k in keys}.get(str(parsed["key_id"]))
    if key is None:
        raise ReleaseRefusedError("key", "signed by a key that is not trusted here")
    try:
        encoded = str(parsed["signature"])
        raw = base64.b64decode(encoded, validate=True)
        if base64.b64encode(raw).decode("ascii") != encoded:  # padding bits could hide a change
            raise ReleaseRefusedError("signature", "not canonical base64")
        key.public.verify(raw, document)
    except (InvalidSignature, binascii.Error, ValueError) as error:
        raise ReleaseRefusedError("signature", "the signature does not match") from error
    return key


def create_signing_key(path: Path) -> SigningKey:
    """Write a new private key to ``path``, readable by its owner alone, and return it.

    Raises:
        SigningKeyError: the file exists already, or cannot be written.
    """
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
    except OSError as error:
        raise SigningKeyError(f"cannot write the signing key: {error.strerror}") from error
    return SigningKey(key)


def load_signing_key(path: Path) -> SigningKey:
    """Return the private key in ``path``.

    Raises:
        SigningKeyError: it cannot be read, others may read it, or it is no Ed25519 key.
    """
    try:
        if path.stat().st_mode & 0o077:
            raise SigningKeyError(f"other users may read the signing key {path.name}: chmod 600")
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SigningKeyError(f"cannot read the signing key {path.name}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise SigningKeyError(f"{path.name} is not an Ed25519 key")
    return SigningKey(key)


def load_or_create_signing_key(path: Path) -> SigningKey:
    """Return the private key in ``path``, made now if there is none."""
    return load_signing_key(path) if path.exists() else create_signing_key(path)


def load_trusted_key(path: Path) -> TrustedKey:
    """Return the public key in a PEM file.

    Raises:
        SigningKeyError: it cannot be read or is no Ed25519 key.
    """
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        raise SigningKeyError(f"cannot read the public key {path.name}") from error
    if not isinstance(key, Ed25519PublicKey):
        raise SigningKeyError(f"{path.name} is not an Ed25519 key")
    return TrustedKey(key)


def load_trusted_keys(folder: Path) -> tuple[TrustedKey, ...]:
    """Return every public key (``*.pem``) in a folder, in the order of their names."""
    return tuple(load_trusted_key(path) for path in sorted(folder.glob("*.pem")))
