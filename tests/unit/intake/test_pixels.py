"""The decoder's own function: whatever the bytes, pixels within bounds or a typed refusal."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from ostraka.errors import SenderError
from ostraka.intake import BrokenPictureError, DecodeMemoryError
from ostraka.intake import pixels as pixels_module
from ostraka.intake.model import DecodedPicture
from ostraka.intake.pixels import decode_pixels
from ostraka.limits import Limits

LIMITS = Limits(
    picture_pixels=100_000,
    picture_side_pixels=2_000,
    canonical_side_pixels=64,
    canonical_frame_side_pixels=32,
    animation_kept_frames=3,
    animation_frames=20,
    animation_total_pixels=200_000,
)


def written(picture: Image.Image, name: str, **options: object) -> bytes:
    file = BytesIO()
    picture.save(file, name, **options)
    return file.getvalue()


def noise(width: int, height: int, *, seed: int = 0) -> Image.Image:
    values = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(values)


SEEDS = [
    *(written(noise(20, 14), name) for name in ("JPEG", "PNG", "WEBP", "GIF", "AVIF")),
    *(
        written(noise(20, 14), name, save_all=True, append_images=[noise(20, 14, seed=1)])
        for name in ("PNG", "WEBP", "GIF", "AVIF")
    ),
]


def bounded_or_refused(data: bytes) -> DecodedPicture | SenderError:
    try:
        decoded = decode_pixels(data, limits=LIMITS)
    except SenderError as error:
        return error
    side = 64 if len(decoded.frames) == 1 else 32
    assert 1 <= len(decoded.frames) <= 3
    for frame in decoded.frames:
        assert frame.dtype == np.uint8
        assert frame.shape == decoded.frames[0].shape
        assert max(frame.shape[:2]) <= side
    return decoded


@settings(max_examples=200, deadline=None)
@given(seed=st.sampled_from(SEEDS), tail=st.binary(max_size=200), cut=st.floats(0, 1))
def test_a_head_with_any_tail(seed: bytes, tail: bytes, cut: float) -> None:
    bounded_or_refused(seed[: int(len(seed) * cut)] + tail)


@settings(max_examples=200, deadline=None)
@given(
    seed=st.sampled_from(SEEDS),
    changes=st.lists(st.tuples(st.integers(0), st.integers(0, 255)), min_size=1, max_size=8),
)
def test_any_few_bytes_changed(seed: bytes, changes: list[tuple[int, int]]) -> None:
    data = bytearray(seed)
    for at, value in changes:
        data[at % len(data)] = value
    bounded_or_refused(bytes(data))


@settings(max_examples=40, deadline=None)
@given(width=st.integers(1, 64), height=st.integers(1, 64), seed=st.integers(0, 2**32))
def test_a_small_lossless_picture_is_taken_to_the_pixel(width: int, height: int, seed: int) -> None:
    picture = noise(width, height, seed=seed)
    for name, options in (("PNG", {}), ("WEBP", {"lossless": True})):
        decoded = decode_pixels(written(picture, name, **options), limits=LIMITS)
        assert np.array_equal(decoded.frames[0], np.asarray(picture))


@settings(max_examples=30, deadline=None)
@given(width=st.integers(1, 600), height=st.integers(1, 160))
def test_every_size_is_bounded(width: int, height: int) -> None:
    got = bounded_or_refused(written(noise(width, height), "PNG", compress_level=1))
    assert isinstance(got, DecodedPicture)
    assert (got.declared_width, got.declared_height) == (width, height)


@pytest.mark.parametrize(("declared", "shown"), [(0, 20), (5, 20), (150, 150), (60_000, 10_000)])
def test_a_frame_is_shown_neither_too_short_nor_too_long(declared: int, shown: int) -> None:
    data = written(
        noise(8, 8), "GIF", save_all=True, append_images=[noise(8, 8, seed=1)], duration=declared
    )
    assert decode_pixels(data, limits=LIMITS).frame_milliseconds == shown


def test_kept_frames_share_the_time_of_all() -> None:
    others = [noise(8, 8, seed=index) for index in range(1, 12)]
    data = written(noise(8, 8), "GIF", save_all=True, append_images=others, duration=100)
    decoded = decode_pixels(data, limits=LIMITS)
    assert (decoded.declared_frames, len(decoded.frames)) == (12, 3)
    assert decoded.frame_milliseconds == 400


def test_memory_that_runs_out_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(pixels_module, "_decode", exhausted)
    with pytest.raises(DecodeMemoryError):
        decode_pixels(SEEDS[0], limits=LIMITS)


def test_the_log_learns_what_broke() -> None:
    with pytest.raises(BrokenPictureError) as caught:
        decode_pixels(SEEDS[1][:60], limits=LIMITS)
    assert str(caught.value) == "the PNG file is broken"
    assert caught.value.detail
