"""Whatever a decoder gives, as bounded, upright, opaque sRGB."""

from __future__ import annotations

import struct
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageCms

from ostraka.limits import Limits

_SRGB = ImageCms.createProfile("sRGB")
_COLOUR_SPACES = {"L": "GRAY", "RGB": "RGB ", "CMYK": "CMYK"}
_WHITE = (255, 255, 255, 255)
_UPRIGHT = 1
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# What Pillow raises over metadata that it cannot read.
_METADATA_COMPLAINTS = (
    OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, AttributeError,
    OverflowError, ZeroDivisionError, struct.error,
)  # fmt: skip


def orientation(picture: Image.Image) -> int:
    """Return the turn that EXIF or the container asks for, 1 (none) where it cannot be read.

    A viewer would show such a picture unturned too; and nobody sees the original again.
    """
    try:
        asked = picture.getexif().get(ExifTags.Base.Orientation, _UPRIGHT)
    except _METADATA_COMPLAINTS:
        return _UPRIGHT
    return asked if isinstance(asked, int) and asked in _TURNS else _UPRIGHT


def colour_profile(picture: Image.Image, *, limits: Limits) -> bytes:
    """Return the embedded ICC profile, empty where there is none or it is absurdly large."""
    profile = picture.info.get("icc_profile")
    if not isinstance(profile, bytes) or len(profile) > limits.colour_profile_bytes:
        return b""
    return profile


def checked_pixels(
    picture: Image.Image, *, size: tuple[int, int], turn: int, profile: bytes
) -> NDArray[np.uint8]:
    """Return uint8 (height, width, 3) sRGB pixels of a loaded picture.

    Args:
        picture: Any mode that the five formats give.
        size: (width, height) before turning; scaled down by area-aware resampling, so that no
            other picture can hide between the samples (image-scaling attack, Xiao et al. 2019).
        turn: EXIF orientation, 1 to 8.
        profile: ICC profile of the pixels, or empty for sRGB.
    """
    plain = _flattened(_plain_mode(picture))
    if plain.size != size:
        plain = plain.resize(size, Image.Resampling.BICUBIC)
    upright = _in_srgb(plain, profile)
    if turn in _TURNS:
        upright = upright.transpose(_TURNS[turn])
    return np.asarray(upright, dtype=np.uint8)


def _plain_mode(picture: Image.Image) -> Image.Image:
    """Return the picture in L, RGB, RGBA or CMYK."""
    if picture.mode.startswith("I;16"):
        # Pillow would clip at 255 instead of scaling
        return Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
    if picture.has_transparency_data:
        return picture.convert("RGBA")
    if picture.mode in _COLOUR_SPACES:
        return picture
    return picture.convert("RGB")


def _flattened(picture: Image.Image) -> Image.Image:
    """Return the picture on white: one look everywhere, so that no background reveals another."""
    if picture.mode != "RGBA":
        return picture
    ground = Image.new("RGBA", picture.size, _WHITE)
    ground.alpha_composite(picture)
    return ground.convert("RGB")


def _in_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    """Convert by the profile; without one that fits and can be read, take the pixels as sRGB.

    Browsers ignore a broken profile too. Nothing can hide in the choice, since only what comes out
    of here is ever screened or shown.
    """
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            if source.profile.xcolor_space == _COLOUR_SPACES[picture.mode]:
                transform = ImageCms.buildTransform(source, _SRGB, picture.mode, "RGB")
                return transform.apply(picture)
        except (ImageCms.PyCMSError, *_METADATA_COMPLAINTS):
            pass
    # Converting what is RGB already would copy every pixel, and each new page costs a fresh child.
    return picture if picture.mode == "RGB" else picture.convert("RGB")
