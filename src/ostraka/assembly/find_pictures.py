"""From what the operator names to pictures: files, folders, archives, and lists of paths."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from io import BufferedIOBase
from pathlib import Path

from ostraka.assembly.archives import looks_like_archive, pictures_in
from ostraka.assembly.errors import FileUnreadableError
from ostraka.assembly.untrusted import (
    CAPTION_SUFFIX,
    Skipped,
    UntrustedPicture,
    read_file,
    read_head,
    shown_name,
    side_caption,
)
from ostraka.intake.errors import UnsupportedFormatError
from ostraka.intake.sniff import sniff
from ostraka.limits import DEFAULT_LIMITS, Limits

_PICTURE_SUFFIXES = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".gif", ".avif"),
    *(".bmp", ".tif", ".tiff", ".heic", ".heif", ".jxl", ".jp2"),
)
"""A file that calls itself a picture is reported even when its content says otherwise."""
_READ_BYTES = 65_536


@dataclass(frozen=True, kw_only=True)
class Search:
    """Where to look: ``caption`` belongs to every picture that has no side file."""

    caption: str = ""
    limits: Limits = DEFAULT_LIMITS
    skipped: Skipped = field(default_factory=Skipped)

    def pictures(self, paths: Iterable[Path]) -> Iterator[UntrustedPicture]:
        """Yield everything that may be a picture, folders in order of their names.

        What was named outright is always tried; in folders, files that neither are nor call
        themselves pictures are passed over and counted.
        """
        for path in paths:
            if path.is_dir():
                yield from self._in_folder(path)
            elif looks_like_archive(path):
                yield from self._in_archive(path)
            else:
                yield self.file(path)

    def _in_folder(self, folder: Path) -> Iterator[UntrustedPicture]:
        for path in _files_below(folder):
            if looks_like_archive(path):
                yield from self._in_archive(path)
            elif _may_be_picture(path):
                yield self.file(path)
            elif not path.name.endswith(CAPTION_SUFFIX):
                self.skipped.count += 1

    def _in_archive(self, path: Path) -> Iterator[UntrustedPicture]:
        for picture in pictures_in(path, self.limits):
            if picture.head is not None and not _says_picture(picture.name, picture.head):
                self.skipped.count += 1
            else:
                yield replace(picture, caption=self.caption)

    def file(self, path: Path) -> UntrustedPicture:
        """Return one file, whatever it is."""
        words = side_caption(path, self.limits)
        return UntrustedPicture(
            shown_name(path),
            lambda: read_file(path, self.limits),
            self.caption if words is None else words,
        )


def listed_paths(stream: BufferedIOBase) -> Iterator[Path]:
    """Yield the paths of a list, one a line, or ended by NUL where the list has any.

    One path at a time is in memory, so the list may be as long as it likes.
    """
    rest = stream.read1(_READ_BYTES)
    separator = b"\0" if b"\0" in rest else b"\n"
    while more := stream.read1(_READ_BYTES):
        *whole, rest = (rest + more).split(separator)
        yield from _paths(whole)
    yield from _paths(rest.split(separator))


def _paths(names: Iterable[bytes]) -> Iterator[Path]:
    return (Path(os.fsdecode(name)) for name in names if name)


def _files_below(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder by name; folders that are links are not followed."""
    for parent, folders, files in os.walk(folder):
        folders.sort()
        yield from (Path(parent, name) for name in sorted(files))


def _may_be_picture(path: Path) -> bool:
    if _calls_itself_picture(path.name):
        return True
    try:
        head = read_head(path)
    except FileUnreadableError:
        return False
    return _says_picture(path.name, head)


def _says_picture(name: str, head: bytes) -> bool:
    if _calls_itself_picture(name):
        return True
    try:
        sniff(head)
    except UnsupportedFormatError:
        return False
    return True


def _calls_itself_picture(name: str) -> bool:
    return Path(name).suffix.lower() in _PICTURE_SUFFIXES
