"""Read pictures out of a Doom WAD: the lump directory, the palette, and column patches.

Source: the format as Freedoom's own data declares it (header, 16-byte directory entries, PLAYPAL,
patches made of posts). Every offset is checked, since a file of game data is input like any other.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ostraka.learning.sources.errors import BrokenSourceError

_HEADER = struct.Struct("<4sii")
_ENTRY = struct.Struct("<ii8s")
_PATCH = struct.Struct("<HHhh")
_PALETTE_BYTES = 768
_END_OF_COLUMN = 255
_SIDE_PIXELS_AT_MOST = 1024


@dataclass(frozen=True)
class Wad:
    """A game's lumps by name, and its first palette."""

    lumps: dict[str, bytes]
    sprite_names: tuple[str, ...]
    """Lumps between S_START and S_END, in the order of the file."""
    palette: NDArray[np.uint8]

    def sprite(self, name: str) -> Image.Image:
        """Return a sprite as RGBA."""
        return patch_picture(self.lumps[name], palette=self.palette)


def read_wad(path: Path) -> Wad:
    """Read a WAD file.

    Raises:
        BrokenSourceError: it is no WAD, or a lump lies outside the file.
    """
    data = path.read_bytes()
    entries = _directory(data)
    names = [name for name, _ in entries]
    if not {"S_START", "S_END", "PLAYPAL"} <= set(names):
        raise BrokenSourceError(f"{path.name} holds no sprites or no palette")
    lumps = {name: content for name, content in entries if content}
    between = entries[names.index("S_START") + 1 : names.index("S_END")]
    palette = np.frombuffer(lumps["PLAYPAL"][:_PALETTE_BYTES], np.uint8).reshape(256, 3)
    return Wad(lumps, tuple(name for name, content in between if content), palette)


def patch_picture(patch: bytes, *, palette: NDArray[np.uint8]) -> Image.Image:
    """Return a column patch as RGBA; where no post covers a pixel it is transparent."""
    try:
        width, height, _, _ = _PATCH.unpack_from(patch)
        if not (0 < width <= _SIDE_PIXELS_AT_MOST and 0 < height <= _SIDE_PIXELS_AT_MOST):
            raise BrokenSourceError(f"a patch claims {width} x {height} pixels")
        starts = struct.unpack_from(f"<{width}I", patch, _PATCH.size)
        pixels = np.zeros((height, width, 4), np.uint8)
        for x, start in enumerate(starts):
            _draw_column(patch, start, column=pixels[:, x], palette=palette)
    except (struct.error, IndexError, ValueError) as error:
        raise BrokenSourceError("a patch is cut short or out of bounds") from error
    return Image.fromarray(pixels)


def _draw_column(
    patch: bytes, start: int, *, column: NDArray[np.uint8], palette: NDArray[np.uint8]
) -> None:
    while patch[start] != _END_OF_COLUMN:
        top, length = patch[start], patch[start + 1]
        # One padding byte stands before and after the pixels of a post.
        indices = np.frombuffer(patch, np.uint8, count=length, offset=start + 3)
        column[top : top + length, :3] = palette[indices]
        column[top : top + length, 3] = 255
        start += length + 4


def _directory(data: bytes) -> list[tuple[str, bytes]]:
    try:
        magic, count, offset = _HEADER.unpack_from(data)
        if magic not in {b"IWAD", b"PWAD"}:
            raise BrokenSourceError("the file is no WAD")
        entries = [_ENTRY.unpack_from(data, offset + _ENTRY.size * i) for i in range(count)]
    except struct.error as error:
        raise BrokenSourceError("the WAD's directory is cut short") from error
    return [_lump(data, start, size, name) for start, size, name in entries]


def _lump(data: bytes, start: int, size: int, name: bytes) -> tuple[str, bytes]:
    if start < 0 or size < 0 or start + size > len(data):
        raise BrokenSourceError("a lump lies outside its WAD")
    return name.rstrip(b"\0").decode("latin-1"), data[start : start + size]
