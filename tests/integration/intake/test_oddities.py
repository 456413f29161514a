"""Colour, transparency, orientation and profiles: odd, but not broken."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image
from tests.integration.intake.hostile import (
    BROKEN_EXIF,
    chunk,
    corners,
    file,
    lab_profile,
    mean_colour,
    png,
    png_profile_bomb,
    scene,
    srgb_profile,
    swapped_profile,
    turned,
)

from ostraka.intake import BrokenPictureError, Decoder
from ostraka.limits import Limits


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    with Decoder() as decoder:
        yield decoder


# Where red, green, blue and white lie in `corners()` once a viewer has turned it.
UPRIGHT = {
    1: "RGBW", 2: "GRWB", 3: "WBGR", 4: "BWRG", 5: "RBGW", 6: "BRWG", 7: "WGBR", 8: "GWRB",
}  # fmt: skip
NAMES = {"100": "R", "010": "G", "001": "B", "111": "W"}


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_the_picture_stands_upright(decoder: Decoder, name: str, orientation: int) -> None:
    pixels = decoder.decode(turned(name, orientation)).frames[0]
    height, width, _ = pixels.shape
    assert (width, height) == ((48, 32) if orientation < 5 else (32, 48))
    quarters = (
        pixels[4, 4],
        pixels[4, width - 5],
        pixels[height - 5, 4],
        pixels[height - 5, width - 5],
    )
    seen = "".join(NAMES["".join(str(int(c > 127)) for c in quarter)] for quarter in quarters)
    assert seen == UPRIGHT[orientation]


def test_an_animation_stands_upright_too(decoder: Decoder) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    other = Image.new("RGB", (48, 32))
    data = file(corners(), "WEBP", save_all=True, append_images=[other], exif=exif, lossless=True)
    picture = decoder.decode(data)
    assert (picture.width, picture.height) == (32, 48)
    assert mean_colour(picture.frames[0][4:12, 20:28])[0] > 200


@pytest.mark.parametrize("reason", BROKEN_EXIF)
@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP"])
def test_broken_exif_leaves_the_picture_unturned(decoder: Decoder, name: str, reason: str) -> None:
    picture = decoder.decode(file(corners(), name, exif=BROKEN_EXIF[reason]))
    assert (picture.width, picture.height) == (48, 32)


def test_metadata_does_not_survive(decoder: Decoder) -> None:
    exif = Image.Exif()
    exif[0x010E] = "Jane Doe, 12 Hidden Lane"
    for name in ("JPEG", "PNG", "WEBP", "AVIF"):
        data = file(scene(), name, exif=exif)
        assert b"Hidden Lane" in data
        assert b"Hidden Lane" not in decoder.decode(data).canonical


def test_a_profile_is_converted_to_srgb(decoder: Decoder) -> None:
    red = Image.new("RGB", (32, 32), (255, 0, 0))
    plain = mean_colour(decoder.decode(file(red, "PNG")).frames[0])
    same = mean_colour(decoder.decode(file(red, "PNG", icc_profile=srgb_profile())).frames[0])
    blue = mean_colour(decoder.decode(file(red, "PNG", icc_profile=swapped_profile())).frames[0])
    assert plain == pytest.approx((254, 0, 0), abs=2)
    assert same == pytest.approx(plain, abs=2)
    assert blue[2] > 250
    assert blue[0] < 10


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize(
    "profile",
    [b"\x00" * 200, b"not a profile", srgb_profile()[:150], lab_profile()],
    ids=["zeros", "words", "cut", "another colour space"],
)
def test_a_broken_or_foreign_profile_is_ignored(
    decoder: Decoder, name: str, profile: bytes
) -> None:
    red = Image.new("RGB", (32, 32), (255, 0, 0))
    picture = decoder.decode(file(red, name, icc_profile=profile))
    assert mean_colour(picture.frames[0]) == pytest.approx((254, 0, 0), abs=6)


@pytest.mark.parametrize("name", ["JPEG", "WEBP", "AVIF"])
def test_a_huge_profile_is_ignored(decoder: Decoder, name: str) -> None:
    red = Image.new("RGB", (32, 32), (255, 0, 0))
    picture = decoder.decode(file(red, name, icc_profile=b"x" * 4_100_000))
    assert mean_colour(picture.frames[0]) == pytest.approx((254, 0, 0), abs=6)


def test_a_profile_bomb_is_refused(decoder: Decoder) -> None:
    with pytest.raises(BrokenPictureError):
        decoder.decode(png_profile_bomb())


def test_a_profile_over_its_limit_is_not_read() -> None:
    red = Image.new("RGB", (32, 32), (255, 0, 0))
    with Decoder(Limits(colour_profile_bytes=10)) as decoder:
        picture = decoder.decode(file(red, "PNG", icc_profile=swapped_profile()))
    assert mean_colour(picture.frames[0])[0] > 250


def test_cmyk_looks_like_its_inks(decoder: Decoder) -> None:
    inks = {(0, 255, 255, 0): (255, 0, 0), (255, 0, 255, 0): (0, 255, 0), (0, 0, 0, 255): (0, 0, 0)}
    for ink, expected in inks.items():
        picture = decoder.decode(file(Image.new("CMYK", (32, 32), ink), "JPEG", quality=95))
        assert mean_colour(picture.frames[0]) == pytest.approx(expected, abs=8)


def test_sixteen_bits_are_scaled_not_clipped(decoder: Decoder) -> None:
    ramp = np.linspace(0, 65_535, 64 * 48).reshape(48, 64).astype(np.uint16)
    picture = decoder.decode(file(Image.fromarray(ramp), "PNG"))
    expected = np.repeat((ramp >> 8)[..., np.newaxis], 3, axis=2)
    assert np.abs(picture.frames[0].astype(int) - expected).mean() < 3


def test_sixteen_bit_colour_is_taken(decoder: Decoder) -> None:
    pixel = b"\xff\xff\x00\x00\x80\x00"
    rows = b"".join(b"\x00" + pixel * 16 for _ in range(16))
    data = png(16, 16, chunk(b"IDAT", zlib.compress(rows)), bit_depth=16)
    assert mean_colour(decoder.decode(data).frames[0]) == pytest.approx((255, 0, 128), abs=4)


def test_transparency_lies_on_white_in_every_form(decoder: Decoder) -> None:
    clear = Image.new("RGBA", (32, 32), (255, 0, 0, 0))
    palette = Image.new("P", (32, 32), 1)
    palette.putpalette([0, 0, 0, 255, 0, 0])
    grey = Image.new("LA", (32, 32), (0, 0))
    files = {
        "RGBA PNG": file(clear, "PNG"),
        "RGBA WebP": file(clear, "WEBP", lossless=True, exact=True),
        "RGBA AVIF": file(clear, "AVIF"),
        "palette PNG": file(palette, "PNG", transparency=1),
        "palette PNG, many levels": file(palette, "PNG", transparency=b"\xff\x00"),
        "palette GIF": file(palette, "GIF", transparency=1),
        "grey PNG": file(grey, "PNG"),
        "keyed grey PNG": file(Image.new("L", (32, 32), 9), "PNG", transparency=9),
        "keyed colour PNG": file(
            Image.new("RGB", (32, 32), (9, 8, 7)), "PNG", transparency=(9, 8, 7)
        ),
    }
    for form, data in files.items():
        mean = mean_colour(decoder.decode(data).frames[0])
        assert mean == pytest.approx((255, 255, 255), abs=3), form


def test_half_transparent_red_is_pink(decoder: Decoder) -> None:
    half = file(Image.new("RGBA", (32, 32), (255, 0, 0, 128)), "PNG")
    assert mean_colour(decoder.decode(half).frames[0]) == pytest.approx((255, 127, 127), abs=4)


@pytest.mark.parametrize("mode", ["1", "L", "P"])
def test_few_colours_are_taken(decoder: Decoder, mode: str) -> None:
    picture = decoder.decode(file(scene().convert(mode), "PNG"))
    expected = np.asarray(scene().convert(mode).convert("RGB")).astype(int)
    assert np.abs(picture.frames[0] - expected).mean() < 12


def test_the_second_picture_of_a_stereo_jpeg_is_dropped(decoder: Decoder) -> None:
    other = Image.new("RGB", (64, 48), (255, 0, 0))
    data = file(scene(), "MPO", save_all=True, append_images=[other])
    picture = decoder.decode(data)
    assert picture.declared_frames == len(picture.frames) == 1
    assert np.abs(picture.frames[0] - np.asarray(scene()).astype(int)).mean() < 6
