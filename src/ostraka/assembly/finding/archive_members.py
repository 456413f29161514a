"""What lies in an archive, one member after another, each with its caption; zip archives."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import BinaryIO

from ostraka.assembly.errors import CaptionUnreadableError
from ostraka.assembly.finding.untrusted import CAPTION_SUFFIX, caption_bytes, caption_words
from ostraka.limits import Limits


@dataclass(frozen=True)
class Member:
    """One entry of an archive: a file, or a folder, which is there to be counted.

    ``read`` returns at most so many bytes; ``caption`` the words of its side file in the archive,
    None where there is none. Both may raise whatever broken archives make their readers raise.
    """

    name: str
    size_bytes: int
    read: Callable[[int], bytes]
    caption: Callable[[], str | None]
    is_folder: bool = False


@dataclass
class Captions:
    """Side files by the picture that they belong to."""

    _readers: dict[str, Callable[[], str]] = field(default_factory=dict)

    def add(self, name: str, read: Callable[[], str]) -> None:
        """Remember how to read a side file; where a second one has its name, neither counts."""
        picture = posixpath.normpath(name.removesuffix(CAPTION_SUFFIX))
        self._readers[picture] = _one_of_several if picture in self._readers else read

    def of(self, name: str) -> str | None:
        """Return the words that belong to a picture, None where there are none."""
        read = self._readers.get(posixpath.normpath(name))
        return None if read is None else read()


def _one_of_several() -> str:
    raise CaptionUnreadableError("its caption file is in the archive more than once")


def zip_members(file: BinaryIO, limits: Limits) -> Iterator[Member]:
    """Yield the entries of a zip archive in the order of its directory."""
    with zipfile.ZipFile(file) as archive:
        captions = Captions()
        for info in archive.infolist():
            if info.filename.endswith(CAPTION_SUFFIX):
                captions.add(info.filename, partial(_zip_caption, archive, info, limits))
        for info in archive.infolist():
            yield Member(
                info.filename,
                info.file_size,
                partial(_read_zip, archive, info),
                partial(captions.of, info.filename),
                is_folder=info.is_dir(),
            )


def _read_zip(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most_bytes: int) -> bytes:
    with archive.open(info) as file:
        return file.read(most_bytes)


def _zip_caption(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limits: Limits) -> str:
    try:
        data = _read_zip(archive, info, caption_bytes(limits) + 1)
    except Exception as error:
        raise CaptionUnreadableError("its caption file is damaged or encrypted") from error
    return caption_words(data, limits, actual=max(info.file_size, len(data)))
