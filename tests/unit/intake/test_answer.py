"""What the owner believes of a child that may be in an attacker's hands."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostraka.errors import OstrakaError
from ostraka.intake import (
    BrokenPictureError,
    DecodeMemoryError,
    DecoderCrashedError,
    ForgedAnswerError,
    PictureLimitError,
    UnsupportedFormatError,
)
from ostraka.intake.answer import (
    _LAYOUT,
    _MAGIC,
    answer_bytes,
    read_answer,
    write_decoded,
    write_refusal,
)
from ostraka.intake.bounds import check
from ostraka.intake.model import DecodedPicture
from ostraka.limits import Limits

LIMITS = Limits(
    canonical_side_pixels=16,
    canonical_frame_side_pixels=8,
    animation_kept_frames=4,
    animation_frames=50,
    picture_side_pixels=1_000,
    picture_pixels=10_000,
)
DECODED, OVER_LIMIT = 1, 4


def buffer() -> memoryview:
    return memoryview(bytearray(answer_bytes(LIMITS)))


def forged(**changes: float) -> memoryview:
    """Return an answer that is honest but for the fields named."""
    honest: dict[str, float] = {
        "magic": _MAGIC,
        "status": DECODED,
        "frames": 1,
        "width": 16,
        "height": 16,
        "declared_width": 100,
        "declared_height": 100,
        "declared_frames": 1,
        "frame_milliseconds": 0,
        "limit_index": 0,
        "actual": 0.0,
    }
    view = buffer()
    _LAYOUT.pack_into(view, 0, *(honest | changes).values(), b"")
    return view


@given(
    count=st.integers(1, 4), width=st.integers(1, 8), height=st.integers(1, 8), seed=st.integers(0)
)
def test_pixels_arrive_as_they_were_written(count: int, width: int, height: int, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (count, height, width, 3), dtype=np.uint8)
    sent = DecodedPicture(
        frames=tuple(pixels),
        declared_width=90,
        declared_height=80,
        declared_frames=50,
        frame_milliseconds=70,
    )
    view = buffer()
    write_decoded(view, sent)
    got = read_answer(view, limits=LIMITS)
    assert np.array_equal(np.stack(got.frames), pixels)
    assert (got.declared_width, got.declared_height, got.declared_frames) == (90, 80, 50)
    assert got.frame_milliseconds == 70


def test_what_is_read_is_a_copy_that_the_child_cannot_change_later() -> None:
    view = forged()
    got = read_answer(view, limits=LIMITS)
    view[:] = b"\xff" * len(view)
    assert not got.frames[0].any()


@pytest.mark.parametrize(
    "lie",
    [
        {"magic": 1},
        {"status": 99},
        {"frames": 0},
        {"frames": 5, "width": 8, "height": 8, "declared_frames": 5},
        {"frames": 2**32 - 1, "declared_frames": 2**32 - 1},
        {"frames": 2, "width": 8, "height": 8, "declared_frames": 1},
        {"frames": 2, "width": 16, "height": 16, "declared_frames": 2},
        {"width": 0},
        {"height": 0},
        {"width": 17},
        {"height": 17},
        {"width": 2**32 - 1, "height": 2**32 - 1},
        {"declared_width": 0},
        {"declared_height": 1_001},
        {"declared_width": 101},
        {"declared_frames": 51},
        {"status": OVER_LIMIT, "limit_index": 77, "actual": 1e9},
        {"status": OVER_LIMIT, "limit_index": 0, "actual": math.nan},
        {"status": OVER_LIMIT, "limit_index": 0, "actual": math.inf},
        {"status": OVER_LIMIT, "limit_index": 0, "actual": 1.0},
    ],
)
def test_a_lying_header_is_refused(lie: dict[str, float]) -> None:
    with pytest.raises(ForgedAnswerError):
        read_answer(forged(**lie), limits=LIMITS)


def test_a_silent_child_is_a_crashed_one() -> None:
    with pytest.raises(DecoderCrashedError):
        read_answer(buffer(), limits=LIMITS)


def read_or_refused(view: memoryview) -> DecodedPicture | OstrakaError:
    try:
        return read_answer(view, limits=LIMITS)
    except OstrakaError as error:
        return error


@given(st.binary(min_size=_LAYOUT.size, max_size=_LAYOUT.size))
def test_any_header_is_refused_or_within_every_limit(header: bytes) -> None:
    view = buffer()
    view[: len(header)] = header
    assert isinstance(read_or_refused(view), OstrakaError | DecodedPicture)


@given(
    fields=st.lists(st.integers(0, 60), min_size=8, max_size=8),
    status=st.integers(0, 6),
    actual=st.floats(),
)
def test_any_plausible_header_is_refused_or_within_every_limit(
    fields: list[int], status: int, actual: float
) -> None:
    view = buffer()
    _LAYOUT.pack_into(view, 0, _MAGIC, status, *fields, actual, b"\x1b[31mred")
    got = read_or_refused(view)
    if isinstance(got, OstrakaError):
        assert "\x1b" not in got.detail + str(got)
    else:
        assert 1 <= len(got.frames) <= 4
        assert max(got.frames[0].shape[:2]) <= (16 if len(got.frames) == 1 else 8)


def test_each_refusal_crosses_as_its_own_kind() -> None:
    with pytest.raises(PictureLimitError) as refused:
        check("animation_frames", 51, limits=LIMITS)
    over = refused.value
    for error, expected in (
        (over, PictureLimitError),
        (DecodeMemoryError(5), DecodeMemoryError),
        (MemoryError(), DecodeMemoryError),
        (UnsupportedFormatError("no"), UnsupportedFormatError),
        (BrokenPictureError("cut", detail="OSError"), BrokenPictureError),
        (RuntimeError("anything else"), BrokenPictureError),
    ):
        view = buffer()
        write_refusal(view, error)
        with pytest.raises(expected) as caught:
            read_answer(view, limits=LIMITS)
        assert type(caught.value) is expected
    view = buffer()
    write_refusal(view, over)
    with pytest.raises(PictureLimitError) as crossed:
        read_answer(view, limits=LIMITS)
    assert (crossed.value.limit, crossed.value.actual) == (50, 51)
    assert crossed.value.resource == "frames of the animation"
