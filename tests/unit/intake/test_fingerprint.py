from collections.abc import Callable
from importlib import resources

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from ostraka.intake.fingerprint import Fingerprint, fingerprint

Pixels = NDArray[np.uint8]

# Made with the reference implementation: pdqhash 0.2.8, `pdqhash.compute`, on the same pixels.
PHOTOGRAPHS = {
    "astronaut": ("2d6b1af3a956c529e79ca3d2526fa834d4196c81cedd04de0a26b855fc99b724", 100),
    "chelsea": ("5feb5321f01da156898e2bf629a5d3438412cdbd23f48942464526315db33ffd", 100),
    "coffee": ("8c629e779a663698b9a33866c026726c21a679f61eb6e1f8c79ba7e23c8299e0", 100),
    "camera": ("dc9c9d3b746978f888f40ce6e5c3f70f7266623e8d989cb99f21f2010841e1c7", 100),
    "coins": ("8ee552196df86aa552b514e6e505e0319aeb1aaea4a5d935dd4a675a1a56a555", 100),
    "moon": ("131645cde366d981e1e371b264d8b25b9e4d13771d8c4f366d946ca57133d0c9", 83),
    "page": ("965b26d62ed3636b192ccdddcc91d88c3925812979849815e37b1cce4732a6fb", 100),
    "text": ("f46721c01b1bd9936bb5cde6660a8a12430c6c9d25d95e47cbe2a6b89d6e6786", 100),
    "motorcycle_left": ("e0c9cfdb78d358d68a58ec54e94ba55937525b67508a0b87ad64fc6b4631c470", 100),
}
ODD_SHAPES: list[tuple[str, Callable[[Pixels], Pixels], str, int]] = [
    (
        "301 rows of 77 pixels",
        lambda a: a[100:401, 50:127],
        "11b2a9cfa8c6654056e153f41b3dad1eedd84cceb6a6d7370b3b6d0b205982ac",
        100,
    ),
    (
        "2048 x 2048 pixels",
        lambda a: a.repeat(4, 0).repeat(4, 1),
        "2d2f1af3a856c529e79ca3d6526fa834d4196c81c6dd04de0a26f855fc99b724",
        100,
    ),
    (
        "64 x 64 pixels, which the reference does not filter",
        lambda a: a[200:264, 200:264],
        "a7e85016bb430abc5553aa893afec51117e6e8bb8b4074ffcb10aeefc8951542",
        100,
    ),
    (
        "1151 rows of 63 pixels",
        lambda a: np.tile(a, (3, 1, 1))[:1151, 100:163],
        "273b672c90e9799b569edc9a750fc62b89d445aa218612e8ee7171578e50e497",
        100,
    ),
    ("4 rows, too few to hash", lambda a: a[:4], "0" * 64, 0),
]


def photograph(name: str) -> Pixels:
    with resources.files("skimage").joinpath("data", f"{name}.png").open("rb") as file:
        return np.asarray(Image.open(file).convert("RGB"))


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_photographs_hash_bit_for_bit_as_in_the_reference(name: str) -> None:
    found = fingerprint(photograph(name))
    assert (found.hex, found.quality) == PHOTOGRAPHS[name]


@pytest.mark.parametrize(("cut", "hexadecimal", "quality"), [case[1:] for case in ODD_SHAPES])
def test_odd_shapes_hash_bit_for_bit_as_in_the_reference(
    cut: Callable[[Pixels], Pixels], hexadecimal: str, quality: int
) -> None:
    found = fingerprint(cut(photograph("astronaut")))
    assert (found.hex, found.quality) == (hexadecimal, quality)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 200),
    st.integers(1, 200),
    st.integers(0, 2**32 - 1),
)
def test_every_shape_gets_a_fingerprint_within_bounds(height: int, width: int, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    found = fingerprint(pixels)
    assert 0 <= found.bits < 2**256
    assert 0 <= found.quality <= 100
    assert found == fingerprint(pixels.copy())


def test_a_brighter_and_smaller_copy_stays_alike() -> None:
    original = photograph("coffee")
    copy = np.asarray(Image.fromarray(original).resize((333, 222)).point(lambda v: min(255, v + 9)))
    assert fingerprint(original).distance(fingerprint(copy)) <= 10


def test_another_photograph_is_far_away() -> None:
    photographs = [fingerprint(photograph(name)) for name in ("coffee", "moon", "page")]
    assert min(photographs[0].distance(p) for p in photographs[1:]) > 80


def test_a_flat_picture_has_no_quality() -> None:
    assert fingerprint(np.full((300, 300, 3), 90, dtype=np.uint8)).quality == 0


def test_a_picture_hidden_behind_skipped_pixels_is_seen() -> None:
    # Where every fourth pixel alone were read, this would hash as the moon.
    covered = np.tile(photograph("coffee")[:320, :512], (4, 4, 1))
    covered[::4, ::4] = photograph("moon")[:320, :512]
    moon = fingerprint(photograph("moon")[:320, :512])
    assert fingerprint(covered).distance(moon) > 60


def test_distance_counts_differing_bits() -> None:
    assert Fingerprint(0b1011, 100).distance(Fingerprint(0b0110, 100)) == 3
