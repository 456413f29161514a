"""Everything a decoder loads lazily, loaded before the seal by decoding pictures of our own."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

from PIL import ExifTags, Image, ImageCms

from ostraka.errors import InternalError
from ostraka.intake.errors import BrokenPictureError
from ostraka.intake.pixels import decode_pixels
from ostraka.limits import Limits

_SIZE = (24, 16)
_ANIMATING = ("GIF", "PNG", "WEBP", "AVIF")


def warm_up(limits: Limits) -> None:
    """Decode a small picture of every format and kind, once whole and once cut short.

    Raises:
        InternalError: A format cannot be decoded here at all, so the decoder must not start.
    """
    for file in _samples():
        try:
            decode_pixels(file, limits=limits)
        except BrokenPictureError as error:
            raise InternalError("a format is missing from Pillow", detail=error.detail) from error
        _fail_once(file[: len(file) // 2], limits)


def _fail_once(cut: bytes, limits: Limits) -> None:
    try:
        decode_pixels(cut, limits=limits)
    except BrokenPictureError:
        return


def _samples() -> Iterator[bytes]:
    colour = Image.new("RGB", _SIZE, (200, 30, 60))
    other = Image.new("RGB", _SIZE, (20, 130, 60))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    yield _file(colour, "JPEG", exif=exif, icc_profile=profile)
    yield _file(colour.convert("CMYK"), "JPEG")
    yield _file(colour.quantize(4), "PNG", transparency=0)
    yield _file(Image.new("I;16", _SIZE, 4000), "PNG", exif=exif)
    yield _file(Image.new("LA", _SIZE, (9, 99)), "PNG")
    for name in _ANIMATING:
        yield _file(colour, name)
        yield _file(colour, name, save_all=True, append_images=[other], duration=100)


def _file(picture: Image.Image, name: str, **options: object) -> bytes:
    file = BytesIO()
    picture.save(file, name, **options)
    return file.getvalue()
