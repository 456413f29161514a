import struct
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from ostraka.learning.sources.errors import BrokenSourceError
from ostraka.learning.sources.wad import patch_picture, read_wad

PALETTE: NDArray[np.uint8] = np.repeat(np.arange(256, dtype=np.uint8), 3).reshape(256, 3)


def patch_of(columns: list[list[tuple[int, bytes]]], *, height: int) -> bytes:
    """Build a column patch: for each column its posts as (top, palette indices)."""
    width = len(columns)
    body, starts = b"", []
    for posts in columns:
        starts.append(8 + 4 * width + len(body))
        for top, indices in posts:
            body += bytes([top, len(indices), 0]) + indices + b"\0"
        body += b"\xff"
    header = struct.pack("<HHhh", width, height, 0, 0)
    return header + struct.pack(f"<{width}I", *starts) + body


def wad_of(lumps: list[tuple[str, bytes]]) -> bytes:
    body, entries = b"", b""
    for name, content in lumps:
        entries += struct.pack("<ii8s", 12 + len(body), len(content), name.encode())
        body += content
    return struct.pack("<4sii", b"PWAD", len(lumps), 12 + len(body)) + body + entries


@pytest.fixture
def wad_path(tmp_path: Path) -> Path:
    sprite = patch_of([[(0, b"\x0a\x14")], [(2, b"\x1e")]], height=3)
    lumps = [("PLAYPAL", PALETTE.tobytes() * 2), ("S_START", b""), ("BOMBA0", sprite)]
    path = tmp_path / "tiny.wad"
    path.write_bytes(wad_of([*lumps, ("S_END", b""), ("OTHER", b"no sprite")]))
    return path


def test_a_sprite_has_the_palette_s_colours_where_its_posts_are(wad_path: Path) -> None:
    wad = read_wad(wad_path)
    assert wad.sprite_names == ("BOMBA0",)
    pixels = np.asarray(wad.sprite("BOMBA0"))
    assert pixels.shape == (3, 2, 4)
    assert pixels[0, 0].tolist() == [10, 10, 10, 255]
    assert pixels[1, 0].tolist() == [20, 20, 20, 255]
    assert pixels[2, 1].tolist() == [30, 30, 30, 255]
    assert pixels[2, 0, 3] == pixels[0, 1, 3] == 0


def test_a_wad_that_is_cut_short_anywhere_is_refused(wad_path: Path) -> None:
    whole = wad_path.read_bytes()
    # Every length around header and directory, a sample of those inside the palette.
    for length in [
        *range(20),
        *range(20, len(whole) - 120, 97),
        *range(len(whole) - 120, len(whole)),
    ]:
        wad_path.write_bytes(whole[:length])
        with pytest.raises(BrokenSourceError):
            read_wad(wad_path)


def test_a_lump_that_points_outside_the_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "lies.wad"
    entry = struct.pack("<ii8s", 4, 1_000_000, b"PLAYPAL")
    path.write_bytes(struct.pack("<4sii", b"PWAD", 1, 12) + entry)
    with pytest.raises(BrokenSourceError, match="outside"):
        read_wad(path)


def test_a_patch_that_claims_a_billion_pixels_is_refused_before_it_is_allocated() -> None:
    with pytest.raises(BrokenSourceError, match="65535 x 65535"):
        patch_picture(struct.pack("<HHhh", 65535, 65535, 0, 0), palette=PALETTE)


def test_a_post_longer_than_its_patch_is_refused() -> None:
    broken = patch_of([[(0, b"\x01\x02")]], height=2)[:-3]
    with pytest.raises(BrokenSourceError):
        patch_picture(broken, palette=PALETTE)


def test_a_post_that_leaves_its_column_is_refused() -> None:
    with pytest.raises(BrokenSourceError):
        patch_picture(patch_of([[(1, b"\x01\x02")]], height=2), palette=PALETTE)


def test_a_column_without_an_end_is_refused() -> None:
    endless = patch_of([[(0, b"\x01")]], height=1).removesuffix(b"\xff")
    with pytest.raises(BrokenSourceError):
        patch_picture(endless, palette=PALETTE)
