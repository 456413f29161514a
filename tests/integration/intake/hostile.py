"""Hostile files, made here: every one is a few lines of reason, none is a blob."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageCms

FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
PNG_WORD: Final = b"\x89PNG\r\n\x1a\n"
ANIMATING: Final = ("PNG", "WEBP", "GIF", "AVIF")


def scene(width: int = 64, height: int = 48, *, seed: int = 0) -> Image.Image:
    """Return a smooth, unsymmetric picture: no two corners alike."""
    coarse = np.random.default_rng(seed).integers(0, 256, (3, 4, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


def file(picture: Image.Image, name: str, **options: object) -> bytes:
    written = BytesIO()
    picture.save(written, name, **options)
    return written.getvalue()


def animation(name: str, count: int, *, width: int = 64, height: int = 48) -> bytes:
    pictures = [scene(width, height, seed=index) for index in range(count)]
    return file(pictures[0], name, save_all=True, append_images=pictures[1:], duration=100)


# --- PNG, chunk by chunk (PNG specification, third edition, section 5.3) ---


def chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)


def png(width: int, height: int, *chunks: bytes, bit_depth: int = 8, colour: int = 2) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, bit_depth, colour, 0, 0, 0)
    return PNG_WORD + b"".join((chunk(b"IHDR", header), *chunks, chunk(b"IEND", b"")))


def png_bomb(width: int, height: int) -> bytes:
    """A few hundred kilobytes that unfold to ``width x height`` grey pixels."""
    packed = zlib.compress(bytes((width + 1) * height), 9)
    return png(width, height, chunk(b"IDAT", packed), colour=0)


def png_lying_about_size(width: int, height: int) -> bytes:
    return png(width, height, chunk(b"IDAT", zlib.compress(bytes(100))))


def png_text_bomb() -> bytes:
    text = chunk(b"zTXt", b"Comment\x00\x00" + zlib.compress(bytes(100_000_000), 9))
    return png(1, 1, text, chunk(b"IDAT", zlib.compress(bytes(4))))


def png_profile_bomb() -> bytes:
    profile = chunk(b"iCCP", b"sRGB\x00\x00" + zlib.compress(bytes(100_000_000), 9))
    return png(1, 1, profile, chunk(b"IDAT", zlib.compress(bytes(4))))


# --- the other four ---


def jpeg_lying_about_size(width: int, height: int) -> bytes:
    data = bytearray(file(scene(), "JPEG"))
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def gif_of_tiny_frames(count: int) -> bytes:
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    return gif(1, 1, frame * count)


def gif(width: int, height: int, blocks: bytes) -> bytes:
    table = bytes(6) + b"\xff" * 6
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0x81, 0, 0) + table + blocks + b";"


def gif_growing_beyond_its_canvas() -> bytes:
    small = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    beyond = b"\x2c" + struct.pack("<HHHHB", 65_000, 65_000, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    return gif(1, 1, small + beyond)


def webp_lying_about_canvas(width: int, height: int) -> bytes:
    """An extended header (RFC 9649, 2.7) that claims a canvas far larger than its picture."""
    inner = file(scene(), "WEBP")[12:]
    sizes = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBP" + b"VP8X" + struct.pack("<I", 10) + b"\x02\x00\x00\x00" + sizes + inner
    return b"RIFF" + struct.pack("<I", len(body)) + body


def avif_lying_about_size(width: int, height: int) -> bytes:
    data = bytearray(file(scene(), "AVIF"))
    at = data.index(b"ispe") + 8
    data[at : at + 8] = struct.pack(">II", width, height)
    return bytes(data)


# --- files that are two things at once ---

SCRIPT: Final = b"*/=1;alert('run me');/*"


def gif_and_script() -> bytes:
    """Valid GIF whose header opens a JavaScript comment (GIFAR's cousin)."""
    data = bytearray(file(scene(), "GIF"))
    return bytes(data[:-1]) + b"!\xfe" + bytes([len(SCRIPT)]) + SCRIPT + b"\x00;"


def png_and_zip() -> bytes:
    return file(scene(), "PNG") + b"PK\x03\x04" + b"payload.exe" + b"PK\x05\x06" + bytes(18)


def jpeg_and_html() -> bytes:
    return file(scene(), "JPEG", comment=b"<script>alert('run me')</script>")


def webp_with_trailing_program() -> bytes:
    return file(scene(), "WEBP") + b"\x7fELF" + bytes(200)


POLYGLOTS: Final = {
    "gif and script": (gif_and_script, b"alert"),
    "png and zip": (png_and_zip, b"PK\x03\x04"),
    "jpeg and html": (jpeg_and_html, b"<script>"),
    "webp and program": (webp_with_trailing_program, b"\x7fELF"),
}


# --- metadata ---


def turned(name: str, orientation: int) -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    options: dict[str, object] = {"lossless": True} if name == "WEBP" else {}
    if name in {"JPEG", "AVIF"}:
        options["quality"] = 95
    return file(corners(), name, exif=exif, **options)


def corners() -> Image.Image:
    """Return 48 x 32 pixels with one corner each of red, green, blue and white."""
    pixels = np.zeros((32, 48, 3), np.uint8)
    pixels[:16, :24] = (255, 0, 0)
    pixels[:16, 24:] = (0, 255, 0)
    pixels[16:, :24] = (0, 0, 255)
    pixels[16:, 24:] = (255, 255, 255)
    return Image.fromarray(pixels)


BROKEN_EXIF: Final = {
    "not TIFF at all": b"Exif\x00\x00" + b"\xff" * 40,
    "cut in its header": b"Exif\x00\x00II*",
    "directory beyond the end": b"Exif\x00\x00II*\x00" + struct.pack("<I", 0xFFFFFF00),
    "directory that is its own successor": b"Exif\x00\x00II*\x00"
    + struct.pack("<IHHHIII", 8, 1, 0x112, 3, 1, 1, 8),
    "orientation that is text": b"Exif\x00\x00II*\x00"
    + struct.pack("<IHHHI4sI", 8, 1, 0x112, 2, 4, b"abc\x00", 0),
    "orientation of 77": b"Exif\x00\x00II*\x00" + struct.pack("<IHHHIII", 8, 1, 0x112, 3, 1, 77, 0),
    "sixty thousand entries": b"Exif\x00\x00II*\x00" + struct.pack("<IH", 8, 0xFFFF) + bytes(600),
}


def srgb_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def lab_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()


def swapped_profile() -> bytes:
    """Return a matrix profile whose red and blue primaries are exchanged: it visibly matters."""
    data = bytearray(srgb_profile())
    count = struct.unpack_from(">I", data, 128)[0]
    at = {bytes(data[132 + 12 * i : 136 + 12 * i]): 132 + 12 * i for i in range(count)}
    red, blue = at[b"rXYZ"], at[b"bXYZ"]
    data[red : red + 4], data[blue : blue + 4] = b"bXYZ", b"rXYZ"
    return bytes(data)


def mean_colour(pixels: NDArray[np.uint8]) -> tuple[float, float, float]:
    red, green, blue = pixels.reshape(-1, 3).mean(axis=0)
    return float(red), float(green), float(blue)
