"""What a file says it is, by its first bytes alone; its name and declared type do not count."""

from __future__ import annotations

from ostraka.intake.errors import UnsupportedFormatError
from ostraka.intake.model import PictureFormat

_LONGEST_BRAND_BOX_BYTES = 256
_FOURTEEN_BITS = 0x3FFF
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


def webp_canvas(data: bytes) -> tuple[int, int]:
    """Return the width and height that a WebP header declares, (1, 1) where it declares none.

    Source: RFC 9649, sections 2.5 to 2.7.
    """
    header = data[:30].ljust(30, b"\x00")
    kind = header[12:16]
    if kind == b"VP8X":
        return _little(header[24:27]) + 1, _little(header[27:30]) + 1
    if kind == b"VP8L":
        bits = _little(header[21:25])
        return (bits & _FOURTEEN_BITS) + 1, (bits >> 14 & _FOURTEEN_BITS) + 1
    if kind == b"VP8 ":
        return (
            max(1, _little(header[26:28]) & _FOURTEEN_BITS),
            max(1, _little(header[28:30]) & _FOURTEEN_BITS),
        )
    return 1, 1


def _little(octets: bytes) -> int:
    return int.from_bytes(octets, "little")
