"""Small pictures for reports, made from canonical pixels alone."""

from __future__ import annotations

import base64
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

THUMBNAIL_SIDE_PIXELS = 256
_QUALITY = 70
_EFFORT = 2


def thumbnail(frame: NDArray[np.uint8], *, side_pixels: int = THUMBNAIL_SIDE_PIXELS) -> bytes:
    """Return a WebP file no longer than ``side_pixels`` on either side."""
    picture = Image.fromarray(frame)
    picture.thumbnail((side_pixels, side_pixels), Image.Resampling.BILINEAR, reducing_gap=1.5)
    file = BytesIO()
    picture.save(file, "WEBP", quality=_QUALITY, method=_EFFORT)
    return file.getvalue()


def data_address(webp: bytes) -> str:
    """Return the picture as an address that a page can carry within itself."""
    return "data:image/webp;base64," + base64.b64encode(webp).decode("ascii")
