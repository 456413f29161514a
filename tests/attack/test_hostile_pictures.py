"""Hostile files against intake: each ends in a typed refusal, or as a harmless picture."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import permutations

import pytest
from tests.integration.intake import hostile
from tests.integration.intake.hostile import ANIMATING, FORMATS, POLYGLOTS, animation, file, scene

from ostraka.errors import SenderError
from ostraka.intake import (
    BrokenPictureError,
    CheckedPicture,
    DecodeMemoryError,
    Decoder,
    PictureLimitError,
    UnsupportedFormatError,
)
from ostraka.limits import Limits


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    with Decoder() as decoder:
        yield decoder


def taken_or_refused(decoder: Decoder, data: bytes) -> CheckedPicture | SenderError:
    try:
        return decoder.decode(data)
    except SenderError as error:
        return error


BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "PNG": (lambda: hostile.png_bomb(20_000, 20_000), "picture area"),
    "PNG header": (lambda: hostile.png_lying_about_size(30_000, 30_000), "picture area"),
    "JPEG": (lambda: hostile.jpeg_lying_about_size(32_000, 32_000), "picture area"),
    "WebP canvas": (lambda: hostile.webp_lying_about_canvas(16_000, 16_000), "picture area"),
    "AVIF": (lambda: hostile.avif_lying_about_size(16_000, 16_000), "picture area"),
    "GIF canvas": (lambda: hostile.gif(32_000, 32_000, b""), "picture area"),
    "PNG side": (lambda: hostile.png_lying_about_size(1_000_000, 1), "picture side"),
    "JPEG side": (lambda: hostile.jpeg_lying_about_size(60_000, 8), "picture side"),
    "GIF frames": (lambda: hostile.gif_of_tiny_frames(1_000_000), "frames of the animation"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_before_its_pixels_are_allocated(name: str) -> None:
    make, resource = BOMBS[name]
    data = make()
    assert len(data) < 20_000_000
    with Decoder(Limits(decode_memory_bytes=150_000_000)) as decoder:
        decoder.decode(file(scene(), "PNG"))
        begun = time.monotonic()
        refusal = taken_or_refused(decoder, data)
    assert time.monotonic() - begun < 10
    if isinstance(refusal, PictureLimitError):
        assert refusal.resource == resource
        assert refusal.actual is not None
        assert refusal.actual > refusal.limit
    else:
        assert isinstance(refusal, BrokenPictureError), refusal


@pytest.mark.parametrize("name", ["PNG", "PNG header", "GIF frames", "PNG side", "JPEG"])
def test_a_bombs_refusal_names_the_limit(decoder: Decoder, name: str) -> None:
    make, resource = BOMBS[name]
    with pytest.raises(PictureLimitError, match=resource):
        decoder.decode(make())


@pytest.mark.parametrize("name", ANIMATING)
def test_an_animation_of_too_many_frames_is_refused(name: str) -> None:
    with Decoder(Limits(animation_frames=20)) as decoder:
        with pytest.raises(PictureLimitError) as caught:
            decoder.decode(animation(name, 21))
        assert (caught.value.limit, caught.value.actual) == (20, 21)
        assert decoder.decode(animation(name, 20)).declared_frames == 20


@pytest.mark.parametrize("name", ANIMATING)
def test_frames_share_one_budget_of_pixels(name: str) -> None:
    limits = Limits(animation_total_pixels=10 * 64 * 48 - 1)
    with Decoder(limits) as decoder, pytest.raises(PictureLimitError, match="area of all frames"):
        decoder.decode(animation(name, 10))


def test_a_frame_outside_the_canvas_is_bounded_too(decoder: Decoder) -> None:
    with pytest.raises(SenderError):
        decoder.decode(hostile.gif_growing_beyond_its_canvas())


def test_a_text_bomb_is_refused(decoder: Decoder) -> None:
    with pytest.raises(BrokenPictureError):
        decoder.decode(hostile.png_text_bomb())


def test_a_picture_that_needs_too_much_memory_is_refused() -> None:
    data = hostile.png_bomb(6_000, 6_000)
    limits = Limits(decode_memory_bytes=30_000_000)
    with Decoder(limits) as decoder, pytest.raises(DecodeMemoryError):
        decoder.decode(data)


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_cut_at_every_percent_is_refused_or_whole(decoder: Decoder, name: str) -> None:
    whole = file(scene(160, 120), name)
    for percent in range(100):
        cut = whole[: len(whole) * percent // 100]
        got = taken_or_refused(decoder, cut)
        if percent < 90:
            assert isinstance(got, BrokenPictureError | UnsupportedFormatError), percent
        elif isinstance(got, CheckedPicture):
            assert got.canonical_sha256 == decoder.decode(whole).canonical_sha256


@pytest.mark.parametrize("name", ANIMATING)
def test_an_animation_cut_at_every_percent_is_refused(decoder: Decoder, name: str) -> None:
    whole = animation(name, 6)
    for percent in range(100):
        got = taken_or_refused(decoder, whole[: len(whole) * percent // 100])
        assert isinstance(got, BrokenPictureError | UnsupportedFormatError), percent


@pytest.mark.parametrize("name", ANIMATING)
def test_an_animation_that_lost_its_last_bytes_is_refused_or_lost_nothing(
    decoder: Decoder, name: str
) -> None:
    """What ends after the last frame may be missing; a frame, or a part of one, never."""
    whole = animation(name, 6)
    expected = decoder.decode(whole)
    assert len(expected.frames) == 6
    for lost in range(1, 40):
        got = taken_or_refused(decoder, whole[:-lost])
        if isinstance(got, CheckedPicture):
            assert got.canonical_sha256 == expected.canonical_sha256, lost
        else:
            assert isinstance(got, BrokenPictureError | UnsupportedFormatError), lost


@pytest.mark.parametrize("name", POLYGLOTS)
def test_what_rides_on_a_picture_does_not_survive(decoder: Decoder, name: str) -> None:
    make, rider = POLYGLOTS[name]
    data = make()
    assert rider in data
    assert rider not in decoder.decode(data).canonical


@pytest.mark.parametrize(("claimed", "actual"), list(permutations(FORMATS, 2)))
def test_a_wrong_first_word_is_refused(decoder: Decoder, claimed: str, actual: str) -> None:
    first = file(scene(), claimed)[:12]
    with pytest.raises(SenderError):
        decoder.decode(first + file(scene(), actual)[12:])


@pytest.mark.parametrize(
    "data",
    [b"", b"\x00", b"\xff", b"G", b"GIF89a", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", bytes(5_000)],
    ids=["nothing", "a zero", "a byte", "a G", "GIF word", "JPEG word", "PNG word", "zeros"],
)
def test_nothing_much_is_refused(decoder: Decoder, data: bytes) -> None:
    with pytest.raises((UnsupportedFormatError, BrokenPictureError)):
        decoder.decode(data)


@pytest.mark.parametrize("size", [(0, 0), (0, 5), (5, 0)])
def test_a_picture_without_pixels_is_refused(decoder: Decoder, size: tuple[int, int]) -> None:
    for data in (
        hostile.png_lying_about_size(*size),
        hostile.jpeg_lying_about_size(*size),
        hostile.avif_lying_about_size(*size),
    ):
        with pytest.raises(SenderError):
            decoder.decode(data)


def test_a_format_that_is_not_ours_is_refused_however_pillow_likes_it(decoder: Decoder) -> None:
    for name in ("BMP", "TIFF", "ICO", "PPM", "TGA", "PCX", "EPS", "JPEG2000"):
        with pytest.raises(UnsupportedFormatError):
            decoder.decode(file(scene(), name))
