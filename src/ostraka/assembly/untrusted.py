"""Files nobody has looked at yet: their names, their bytes when asked for, their captions."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ostraka.assembly.errors import FileLimitError, FileUnreadableError
from ostraka.limits import Limits

CAPTION_SUFFIX = ".caption.txt"
SNIFFED_BYTES = 300
"""How much of a file is looked at to tell whether it may be a picture."""

_LONGEST_CHARACTER_BYTES = 4


@dataclass(frozen=True)
class UntrustedPicture:
    """Something that may be a picture.

    ``read`` returns its bytes or raises an :class:`~ostraka.errors.OstrakaError`, in any thread.
    ``caption`` is the words that belong to it. ``head`` is its first bytes, where they are known.
    """

    name: str
    read: Callable[[], bytes]
    caption: str = ""
    head: bytes | None = None


@dataclass
class Skipped:
    """How many files were passed over without a word, since nothing about them says picture."""

    count: int = field(default=0)


def shown_name(path: str | Path) -> str:
    """Return a name that is safe in a terminal, a page and JSON, and can be told from others.

    Attack: a file name with escape sequences, line breaks or direction marks rewrites the table.
    """
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


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
    try:
        # Non-blocking, so that a pipe that somebody left in the folder cannot stop the run.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise FileUnreadableError("not a regular file")
            return file.read(most_bytes), status.st_size
    except OSError as error:
        raise FileUnreadableError(f"cannot be read: {error.strerror}") from error


def within_file_limit(data: bytes, limits: Limits, *, actual: int) -> bytes:
    """Return the bytes, having made sure that they are no more than a file may have."""
    if len(data) > limits.file_bytes:
        raise FileLimitError(
            "size of the file", limit=limits.file_bytes, actual=actual, unit="bytes"
        )
    return data


def side_caption(path: Path, limits: Limits) -> str | None:
    """Return the words of ``NAME.caption.txt`` beside a picture, or None where there are none.

    More than can be weighed is cut where it is certain to be noticed as too much.
    """
    side = path.with_name(path.name + CAPTION_SUFFIX)
    if not side.is_file():
        return None
    with side.open("rb") as file:
        data = file.read(_LONGEST_CHARACTER_BYTES * (int(limits.text_characters) + 1))
    return data.decode("utf-8", "replace").strip()
