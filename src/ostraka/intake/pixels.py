"""Hostile bytes to bounded pixels; run it only where it may fall: in the jail, under a fuzzer."""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import (
    AvifImagePlugin,
    GifImagePlugin,
    Image,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from ostraka.intake.bounds import bounded, check, check_size
from ostraka.intake.colour import checked_pixels, colour_profile, orientation
from ostraka.intake.errors import BrokenPictureError, DecodeMemoryError
from ostraka.intake.frames import frame_count, kept_indexes
from ostraka.intake.model import DecodedPicture, PictureFormat
from ostraka.intake.sniff import sniff, webp_canvas
from ostraka.limits import Limits

# Named here so that they are loaded before the seal: Pillow itself imports them (the last two for
# some JPEG files) only once a file asks for them, and then it is too late.
PLUGINS = (
    JpegImagePlugin, PngImagePlugin, GifImagePlugin, WebPImagePlugin, AvifImagePlugin,
    MpoImagePlugin, TiffImagePlugin,
)  # fmt: skip

# The zoo that Pillow raises over bytes it cannot decode (DecompressionBombError among them).
_COMPLAINTS = (
    OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, AttributeError, EOFError,
    OverflowError, ZeroDivisionError, RuntimeError, struct.error, zlib.error, AssertionError,
    Image.DecompressionBombError, Image.DecompressionBombWarning,
)  # fmt: skip
_SHORTEST_FRAME_MILLISECONDS, _LONGEST_FRAME_MILLISECONDS = 20, 10_000


@dataclass(frozen=True, kw_only=True)
class _Look:
    """How every frame of one picture is made checked pixels."""

    size: tuple[int, int]
    turn: int
    profile: bytes

    def pixels(self, picture: Image.Image) -> NDArray[np.uint8]:
        return checked_pixels(picture, size=self.size, turn=self.turn, profile=self.profile)


def decode_pixels(data: bytes, *, limits: Limits) -> DecodedPicture:
    """Return the bounded, upright sRGB pixels of a file, or refuse it.

    Raises:
        UnsupportedFormatError: It is none of the five formats.
        PictureLimitError: It declares or holds more than a limit allows.
        DecodeMemoryError: Memory ran out.
        BrokenPictureError: It cannot be decoded to the end.
    """
    picture_format = sniff(data)
    try:
        with _pillow_set_up():
            return _decode(data, picture_format=picture_format, limits=limits)
    except _COMPLAINTS as error:
        raise BrokenPictureError(
            f"the {picture_format.value.upper()} file is broken", detail=type(error).__name__
        ) from error
    except MemoryError as error:
        raise DecodeMemoryError(limits.decode_memory_bytes) from error


@contextmanager
def _pillow_set_up() -> Iterator[None]:
    """Set what Pillow keeps in globals, for as long as one picture takes."""
    bound_before = Image.MAX_IMAGE_PIXELS
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # the jail starts no threads
    Image.MAX_IMAGE_PIXELS = None  # our own limits come first: they name themselves
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    finally:
        Image.MAX_IMAGE_PIXELS = bound_before


def _decode(data: bytes, *, picture_format: PictureFormat, limits: Limits) -> DecodedPicture:
    if picture_format is PictureFormat.WEBP:
        # the only one of the five whose pixels are allocated before its size can be asked
        check_size(webp_canvas(data), limits=limits)
    with Image.open(BytesIO(data), formats=(picture_format.value.upper(),)) as picture:
        check_size(picture.size, limits=limits)
        # From here on Pillow's own check guards what it allocates without asking (a GIF frame far
        # outside the canvas, which it fills with the ground before we see its size).
        Image.MAX_IMAGE_PIXELS = int(limits.picture_pixels)
        count = frame_count(picture, data, picture_format=picture_format, limits=limits)
        if count == 1:
            return _still(picture, limits=limits)
        return _animation(picture, count=count, limits=limits)


def _still(picture: Image.Image, *, limits: Limits) -> DecodedPicture:
    declared_width, declared_height = picture.size
    size = bounded(picture.size, side_pixels=int(limits.canonical_side_pixels))
    # Where it can, a JPEG is decoded at a half, a quarter or an eighth, never below ``size``: the
    # coefficients left out are those that resampling would average away.
    picture.draft(picture.mode, size)
    picture.load()
    look = _Look(
        size=size, turn=orientation(picture), profile=colour_profile(picture, limits=limits)
    )
    return DecodedPicture(
        frames=(look.pixels(picture),),
        declared_width=declared_width,
        declared_height=declared_height,
        declared_frames=1,
        frame_milliseconds=0,
    )


def _animation(picture: Image.Image, *, count: int, limits: Limits) -> DecodedPicture:
    """Decode every frame, since each builds on the one before, and keep a few."""
    canvas = picture.size
    look = _Look(
        size=bounded(canvas, side_pixels=int(limits.canonical_frame_side_pixels)),
        turn=orientation(picture),
        profile=colour_profile(picture, limits=limits),
    )
    kept = kept_indexes(count, kept=int(limits.animation_kept_frames))
    frames: list[NDArray[np.uint8]] = []
    milliseconds = 0.0
    decoded_pixels = 0
    for index in range(count):
        picture.seek(index)
        # a GIF frame may lie outside the canvas, and Pillow then grows the picture
        check_size(picture.size, limits=limits)
        decoded_pixels += picture.width * picture.height
        check("animation_total_pixels", decoded_pixels, limits=limits)
        picture.load()
        milliseconds += float(picture.info.get("duration", 0))
        if index in kept:
            frames.append(look.pixels(picture.crop((0, 0, *canvas))))
    return DecodedPicture(
        frames=tuple(frames),
        declared_width=canvas[0],
        declared_height=canvas[1],
        declared_frames=count,
        frame_milliseconds=_shown_milliseconds(milliseconds / len(frames)),
    )


def _shown_milliseconds(mean: float) -> int:
    # the order of the comparisons turns "not a number" into the shortest time
    if mean > _LONGEST_FRAME_MILLISECONDS:
        return _LONGEST_FRAME_MILLISECONDS
    return round(mean) if mean > _SHORTEST_FRAME_MILLISECONDS else _SHORTEST_FRAME_MILLISECONDS
