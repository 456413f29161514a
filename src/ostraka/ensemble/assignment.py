"""Which shard an account teaches in: keyed, so that nobody can choose or grind it."""

from __future__ import annotations

import hashlib
import hmac

from ostraka.ensemble.errors import EnsembleSettingError

KEY_BYTES = 32
"""Least length of the assignment key. Who holds it can place accounts: keep it secret."""

_PURPOSE = b"ostraka shard assignment 1\0"


def checked_key(key: bytes) -> bytes:
    """Return ``key``, having made sure that it is long enough to resist guessing."""
    if len(key) < KEY_BYTES:
        raise EnsembleSettingError(f"the assignment key needs at least {KEY_BYTES} bytes")
    return key


def shard_of(account_id: str, *, key: bytes, shard_count: int) -> int:
    """Return the one shard, in 0..shard_count-1, that every row of this account lies in.

    The id is opaque and taken byte by byte in UTF-8: another case or another Unicode form of a name
    is another account.

    128 bits of HMAC-SHA256 modulo the count: the bias is below shard_count / 2^128.
    """
    if not account_id or shard_count < 1:
        raise EnsembleSettingError("an account id and at least one shard are needed")
    mac = hmac.digest(checked_key(key), _PURPOSE + account_id.encode(), hashlib.sha256)
    return int.from_bytes(mac[:16], "big") % shard_count
