from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostraka.intake import PictureLimitError
from ostraka.intake.bounds import bounded, check, check_size
from ostraka.limits import DEFAULT_LIMITS, Limits

SIDES = st.integers(1, 40_000)


@given(width=SIDES, height=SIDES, side=st.integers(1, 4096))
def test_a_bounded_size_fits_and_keeps_its_shape(width: int, height: int, side: int) -> None:
    small_width, small_height = bounded((width, height), side_pixels=side)
    assert 1 <= small_width <= side or small_width == width
    assert max(small_width, small_height) == min(side, max(width, height))
    scale = min(1.0, side / max(width, height))
    assert abs(small_width - max(1, width * scale)) <= 0.5
    assert abs(small_height - max(1, height * scale)) <= 0.5


def test_a_refusal_names_the_limit_and_the_value() -> None:
    with pytest.raises(PictureLimitError) as caught:
        check("file_bytes", 21_000_000, limits=DEFAULT_LIMITS)
    assert caught.value.resource == "file size"
    assert caught.value.limit == 20_000_000
    assert caught.value.actual == 21_000_000
    assert caught.value.unit == "bytes"
    assert "file size: 21,000,000 bytes is over the limit of 20,000,000 bytes" in str(caught.value)


@pytest.mark.parametrize(
    ("size", "resource"),
    [((101, 1), "picture side"), ((1, 101), "picture side"), ((60, 60), "picture area")],
)
def test_each_side_and_the_area_have_their_limit(size: tuple[int, int], resource: str) -> None:
    limits = Limits(picture_side_pixels=100, picture_pixels=3_599)
    with pytest.raises(PictureLimitError) as caught:
        check_size(size, limits=limits)
    assert caught.value.resource == resource


def test_a_value_at_the_limit_passes() -> None:
    check_size((100, 36), limits=Limits(picture_side_pixels=100, picture_pixels=3_600))
