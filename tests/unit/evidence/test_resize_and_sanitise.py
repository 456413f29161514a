from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostraka.evidence.resize import Pixels, bounded, letterboxed, squashed
from ostraka.evidence.sanitise import sanitise

sides = st.integers(1, 900)


@given(sides, sides)
def test_every_shape_becomes_the_square_that_a_network_takes(height: int, width: int) -> None:
    picture = np.full((height, width, 3), 200, np.uint8)
    for how in (squashed, letterboxed):
        square = how(picture, side_pixels=64)
        assert square.shape == (64, 64, 3)
        assert np.all(square == 200)


@given(sides, sides)
def test_a_bounded_picture_is_never_enlarged(height: int, width: int) -> None:
    picture = np.zeros((height, width, 3), np.uint8)
    small = bounded(picture, side_pixels=320)
    assert max(small.shape[:2]) == min(320, max(height, width))
    assert min(small.shape[:2]) >= 1


@pytest.mark.parametrize("how", [squashed, letterboxed])
def test_what_lies_at_the_border_reaches_the_network(how: Callable[..., Pixels]) -> None:
    picture = np.zeros((400, 600, 3), np.uint8)
    picture[:, :12] = 255
    assert how(picture, side_pixels=64)[32, 0].max() > 200


def test_pixels_planted_for_a_sampling_resize_are_averaged_away() -> None:
    # The scaling attack: every tenth pixel is white, and nearest sampling would see white alone.
    picture = np.zeros((640, 640, 3), np.uint8)
    picture[5::10, 5::10] = 255
    assert squashed(picture, side_pixels=64).max() < 20


def test_sanitising_leaves_at_most_64_levels_and_keeps_black_and_white() -> None:
    levels = np.arange(256, dtype=np.uint8)
    picture = np.repeat(np.repeat(levels[:, None, None], 32, axis=1), 3, axis=2)
    clean = sanitise(picture)
    assert len(np.unique(clean)) <= 64
    assert sanitise(np.zeros((9, 9, 3), np.uint8)).max() == 0
    assert sanitise(np.full((9, 9, 3), 255, np.uint8)).min() == 255


def test_sanitising_halves_pixel_noise_at_least() -> None:
    generator = np.random.default_rng(7)
    plain = np.full((300, 300, 3), 128, np.uint8)
    noise = generator.choice(np.array([-8, 8]), plain.shape)
    noisy = (plain + noise).astype(np.uint8)
    left = sanitise(noisy).astype(int) - sanitise(plain).astype(int)
    assert np.abs(left).mean() < 4


def test_sanitising_is_a_function_of_the_picture_alone() -> None:
    picture = np.random.default_rng(3).integers(0, 256, (700, 900, 3), np.uint8)
    before = picture.copy()
    first = sanitise(picture)
    assert np.array_equal(first, sanitise(picture[::1]))
    assert np.array_equal(picture, before)
    assert max(first.shape) == 640
