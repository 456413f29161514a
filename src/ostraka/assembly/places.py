"""Where the operator wants something written: tried before the long work, not after it."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TextIO

from ostraka.assembly.errors import PlaceUnusableError
from ostraka.assembly.shown import shown_name

_DRAFT_SUFFIX: Final = ".part"
_WORDS: Final = {
    errno.EEXIST: "there is a file where a folder is needed",
    errno.ENOTDIR: "there is a file where a folder is needed",
    errno.EISDIR: "it is a folder; name a file in it",
}


def check_file(path: Path) -> None:
    """Make sure that a file can be written under this name; makes its folder.

    Raises:
        PlaceUnusableError: it cannot.
    """
    with writing_to(path):
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "")
        if path.exists() and not path.is_file():
            raise PlaceUnusableError(f"cannot write to {shown_name(path)}: it is no regular file")
        if draft_of(path).is_dir():  # also asks whether its name is too long
            raise PlaceUnusableError(f"cannot write to {shown_name(draft_of(path))}: a folder")
    check_folder(path.parent)


def check_folder(path: Path, *, mode: int = 0o777) -> None:
    """Make sure that files can be written into a folder; makes it where it is missing.

    Raises:
        PlaceUnusableError: they cannot.
    """
    with writing_to(path):
        _try_folder(path, mode=mode)


def check_folder_to_replace(path: Path) -> None:
    """Make sure that a new folder can take this name, whether or not there is one; makes parents.

    Raises:
        PlaceUnusableError: it cannot.
    """
    with writing_to(path):
        if path.exists() and not path.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, "")
    check_folder(path.parent)


def check_home(keys_folder: Path) -> None:
    """Make sure that this installation has keys or can make them.

    One that has them may lie on a disk that cannot be written: then no evidence is remembered.

    Raises:
        PlaceUnusableError: OSTRAKA_HOME is no place to keep them.
    """
    with writing_to(keys_folder, wish="keep keys (OSTRAKA_HOME) in"):
        keys = [path for path in keys_folder.glob("*") if path.is_file()]
        for key in keys:
            key.open("rb").close()
        if not keys:
            _try_folder(keys_folder, mode=0o700)


def _try_folder(path: Path, *, mode: int) -> None:
    path.mkdir(mode=mode, parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=path):
        pass


@contextmanager
def writing_to(path: Path, *, wish: str = "write to") -> Iterator[None]:
    """Put into words for the operator what the operating system says within.

    Raises:
        PlaceUnusableError: it says that something cannot be written, or made, or read.
    """
    try:
        yield
    except OSError as error:
        words = _WORDS.get(error.errno or 0, error.strerror or type(error).__name__)
        raise PlaceUnusableError(f"cannot {wish} {shown_name(path)}: {words}") from error


def draft_of(path: Path) -> Path:
    """Return where a file is written until it is whole."""
    return path.with_name(path.name + _DRAFT_SUFFIX)


def open_draft(path: Path) -> TextIO:
    """Return the draft of a file, new and empty, to be written as text.

    Attack: in a folder that others fill, a link of the draft's name leads to a file of ours, which
    the report would overwrite.
    """
    draft = draft_of(path)
    draft.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(draft, flags, 0o666)
    return os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace")
