"""Files nobody has looked at yet: their names, their bytes when asked for, their captions."""

from __future__ import annotations

import codecs
import errno
import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from ostraka.assembly.errors import (
    CaptionUnreadableError,
    FileLimitError,
    FileUnreadableError,
    NotRegularFileError,
)
from ostraka.assembly.finding.recognise import SNIFFED_BYTES
from ostraka.assembly.shown import shown_name
from ostraka.errors import OstrakaError
from ostraka.limits import Limits

CAPTION_SUFFIX: Final = ".caption.txt"

_LONGEST_CHARACTER_BYTES: Final = 4
_UTF16_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_NEVER_IN_TEXT: Final = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
"""What other encodings look like where they happen to be valid UTF-8: UTF-16 without a mark."""
_NO_SUCH_FILE: Final = {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG}


@dataclass(frozen=True)
class UntrustedPicture:
    """Something that may be a picture.

    ``read`` returns its bytes or raises an :class:`~ostraka.errors.OstrakaError`, in any thread.
    ``caption`` is the words that belong to it.
    """

    name: str
    read: Callable[[], bytes]
    caption: str = ""


@dataclass
class Skipped:
    """What was passed over: files that nothing about them says picture, and links to folders."""

    count: int = 0
    folder_links: int = 0


def held(path: str | Path, fault: OstrakaError) -> UntrustedPicture:
    """Return what cannot be read as a picture whose reading says why: nothing drops out of sight.

    The run holds it like any picture that fails, and its exit status says so.
    """
    return held_as(shown_name(path), fault)


def held_as(name: str, fault: OstrakaError) -> UntrustedPicture:
    """Return the same under a name that is already safe to show."""

    def read() -> bytes:
        raise fault

    return UntrustedPicture(name, read)


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a regular file, without ever waiting for it.

    Raises:
        FileUnreadableError: there is none, or it may not be read.
    """
    try:
        # Non-blocking, so that a pipe that somebody left in the folder cannot stop the run.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (OSError, ValueError) as error:
        raise unreadable(error) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise NotRegularFileError("is not a regular file")
    with os.fdopen(descriptor, "rb") as file:
        yield file


def unreadable(error: Exception) -> FileUnreadableError:
    """Return the error that stands for one of the operating system's."""
    if isinstance(error, OSError) and error.errno == errno.ENXIO:  # a socket
        return NotRegularFileError("is not a regular file")
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return FileUnreadableError(f"cannot be read: {reason}")


def read_file(path: Path, limits: Limits) -> bytes:
    """Return a regular file's bytes, never more than the limit.

    Raises:
        FileUnreadableError, FileLimitError: what it says.
    """
    data, size = _read_start(path, int(limits.file_bytes) + 1)
    return within_file_limit(data, limits, actual=max(size, len(data)))


def read_head(path: Path) -> bytes:
    """Return the first bytes of a regular file: enough to tell its format.

    Raises:
        FileUnreadableError: what it says.
    """
    return _read_start(path, SNIFFED_BYTES)[0]


def _read_start(path: Path, most_bytes: int) -> tuple[bytes, int]:
    """Return the first bytes of a regular file, and its size."""
    with opened(path) as file:
        try:
            return file.read(most_bytes), os.fstat(file.fileno()).st_size
        except OSError as error:
            raise unreadable(error) from error


def within_file_limit(data: bytes, limits: Limits, *, actual: int) -> bytes:
    """Return the bytes, having made sure that they are no more than a file may have."""
    if len(data) > limits.file_bytes:
        raise FileLimitError(
            "size of the file", limit=limits.file_bytes, actual=actual, unit="bytes"
        )
    return data


def side_caption(path: Path, limits: Limits) -> str | None:
    """Return the words of ``NAME.caption.txt`` beside a picture, or None where there are none.

    Raises:
        CaptionUnreadableError: it is there and says something that we cannot read.
        FileLimitError: it is longer than what is read.
    """
    side = Path(os.fspath(path) + CAPTION_SUFFIX)
    try:
        side.lstat()
        data, size = _read_start(side, caption_bytes(limits) + 1)
    except FileUnreadableError as fault:
        raise CaptionUnreadableError(f"its caption file {fault}") from fault
    except ValueError:  # no name that a file can have; the picture's own reading says so
        return None
    except OSError as error:
        if error.errno in _NO_SUCH_FILE:
            return None
        raise CaptionUnreadableError(f"its caption file {unreadable(error)}") from error
    return caption_words(data, limits, actual=max(size, len(data)))


def is_side_file(path: Path) -> bool:
    """Say whether a file is the side file of a picture that is there."""
    name = os.fspath(path)
    return name.endswith(CAPTION_SUFFIX) and os.path.lexists(name.removesuffix(CAPTION_SUFFIX))


def caption_bytes(limits: Limits) -> int:
    """Return how long a side file may be: more than can be weighed, so that this is noticed."""
    return _LONGEST_CHARACTER_BYTES * (int(limits.text_characters) + 1)


def caption_words(data: bytes, limits: Limits, *, actual: int) -> str:
    """Return the words of a side file: all of them, or none.

    Attack: thousands of spaces or characters without width, which do not count where words are
    weighed, push a threat past what is read; or it is written in an encoding that we do not know.

    Args:
        data: what the side file holds; more than :func:`caption_bytes` where it is too long.
        limits: bound it.
        actual: its size in bytes.

    Raises:
        CaptionUnreadableError: it is neither UTF-8 nor UTF-16 with a byte order mark.
        FileLimitError: it is too long.
    """
    if len(data) > caption_bytes(limits):
        raise FileLimitError(
            "size of its caption file", limit=caption_bytes(limits), actual=actual, unit="bytes"
        )
    try:
        words = data.decode("utf-16" if data.startswith(_UTF16_MARKS) else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise _no_text() from error
    if _NEVER_IN_TEXT.search(words):
        raise _no_text()
    return words.strip()


def _no_text() -> CaptionUnreadableError:
    return CaptionUnreadableError("its caption file is not text in UTF-8 or UTF-16")
