from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from ostraka.evidence.text_boxes import TextBox
from ostraka.evidence.text_views import (
    from_afar,
    has_fine_print,
    probes,
    strip_view,
    strips,
    whole,
)

Pixels = NDArray[np.uint8]


def flat(width: int, height: int) -> Pixels:
    return np.full((height, width, 3), 200, np.uint8)


def with_words(width: int, height: int, *, at: tuple[int, int]) -> Pixels:
    picture = flat(width, height)
    cv2.putText(picture, "meet me here", at, cv2.FONT_HERSHEY_SIMPLEX, 0.6, (0, 0, 0), 2)
    return picture


@pytest.mark.parametrize("size", [(1, 1), (33, 700), (640, 640), (2048, 90), (90, 2048)])
def test_every_view_lies_on_the_grid_and_is_bounded(size: tuple[int, int]) -> None:
    picture = flat(*size)
    views = [whole(picture), from_afar(picture)]
    views += [strip_view(picture, strip) for strip in strips(picture)]
    for view in views:
        height, width = view.pixels.shape[:2]
        assert height % 32 == width % 32 == 0
        assert max(height, width) <= 1536


def test_from_afar_a_box_lands_where_it_was_in_the_frame() -> None:
    picture = flat(640, 480)
    picture[120:360, 160:480] = 0
    view = from_afar(picture)
    dark = np.argwhere(view.pixels[:, :, 0] < 100)
    (top, left), (bottom, right) = dark.min(axis=0), dark.max(axis=0) + 1
    height, width = view.pixels.shape[:2]
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)
    box = view.placed(TextBox((corners / (width, height)).astype(np.float32)))
    assert box.bounds == pytest.approx((0.25, 0.25, 0.75, 0.75), abs=0.02)


@pytest.mark.parametrize("height", [1, 255, 256, 1000, 2048])
def test_strips_miss_no_row(height: int) -> None:
    found = strips(flat(300, height))
    assert found[0].top == 0
    assert found[-1].bottom == height
    assert all(one.bottom == next_.top for one, next_ in pairwise(found))


def test_a_strip_knows_its_rows_in_the_frame() -> None:
    picture = flat(1024, 1024)
    strip = strips(picture)[1]
    view = strip_view(picture, strip)
    assert view.top < strip.top / 1024
    assert view.top + view.height > strip.bottom / 1024


def test_small_pictures_have_no_fine_print() -> None:
    assert not has_fine_print(flat(800, 600))
    assert has_fine_print(flat(801, 600))


def test_a_flat_picture_is_not_probed() -> None:
    picture = flat(1600, 1200)
    assert not list(probes(picture, strips(picture)))


@pytest.mark.parametrize("at", [(100, 100), (1300, 700), (1430, 1190)])
def test_a_probe_is_cut_where_words_stand(at: tuple[int, int]) -> None:
    picture = with_words(1600, 1200, at=at)
    every = strips(picture)
    found = list(probes(picture, every))
    assert found
    assert any(strip.top <= at[1] < strip.bottom for strip, _ in found)
    assert min(pixels.min() for _, pixels in found) < 100


def test_noise_in_one_place_does_not_draw_the_eye_from_another() -> None:
    picture = with_words(2048, 1024, at=(100, 640))
    noise = np.random.default_rng(0).integers(0, 256, (250, 500, 3))
    picture[0:250, 1500:2000] = noise
    assert {strip.top for strip, _ in probes(picture, strips(picture))} >= {0, 512}
