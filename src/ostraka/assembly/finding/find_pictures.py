"""From what the operator names to pictures: files, folders, archives, and lists of paths."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from io import BufferedIOBase
from pathlib import Path

from ostraka.assembly.errors import FileUnreadableError, NotRegularFileError
from ostraka.assembly.finding.archives import looks_like_archive, pictures_in
from ostraka.assembly.finding.folders import files_below, is_folder
from ostraka.assembly.finding.recognise import calls_itself_picture, says_picture
from ostraka.assembly.finding.untrusted import (
    CAPTION_SUFFIX,
    Skipped,
    UntrustedPicture,
    held,
    is_side_file,
    read_file,
    read_head,
    side_caption,
)
from ostraka.assembly.shown import shown_name
from ostraka.errors import OstrakaError
from ostraka.limits import DEFAULT_LIMITS, Limits

_READ_BYTES = 65_536


@dataclass(frozen=True, kw_only=True)
class Search:
    """Where to look: ``caption`` belongs to every picture that has no side file.

    Whatever cannot be read comes as a picture whose reading says why; nothing stops the search.
    """

    caption: str = ""
    limits: Limits = DEFAULT_LIMITS
    skipped: Skipped = field(default_factory=Skipped)

    def pictures(self, paths: Iterable[Path]) -> Iterator[UntrustedPicture]:
        """Yield everything that may be a picture, folders in order of their names.

        What was named outright is always tried, but for the side file of a picture (``photo*``
        names both); in folders, files that neither are nor call themselves pictures are passed
        over and counted.
        """
        for path in paths:
            if is_folder(path):
                yield from self._in_folder(path)
            elif looks_like_archive(path):
                yield from self._in_archive(path)
            elif not is_side_file(path) or _is_tried(path):
                yield self.file(path)

    def count(self, paths: Iterable[Path]) -> int | None:
        """Return how many there will be, None where only unpacking an archive could tell."""
        total = 0
        for path in paths:
            for found in files_below(path, Skipped()) if is_folder(path) else [path]:
                if isinstance(found, Path) and looks_like_archive(found):
                    return None
                named = found is path and not is_side_file(path)
                total += named or isinstance(found, UntrustedPicture) or _is_tried(found)
        return total

    def file(self, path: Path) -> UntrustedPicture:
        """Return one file, whatever it is."""
        try:
            words = side_caption(path, self.limits)
        except OstrakaError as fault:
            return held(path, fault)
        return UntrustedPicture(
            shown_name(path),
            lambda: read_file(path, self.limits),
            self.caption if words is None else words,
        )

    def _in_folder(self, folder: Path) -> Iterator[UntrustedPicture]:
        for found in files_below(folder, self.skipped):
            if isinstance(found, UntrustedPicture):
                yield found
            elif looks_like_archive(found):
                yield from self._in_archive(found)
            elif _is_tried(found):
                yield self.file(found)
            elif not found.name.endswith(CAPTION_SUFFIX):
                self.skipped.count += 1

    def _in_archive(self, path: Path) -> Iterator[UntrustedPicture]:
        yield from pictures_in(path, caption=self.caption, limits=self.limits, skipped=self.skipped)


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


def _is_tried(path: Path) -> bool:
    """Say whether a file of a folder may be a picture; one that cannot be read may well be."""
    if calls_itself_picture(path.name):
        return True
    try:
        return says_picture(path.name, read_head(path))
    except NotRegularFileError:
        return False
    except FileUnreadableError:
        return not is_side_file(path)  # its picture is held for it
