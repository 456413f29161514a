"""Small pictures for reports, made from canonical pixels alone."""

from __future__ import annotations

import base64
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

THUMBNAIL_SIDE_PIXELS = 256
_QUALITY = 70


def thumbnail(frame: NDArray[np.uint8], *, side_pixels: int = THUMBNAIL_SIDE_PIXELS) -> bytes:
    """Return a JPEG file no longer than ``side_pixels`` on either side: quick rather than small."""
    every = max(1, max(frame.shape) // (2 * side_pixels))
    picture = Image.fromarray(np.ascontiguousarray(frame[::every, ::every]))
    picture.thumbnail((side_pixels, side_pixels), Image.Resampling.BOX, reducing_gap=None)
    file = BytesIO()
    picture.save(file, "JPEG", quality=_QUALITY)
    return file.getvalue()


def data_address(jpeg: bytes) -> str:
    """Return the picture as an address that a page can carry within itself."""
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode("ascii")
