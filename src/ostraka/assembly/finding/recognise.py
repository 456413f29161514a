"""Whether a file is, or calls itself, a picture: only then is it worth a line of its own."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final

from ostraka.intake.errors import UnsupportedFormatError
from ostraka.intake.sniff import sniff

SNIFFED_BYTES: Final = 300
"""How much of a file is looked at to tell whether it may be a picture."""
_PICTURE_SUFFIXES: Final = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".gif", ".avif"),
    *(".bmp", ".tif", ".tiff", ".heic", ".heif", ".jxl", ".jp2"),
)
"""A file that calls itself a picture is reported even when its content says otherwise."""


def says_picture(name: str, head: bytes) -> bool:
    """Say whether a file's name or its first bytes are those of a picture."""
    if calls_itself_picture(name):
        return True
    try:
        sniff(head[:SNIFFED_BYTES])
    except UnsupportedFormatError:
        return False
    return True


def calls_itself_picture(name: str) -> bool:
    """Say whether a file's name is that of a picture."""
    return PurePosixPath(name).suffix.lower() in _PICTURE_SUFFIXES
