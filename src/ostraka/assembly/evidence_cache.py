"""Evidence that was taken before, so that an interrupted run goes on at once.

Many processes may share the folder: files appear whole by an atomic rename, under names that hash
everything that decides their content. A file that cannot be read is a file that is not there.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from safetensors import SafetensorError

from ostraka.assembly import evidence_file
from ostraka.assembly.known_picture import KnownPicture

_FOLDERS = 256
"""Each holds its share of the bytes, so that a write tidies one small folder, not all."""


class EvidenceCache:
    """Remembered evidence, at most ``limit_bytes`` in all.

    Args:
        folder: made where it is missing, for this user alone.
        limit_bytes: 0 keeps nothing.
        fresh: forget what is there; remember what comes.
    """

    def __init__(self, folder: Path, *, limit_bytes: int, fresh: bool = False) -> None:
        self._folder = folder
        self._limit_bytes = limit_bytes
        self._fresh = fresh

    def find(self, key: str) -> KnownPicture | None:
        """Return what is remembered under a key, and mark it as used."""
        path = self._path(key)
        if self._fresh or not path.is_file():
            return None
        try:
            known = evidence_file.from_file(str(path))
            os.utime(path)
        except (OSError, ValueError, KeyError, TypeError, SafetensorError):
            return None
        return known

    def keep(self, key: str, known: KnownPicture) -> None:
        """Remember; a full or read-only disk costs the memory, not the run."""
        if not self._limit_bytes:
            return
        path = self._path(key)
        try:
            # Folder by folder: the mode does not reach parents that are made on the way.
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.parent.mkdir(mode=0o700, exist_ok=True)
            _write_whole(path, evidence_file.to_bytes(known))
            _tidy(path.parent, self._limit_bytes // _FOLDERS)
        except OSError:
            return

    def size_bytes(self) -> int:
        """Return how many bytes are remembered now."""
        return sum(size for folder in self._folder.glob("??") for _, size, _ in _files(folder))

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.safetensors"


def cache_key(original_sha256: str, stack_id: str, *, caption: str, view: str = "") -> str:
    """Return the name of evidence: everything that decides what it is, under one hash."""
    words = hashlib.sha256(caption.encode("utf-8", "surrogatepass")).hexdigest()
    parts = (str(evidence_file.FORMAT), original_sha256, stack_id, words, view)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


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
