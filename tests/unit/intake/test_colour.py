"""Modes, profiles and turns, in this process; the same through the jail is in the integration."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageCms

from ostraka.intake.colour import checked_pixels, colour_profile, orientation
from ostraka.limits import DEFAULT_LIMITS, Limits

SIZE = (12, 8)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
LAB = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()


def reopened(picture: Image.Image, name: str, **options: object) -> Image.Image:
    file = BytesIO()
    picture.save(file, name, **options)
    return Image.open(file)


def one_colour(picture: Image.Image, *, profile: bytes = b"") -> tuple[int, ...]:
    pixels = checked_pixels(picture, size=picture.size, turn=1, profile=profile)
    assert pixels.shape == (8, 12, 3)
    assert (pixels == pixels[0, 0]).all()
    return tuple(int(value) for value in pixels[0, 0])


@pytest.mark.parametrize(
    ("mode", "colour", "expected"),
    [
        ("RGB", (10, 20, 30), (10, 20, 30)),
        ("L", 77, (77, 77, 77)),
        ("1", 1, (255, 255, 255)),
        ("I;16", 0x8000, (128, 128, 128)),
        ("RGBA", (255, 0, 0, 0), (255, 255, 255)),
        ("RGBA", (255, 0, 0, 255), (255, 0, 0)),
        ("LA", (0, 0), (255, 255, 255)),
        ("CMYK", (0, 0, 0, 255), (0, 0, 0)),
        ("YCbCr", (255, 128, 128), (255, 255, 255)),
    ],
)
def test_every_mode_becomes_opaque_colour(
    mode: str, colour: int | tuple[int, ...], expected: tuple[int, ...]
) -> None:
    assert one_colour(Image.new(mode, SIZE, colour)) == expected


@pytest.mark.parametrize(
    "profile", [SRGB[:200], b"\x00" * 132, LAB], ids=["cut", "zeros", "another space"]
)
def test_a_profile_that_cannot_be_used_is_ignored(profile: bytes) -> None:
    assert one_colour(Image.new("RGB", SIZE, (255, 0, 0)), profile=profile) == (255, 0, 0)


def test_a_profile_that_can_be_used_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert one_colour(Image.new("RGB", SIZE, (200, 10, 10)), profile=SRGB) == pytest.approx(
        (200, 10, 10), abs=2
    )


def test_a_profile_is_read_up_to_its_limit() -> None:
    picture = reopened(Image.new("RGB", SIZE), "PNG", icc_profile=SRGB)
    assert colour_profile(picture, limits=DEFAULT_LIMITS) == SRGB
    assert colour_profile(picture, limits=Limits(colour_profile_bytes=len(SRGB) - 1)) == b""
    assert colour_profile(Image.new("RGB", SIZE), limits=DEFAULT_LIMITS) == b""


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_turn_moves_the_corner(turn: int) -> None:
    picture = Image.new("L", SIZE)
    picture.putpixel((0, 0), 255)
    pixels = checked_pixels(picture, size=SIZE, turn=turn, profile=b"")
    height, width, _ = pixels.shape
    assert (width, height) == (SIZE if turn < 5 else SIZE[::-1])
    corner = {
        1: (0, 0),
        2: (0, -1),
        3: (-1, -1),
        4: (-1, 0),
        5: (0, 0),
        6: (0, -1),
        7: (-1, -1),
        8: (-1, 0),
    }
    assert pixels[corner[turn]].tolist() == [255, 255, 255]
    assert np.count_nonzero(pixels) == 3


@pytest.mark.parametrize(("asked", "turn"), [(1, 1), (6, 6), (8, 8), (0, 1), (9, 1), (77, 1)])
def test_only_the_eight_turns_are_known(asked: int, turn: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = asked
    assert orientation(reopened(Image.new("RGB", SIZE), "JPEG", exif=exif)) == turn


def test_exif_that_cannot_be_read_asks_for_nothing() -> None:
    assert orientation(reopened(Image.new("RGB", SIZE), "JPEG", exif=b"Exif\x00\x00rubbish")) == 1


def test_shrinking_looks_at_every_pixel() -> None:
    # an image-scaling attack hides a picture in the few pixels that nearest-neighbour would take
    pixels = np.zeros((400, 400), np.uint8)
    pixels[10::20, 10::20] = 255
    small = checked_pixels(Image.fromarray(pixels), size=(20, 20), turn=1, profile=b"")
    assert small.max() < 10
