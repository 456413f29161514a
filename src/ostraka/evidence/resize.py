"""How a picture of any shape becomes the square that a network takes.

Nothing is ever cropped: what lies at the border is screened like what lies in the middle.
"""

from __future__ import annotations

from typing import Final, cast

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

_BLUR: Final = 16


def resized(picture: Pixels, *, width: int, height: int) -> Pixels:
    """Return the picture at exactly this size; averaging where it shrinks, so nothing aliases.

    Averaging also closes the scaling attack: with plain sampling, a few pixels decide what the
    network sees (Xiao et al., "Seeing is Not Believing", USENIX Security 2019).
    """
    if picture.shape[:2] == (height, width):
        return picture
    shrinks = picture.shape[0] >= height and picture.shape[1] >= width
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cast("Pixels", cv2.resize(picture, (width, height), interpolation=how))


def squashed(picture: Pixels, *, side_pixels: int) -> Pixels:
    """Return the whole picture as a square, its aspect ratio given up."""
    return resized(picture, width=side_pixels, height=side_pixels)


def bounded(picture: Pixels, *, side_pixels: int) -> Pixels:
    """Return the picture with its longest side at most this long, never enlarged."""
    height, width = picture.shape[:2]
    scale = min(1.0, side_pixels / max(height, width))
    return resized(
        picture, width=max(1, round(width * scale)), height=max(1, round(height * scale))
    )


def letterboxed(picture: Pixels, *, side_pixels: int) -> Pixels:
    """Return the whole picture centred in a square, its aspect ratio kept, on a blur of itself.

    Black bars would look to a network like a picture of something with black bars.
    """
    height, width = picture.shape[:2]
    scale = side_pixels / max(height, width)
    inner = resized(
        picture, width=max(1, round(width * scale)), height=max(1, round(height * scale))
    )
    blurred = squashed(picture, side_pixels=max(1, side_pixels // _BLUR))
    square = squashed(blurred, side_pixels=side_pixels).copy()
    top = (side_pixels - inner.shape[0]) // 2
    left = (side_pixels - inner.shape[1]) // 2
    square[top : top + inner.shape[0], left : left + inner.shape[1]] = inner
    return square
