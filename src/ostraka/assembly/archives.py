"""Pictures in zip and tar archives: streamed, bounded, never unpacked to disk."""

from __future__ import annotations

import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from lzma import LZMAError
from pathlib import Path
from typing import IO

from ostraka.assembly.errors import ArchiveUnreadableError, FileLimitError
from ostraka.assembly.untrusted import (
    SNIFFED_BYTES,
    UntrustedPicture,
    shown_name,
    within_file_limit,
)
from ostraka.errors import OstrakaError
from ostraka.limits import Limits

ARCHIVE_SUFFIXES = (".zip", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz", ".tbz2", ".txz")
_BROKEN = (
    OSError, EOFError, ValueError, NotImplementedError, RuntimeError,
    zipfile.BadZipFile, tarfile.TarError, zlib.error, LZMAError,
)  # fmt: skip


def looks_like_archive(path: Path) -> bool:
    """Say whether a file's name is that of an archive (its content decides when it is opened)."""
    return path.name.lower().endswith(ARCHIVE_SUFFIXES)


def pictures_in(path: Path, limits: Limits) -> Iterator[UntrustedPicture]:
    """Yield an archive's files one by one; the bytes of one at a time are in memory.

    A damaged archive yields what could be read, and at last an entry whose reading raises, so that
    the damage is reported like any other file's.
    """
    members = _zip_members if zipfile.is_zipfile(path) else _tar_members
    count = unpacked = 0
    try:
        for name, size, file in members(path):
            data = file.read(int(limits.file_bytes) + 1)
            count, unpacked = count + 1, unpacked + len(data)
            _check_archive(count, unpacked, limits)
            yield _member(f"{path}!{name}", data, max(size, len(data)), limits)
    except _BROKEN as error:
        fault: OstrakaError = ArchiveUnreadableError("the archive is damaged or encrypted")
        fault.__cause__ = error
        yield _broken(path, fault)
    except FileLimitError as error:
        yield _broken(path, error)


def _check_archive(count: int, unpacked: int, limits: Limits) -> None:
    if count > limits.archive_members:
        raise FileLimitError("files in the archive", limit=limits.archive_members, actual=count)
    if unpacked > limits.archive_unpacked_bytes:
        raise FileLimitError(
            "unpacked size of the archive",
            limit=limits.archive_unpacked_bytes,
            actual=unpacked,
            unit="bytes",
        )


def _member(name: str, data: bytes, size: int, limits: Limits) -> UntrustedPicture:
    def read() -> bytes:
        return within_file_limit(data, limits, actual=size)

    return UntrustedPicture(shown_name(name), read, head=data[:SNIFFED_BYTES])


def _broken(path: Path, fault: OstrakaError) -> UntrustedPicture:
    def read() -> bytes:
        raise fault

    return UntrustedPicture(shown_name(path), read)


def _zip_members(path: Path) -> Iterator[tuple[str, int, IO[bytes]]]:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if not info.is_dir():
                with archive.open(info) as file:
                    yield info.filename, info.file_size, file


def _tar_members(path: Path) -> Iterator[tuple[str, int, IO[bytes]]]:
    with tarfile.open(path, mode="r:*") as archive:
        for info in archive:
            file = archive.extractfile(info) if info.isreg() else None
            # It remembers every member; typeshed does not know the list.
            archive.members.clear()  # type: ignore[attr-defined]
            if file is not None:
                with file:
                    yield info.name, info.size, file
        _check_end(archive)


def _check_end(archive: tarfile.TarFile) -> None:
    """Make sure that the archive ends as archives do: tarfile takes a cut between two for an end.

    Raises:
        tarfile.ReadError: it does not.
    """
    assert archive.fileobj is not None
    archive.fileobj.seek(archive.offset)
    if archive.fileobj.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
        raise tarfile.ReadError("no end-of-archive entry")
