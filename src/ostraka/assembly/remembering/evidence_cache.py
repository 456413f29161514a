"""Evidence that was taken before, so that an interrupted run goes on at once.

Many processes may share the folder: files appear whole by an atomic rename, under names that hash
everything that decides their content. A file that cannot be read is a file that is not there.

Attack: a verdict rests on evidence, so whoever writes to the cache decides what is published: with
a file of another picture under this one's name, or with numbers of their own. So every file is
authenticated together with its name, under a secret of this installation.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import secrets
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError

from ostraka.assembly.remembering import evidence_file
from ostraka.assembly.remembering.known_picture import KnownPicture

_FOLDERS = 256
"""Each holds its share of the bytes, so that a write tidies one small folder, not all."""
_PURPOSE = b"ostraka remembered evidence 1\0"
_TAG_BYTES = 32

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class EvidenceKey:
    """What evidence is asked for: of which file, by which extractors; ``name`` hashes all of it."""

    name: str
    original_sha256: str
    stack_id: str

    def fits(self, known: KnownPicture) -> bool:
        """Say whether this is evidence of that file, by those extractors."""
        found = (known.summary.original_sha256, known.evidence.stack_id)
        return found == (self.original_sha256, self.stack_id)


class EvidenceCache:
    """Remembered evidence, at most ``limit_bytes`` in all.

    Args:
        folder: made where it is missing, for this user alone. One that others may write to is not
            used, and the log says so once.
        limit_bytes: 0 keeps nothing.
        secret: this installation's; what was kept under another is not there. None: a new one.
        fresh: forget what is there; remember what comes.
    """

    def __init__(
        self, folder: Path, *, limit_bytes: int, secret: bytes | None = None, fresh: bool = False
    ) -> None:
        self._folder = folder
        self._limit_bytes = limit_bytes
        self._secret = secret or secrets.token_bytes(_TAG_BYTES)
        self._fresh = fresh
        self._told = False

    def find(self, key: EvidenceKey) -> KnownPicture | None:
        """Return what is remembered under a key, and mark it as used."""
        path = self._path(key)
        if self._fresh or not path.is_file() or not self._is_ours():
            return None
        try:
            content = path.read_bytes()
            tag, data = content[:_TAG_BYTES], content[_TAG_BYTES:]
            if not hmac.compare_digest(tag, self._tag(key, data)):
                _log.warning("%s was not kept by this installation and is not used", path.name)
                return None
            known = evidence_file.from_bytes(data)
            os.utime(path)
        except (OSError, ValueError, KeyError, TypeError, SafetensorError):
            return None
        return known if key.fits(known) else None

    def keep(self, key: EvidenceKey, known: KnownPicture) -> None:
        """Remember; a full or read-only disk costs the memory, not the run."""
        if not self._limit_bytes or not key.fits(known) or not self._is_ours():
            return
        path = self._path(key)
        try:
            # Folder by folder: the mode does not reach parents that are made on the way.
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.parent.mkdir(mode=0o700, exist_ok=True)
            data = evidence_file.to_bytes(known)
            _write_whole(path, self._tag(key, data) + data)
            _tidy(path.parent, self._limit_bytes // _FOLDERS)
        except OSError:
            return

    def size_bytes(self) -> int:
        """Return how many bytes are remembered now."""
        return sum(size for folder in self._folder.glob("??") for _, size, _ in _files(folder))

    def _path(self, key: EvidenceKey) -> Path:
        return self._folder / key.name[:2] / f"{key.name}.evidence"

    def _tag(self, key: EvidenceKey, data: bytes) -> bytes:
        return hmac.digest(self._secret, _PURPOSE + key.name.encode() + b"\0" + data, "sha256")

    def _is_ours(self) -> bool:
        """Say whether only this user may write to the folder; one that is not there yet is ours."""
        try:
            status = self._folder.stat()
        except OSError:
            return True  # reading and writing will say why
        others = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        if status.st_uid == os.geteuid() and not others:
            return True
        if not self._told:
            self._told = True
            _log.warning(
                "no evidence is remembered: others may write to %s (mode %04o, user %d)",
                self._folder,
                stat.S_IMODE(status.st_mode),
                status.st_uid,
            )
        return False


def cache_key(original_sha256: str, stack_id: str, *, caption: str, view: str = "") -> EvidenceKey:
    """Return what evidence is asked for: everything that decides what it is."""
    words = hashlib.sha256(caption.encode("utf-8", "surrogatepass")).hexdigest()
    parts = (str(evidence_file.FORMAT), original_sha256, stack_id, words, view)
    name = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return EvidenceKey(name, original_sha256, stack_id)


def _write_whole(path: Path, data: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
        try:
            file.write(data)
            file.flush()
            Path(file.name).replace(path)
        except OSError:
            Path(file.name).unlink(missing_ok=True)
            raise


def _tidy(folder: Path, limit_bytes: int) -> None:
    """Remove what was not used for longest, until the folder keeps to its share."""
    files = sorted(_files(folder))
    total = sum(size for _, size, _ in files)
    for _, size, path in files:
        if total <= limit_bytes:
            return
        Path(path).unlink(missing_ok=True)
        total -= size


def _files(folder: Path) -> list[tuple[float, int, str]]:
    """Return (last use, size in bytes, path); abandoned temporary files count as well."""
    found = []
    for entry in os.scandir(folder):
        try:
            status = entry.stat(follow_symlinks=False)
        except FileNotFoundError:  # another process tidied first
            continue
        found.append((status.st_mtime, status.st_size, entry.path))
    return found
