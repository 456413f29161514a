from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ostraka.intake import CanonicalFileError, decode_canonical, encode_canonical


def smooth(width: int, height: int, *, phase: float = 0.0) -> NDArray[np.uint8]:
    rows, columns = np.mgrid[0:height, 0:width]
    waves = [np.sin(columns / 9 + phase), np.cos(rows / 7 - phase), np.sin((rows + columns) / 11)]
    return np.stack([127 + 100 * wave for wave in waves], axis=-1).astype(np.uint8)


def test_a_still_comes_back_nearly_as_it_went() -> None:
    pixels = smooth(120, 80)
    (back,) = decode_canonical(encode_canonical([pixels]))
    assert back.shape == pixels.shape
    assert back.dtype == np.uint8
    assert np.abs(back.astype(int) - pixels).mean() < 2


def test_coloured_writing_keeps_its_edges() -> None:
    pixels = np.full((40, 40, 3), (255, 0, 0), np.uint8)
    pixels[:, 20:21] = (0, 0, 255)
    (back,) = decode_canonical(encode_canonical([pixels]))
    assert back[20, 20, 2] > 200
    assert back[20, 20, 0] < 60


def test_an_animation_comes_back_frame_by_frame() -> None:
    frames = [smooth(64, 48, phase=index) for index in range(5)]
    canonical = encode_canonical(frames, frame_milliseconds=80)
    back = decode_canonical(canonical)
    assert canonical[8:12] == b"WEBP"
    assert len(back) == 5
    for before, after in zip(frames, back, strict=True):
        assert np.abs(after.astype(int) - before).mean() < 6


@settings(max_examples=20)
@given(count=st.integers(1, 3), width=st.integers(1, 40), height=st.integers(1, 40))
def test_the_same_frames_give_the_same_bytes(count: int, width: int, height: int) -> None:
    frames = [smooth(width, height, phase=index) for index in range(count)]
    assert encode_canonical(frames, frame_milliseconds=50) == encode_canonical(
        frames, frame_milliseconds=50
    )


def test_nothing_but_pixels_is_in_the_file() -> None:
    canonical = encode_canonical([smooth(32, 32)])
    for trace in (b"Exif", b"ICC_PROFILE", b"xpacket", b"Adobe", b"8BIM"):
        assert trace not in canonical


@pytest.mark.parametrize("damaged", [b"", b"\xff\xd8\xff", b"GIF89a", b"\x89PNG\r\n\x1a\n"])
def test_what_we_did_not_write_is_refused(damaged: bytes) -> None:
    with pytest.raises(CanonicalFileError):
        decode_canonical(damaged)


def test_a_cut_canonical_file_is_refused() -> None:
    canonical = encode_canonical([smooth(64, 64)])
    with pytest.raises(CanonicalFileError):
        decode_canonical(canonical[: len(canonical) // 2])
