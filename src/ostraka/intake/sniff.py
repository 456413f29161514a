"""What a file says it is, by its first bytes alone; its name and declared type do not count."""

from __future__ import annotations

from ostraka.intake.errors import UnsupportedFormatError
from ostraka.intake.model import PictureFormat

_LONGEST_BRAND_BOX_BYTES = 256
_AVIF_BRANDS = frozenset({b"avif", b"avis"})


def sniff(data: bytes) -> PictureFormat:
    """Return the format that the first bytes declare.

    Raises:
        UnsupportedFormatError: They declare none of the five.
    """
    if data.startswith(b"\xff\xd8\xff"):
        return PictureFormat.JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PictureFormat.PNG
    if data.startswith((b"GIF87a", b"GIF89a")):
        return PictureFormat.GIF
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return PictureFormat.WEBP
    if data[4:8] == b"ftyp" and _AVIF_BRANDS & _brands(data):
        return PictureFormat.AVIF
    raise UnsupportedFormatError(
        "not a picture in one of the formats "
        + ", ".join(picture_format.value.upper() for picture_format in PictureFormat)
    )


def _brands(data: bytes) -> set[bytes]:
    """Return the major and compatible brands of an ISO media file (ISO/IEC 14496-12, 4.3)."""
    end = min(int.from_bytes(data[:4], "big"), len(data), _LONGEST_BRAND_BOX_BYTES)
    return {data[8:12], *(data[at : at + 4] for at in range(16, end - 3, 4))}
