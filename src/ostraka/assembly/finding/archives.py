"""Pictures in zip and tar archives: streamed, bounded, never unpacked to disk."""

from __future__ import annotations

import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from ostraka.assembly.errors import ArchiveUnreadableError, FileLimitError
from ostraka.assembly.finding.archive_members import Member, zip_members
from ostraka.assembly.finding.recognise import says_picture
from ostraka.assembly.finding.tar_members import starts_tar, tar_members
from ostraka.assembly.finding.untrusted import (
    CAPTION_SUFFIX,
    Skipped,
    UntrustedPicture,
    held,
    held_as,
    opened,
    within_file_limit,
)
from ostraka.assembly.shown import shown_member
from ostraka.errors import OstrakaError
from ostraka.limits import Limits

ARCHIVE_SUFFIXES = (".zip", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz", ".tbz2", ".txz")
_ZIP_MAGIC: Final = b"PK"


def looks_like_archive(path: Path) -> bool:
    """Say whether a file's name is that of an archive (its content decides when it is opened)."""
    return path.name.lower().endswith(ARCHIVE_SUFFIXES)


def pictures_in(
    path: Path, *, caption: str, limits: Limits, skipped: Skipped
) -> Iterator[UntrustedPicture]:
    """Yield an archive's pictures one by one; the bytes of one at a time are in memory.

    What cannot be unpacked comes as a picture that cannot be read: a damaged member, and at last
    the archive itself where there may be more in it.

    Args:
        path: the archive.
        caption: belongs to every picture that has no side file in the archive.
        limits: bound what is read.
        skipped: counts files that are no pictures.
    """
    unpacking = _Unpacking(path, caption, limits)
    try:
        with opened(path) as file:
            for member in _kind_of(path, file)(file, limits):
                unpacking.count_entry()
                picture = None if member.is_folder else unpacking.picture(member)
                if picture is not None:
                    yield picture
                elif not member.is_folder and not member.name.endswith(CAPTION_SUFFIX):
                    skipped.count += 1
    except OstrakaError as fault:
        yield held(path, fault)
    except Exception as error:  # noqa: BLE001 -- the edge: two old formats' readers raise a zoo
        yield held(path, _damaged("the archive is", error))


def _kind_of(path: Path, file: BinaryIO) -> Callable[[BinaryIO, Limits], Iterator[Member]]:
    """Return how to read an archive: the one way in which any tool unpacks it.

    Attack: a tar archive of pictures ends in a zip archive of harmless ones; we would read the
    second and people unpack the first.

    Raises:
        ArchiveUnreadableError: it may be read in two ways.
    """
    if not zipfile.is_zipfile(file):
        return tar_members
    file.seek(0)
    head = file.read(tarfile.BLOCKSIZE)
    is_plain = head.startswith(_ZIP_MAGIC) or path.name.lower().endswith(".zip")
    if starts_tar(head) or not is_plain:
        raise ArchiveUnreadableError(
            "may be read as two kinds of archive, with other files in each"
        )
    return zip_members


@dataclass
class _Unpacking:
    """One archive on its way, and how much of it there was so far."""

    path: Path
    caption: str
    limits: Limits
    entries: int = 0
    unpacked_bytes: int = 0

    def count_entry(self) -> None:
        """Count an entry, whatever it is: a million folders take as long as a million files.

        Raises:
            FileLimitError: the archive holds more than is read.
        """
        self.entries += 1
        if self.entries > self.limits.archive_members:
            raise FileLimitError(
                "entries of the archive", limit=self.limits.archive_members, actual=self.entries
            )

    def picture(self, member: Member) -> UntrustedPicture | None:
        """Return the member if it may be a picture, read or with the fault of reading it.

        Raises:
            FileLimitError: the archive holds more than is read.
        """
        name = shown_member(self.path, member.name)
        try:
            data = member.read(int(self.limits.file_bytes) + 1)
        except FileLimitError:
            raise
        except OstrakaError as fault:
            return held_as(name, fault)
        except Exception as error:  # noqa: BLE001 -- the edge: as above
            return held_as(name, _damaged("this member of the archive is", error))
        self._count_unpacked(len(data))
        return self._picture(name, member, data) if says_picture(member.name, data) else None

    def _picture(self, name: str, member: Member, data: bytes) -> UntrustedPicture:
        try:
            words = member.caption()
        except OstrakaError as fault:
            return held_as(name, fault)
        size = max(member.size_bytes, len(data))
        return UntrustedPicture(
            name,
            lambda: within_file_limit(data, self.limits, actual=size),
            self.caption if words is None else words,
        )

    def _count_unpacked(self, count: int) -> None:
        self.unpacked_bytes += count
        if self.unpacked_bytes > self.limits.archive_unpacked_bytes:
            raise FileLimitError(
                "unpacked size of the archive",
                limit=self.limits.archive_unpacked_bytes,
                actual=self.unpacked_bytes,
                unit="bytes",
            )


def _damaged(what: str, error: Exception) -> ArchiveUnreadableError:
    fault = ArchiveUnreadableError(f"{what} damaged or encrypted", detail=repr(error))
    fault.__cause__ = error
    return fault
