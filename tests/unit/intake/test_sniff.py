from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from ostraka.intake import PictureFormat, UnsupportedFormatError
from ostraka.intake.sniff import sniff, webp_canvas

MAGIC = {
    b"\xff\xd8\xff\xe0": PictureFormat.JPEG,
    b"\x89PNG\r\n\x1a\n": PictureFormat.PNG,
    b"GIF87a": PictureFormat.GIF,
    b"GIF89a": PictureFormat.GIF,
    b"RIFF\x00\x00\x00\x00WEBPVP8 ": PictureFormat.WEBP,
    b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00mif1": PictureFormat.AVIF,
    b"\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00miafavif....": PictureFormat.AVIF,
    b"\x00\x00\x00\x18ftypavis\x00\x00\x00\x00msf1miaf": PictureFormat.AVIF,
}


@pytest.mark.parametrize(("first", "expected"), MAGIC.items())
def test_each_format_is_known_by_its_first_bytes(first: bytes, expected: PictureFormat) -> None:
    assert sniff(first + b"rest") is expected


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00",
        b"BM" + bytes(60),
        b"%!PS-Adobe-3.0 EPSF-3.0",
        b"%PDF-1.7",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<script>alert(1)</script>",
        b"II*\x00" + bytes(60),
        b"8BPS\x00\x01",
        b"\x00\x00\x01\x00",
        b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic",
        b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00isommp42",
        b"RIFF\x00\x00\x00\x00WAVEfmt ",
        b"PK\x03\x04",
        b"GIF88a",
        b" \xff\xd8\xff",
    ],
)
def test_anything_else_is_refused_by_name_of_what_is_taken(data: bytes) -> None:
    with pytest.raises(UnsupportedFormatError, match="JPEG, PNG, WEBP, GIF, AVIF"):
        sniff(data)


def test_a_brand_beyond_the_brand_box_does_not_count() -> None:
    with pytest.raises(UnsupportedFormatError):
        sniff(b"\x00\x00\x00\x14ftypmif1\x00\x00\x00\x00miaf" + b"avif")


@given(st.binary(max_size=400))
def test_sniffing_never_fails_otherwise(data: bytes) -> None:
    try:
        sniff(data)
    except UnsupportedFormatError:
        assert not data.startswith((b"\xff\xd8\xff", b"GIF89a"))


@pytest.mark.parametrize("options", [{}, {"lossless": True}, {"save_all": True}])
@given(width=st.integers(1, 200), height=st.integers(1, 200))
def test_the_declared_canvas_of_a_webp_is_read(
    options: dict[str, object], width: int, height: int
) -> None:
    file = BytesIO()
    other = Image.new("RGBA", (width, height), (9, 9, 9, 9))
    extra = {"append_images": [other]} if "save_all" in options else {}
    Image.new("RGBA", (width, height)).save(file, "WEBP", **options, **extra)
    assert webp_canvas(file.getvalue()) == (width, height)


@given(st.binary(max_size=40))
def test_a_canvas_is_never_empty(tail: bytes) -> None:
    for kind in (b"VP8 ", b"VP8L", b"VP8X", b"JUNK"):
        assert min(webp_canvas(b"RIFF\x00\x00\x00\x00WEBP" + kind + tail)) >= 1
