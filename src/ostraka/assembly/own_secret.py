"""This installation's secrets: files that were made here and that nobody else can read."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from ostraka.assembly.errors import SecretFileError
from ostraka.assembly.places import writing_to
from ostraka.assembly.shown import shown_name

_SECRET_BYTES: Final = 32
_MOST_BYTES: Final = 4_096


def own_secret(path: Path) -> bytes:
    """Return this installation's secret in a file, made at first use, readable by nobody else.

    Raises:
        SecretFileError: the file is no secret: empty, too short, or open to others.
        PlaceUnusableError: it can be neither read nor made.
    """
    with writing_to(path, wish="keep a secret in"):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _make(path)
        return _read(path)


def _make(path: Path) -> None:
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(_SECRET_BYTES))
        file.flush()
        os.fsync(descriptor)  # an empty file after a power cut would be refused for ever
    with suppress(FileExistsError):  # the first process to link wins; all read its secret
        path.hardlink_to(draft)
    draft.unlink()


def _read(path: Path) -> bytes:
    with open(path, "rb", opener=_without_waiting) as file:
        status = os.fstat(file.fileno())
        _check(status, path)
        secret = file.read(_MOST_BYTES)
    if len(secret) < _SECRET_BYTES:
        raise _no_secret(path, status, f"it holds {len(secret)} bytes, fewer than {_SECRET_BYTES}")
    return secret


def _check(status: os.stat_result, path: Path) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise _no_secret(path, status, "it is no regular file")
    if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise _no_secret(path, status, "others may have read it; chmod 600 if none did")


def _no_secret(path: Path, status: os.stat_result, why: str) -> SecretFileError:
    mode = stat.S_IMODE(status.st_mode)
    return SecretFileError(
        f"{shown_name(path)} (mode {mode:04o}) is not used as a secret: {why};"
        " without the file a new one is made"
    )


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)
