"""What the text detector is shown: the picture, the picture from afar, and its fine print.

The detector knows letters of some ten to a hundred pixels. At one scale it misses what is larger
(a word that fills the frame falls apart into strokes) and what is smaller (a line of a page). Both
would be ways to say something unread, so it looks at three scales. The smallest is dear: only
strips of the picture are shown where a few cheap probes found writing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ostraka.evidence.resize import resized
from ostraka.evidence.text_boxes import TextBox

Pixels = NDArray[np.uint8]

VIEWS: Final = "whole-640 afar-96-of-160 strips-1536-by-256 probes-96x64-of-128x96 v3"
"""The identity of what happens below; part of the reader's. Change it with the code."""

WHOLE_SIDE_PIXELS: Final = 640
_GRID_PIXELS: Final = 32
_AFAR_SIDE_PIXELS: Final = 96
_AFAR_CANVAS_PIXELS: Final = 160
_AFAR_SHRINKS: Final = 0.33
_FINE_PRINT_FROM_PIXELS: Final = 800
_STRIP_WIDTH_PIXELS: Final = 1536
_STRIP_PIXELS: Final = 256
_STRIP_MARGIN_PIXELS: Final = 48
_CELL_WIDTH_PIXELS: Final = 512
_PROBE: Final = (128, 96)
_PROBE_SCALE: Final = 0.75
_STROKE_WINDOW: Final = (9, 9)
_STROKE_CONTRAST: Final = 20
_WORD_WINDOW: Final = (64, 14)
_STROKES_IN_A_WORD: Final = 0.35


@dataclass(frozen=True)
class View:
    """Pixels on the detector's grid, and where they lie: shares of the frame's width and height."""

    pixels: Pixels
    left: float = 0.0
    top: float = 0.0
    width: float = 1.0
    height: float = 1.0

    def placed(self, box: TextBox) -> TextBox:
        """Return a box of this view as a box of the frame."""
        corners = box.corners * (self.width, self.height) + (self.left, self.top)
        return TextBox(corners.astype(np.float32))


@dataclass(frozen=True)
class Strip:
    """Rows of the picture whose own part is ``top`` to ``bottom``, in pixels; views overlap."""

    top: int
    bottom: int


def whole(picture: Pixels) -> View:
    """Return the picture with a longest side of 640 pixels, or its own."""
    scale = min(1.0, WHOLE_SIDE_PIXELS / _longest(picture))
    return View(_scaled(picture, scale))


def from_afar(picture: Pixels) -> View:
    """Return the picture small, in the middle of a canvas: letters that fill it become words."""
    height, width = picture.shape[:2]
    scale = min(_AFAR_SHRINKS, _AFAR_SIDE_PIXELS / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = resized(picture, width=size[0], height=size[1])
    border = _AFAR_CANVAS_PIXELS - _AFAR_SIDE_PIXELS
    canvas_width, canvas_height = (_up_to_grid(length + border) for length in size)
    left, top = (canvas_width - size[0]) // 2, (canvas_height - size[1]) // 2
    ground = np.median(small.reshape(-1, 3), axis=0)
    canvas = np.empty((canvas_height, canvas_width, 3), np.uint8)
    canvas[:] = ground.astype(np.uint8)
    canvas[top : top + size[1], left : left + size[0]] = small
    shares = canvas_width / size[0], canvas_height / size[1]
    return View(canvas, -left / size[0], -top / size[1], *shares)


def has_fine_print(picture: Pixels) -> bool:
    """Say whether the picture is so large that its small letters are lost in the whole view."""
    return _longest(picture) > _FINE_PRINT_FROM_PIXELS


def strips(picture: Pixels) -> list[Strip]:
    """Return the strips that together are the picture."""
    height = picture.shape[0]
    count = max(1, round(height / _STRIP_PIXELS))
    edges = [round(height * index / count) for index in range(count + 1)]
    return [Strip(top, bottom) for top, bottom in pairwise(edges)]


def strip_view(picture: Pixels, strip: Strip) -> View:
    """Return a strip, and a margin above and below, nearly as large as it is."""
    height = picture.shape[0]
    top = max(0, strip.top - _STRIP_MARGIN_PIXELS)
    bottom = min(height, strip.bottom + _STRIP_MARGIN_PIXELS)
    pixels = _scaled(picture[top:bottom], _strip_scale(picture))
    return View(pixels, top=top / height, height=(bottom - top) / height)


def probes(picture: Pixels, among: list[Strip]) -> Iterator[tuple[Strip, Pixels]]:
    """Yield small cut-outs where strokes stand as close as in a word; a strip has a few at most.

    One for every cell of a strip: strokes elsewhere, say leaves, cannot draw the eye away.
    """
    likely = _share_of_strokes(picture)
    width = picture.shape[1]
    columns = max(1, round(width / _CELL_WIDTH_PIXELS))
    for strip in among:
        for column in range(columns):
            left = width * column // columns
            cell = likely[strip.top : strip.bottom, left : width * (column + 1) // columns]
            _, most, _, (x, y) = cv2.minMaxLoc(cell)
            if most > _STROKES_IN_A_WORD:
                yield strip, _cut_around(picture, left + x, strip.top + y)


def _share_of_strokes(picture: Pixels) -> NDArray[np.float32]:
    """Return for each pixel how much of the small window around it differs from its ground."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    strokes = cv2.absdiff(grey, cv2.blur(grey, _STROKE_WINDOW)) > _STROKE_CONTRAST
    share = cv2.boxFilter(strokes.astype(np.uint8), cv2.CV_32F, _WORD_WINDOW)
    return np.asarray(share, np.float32)


def _cut_around(picture: Pixels, x: int, y: int) -> Pixels:
    height, width = picture.shape[:2]
    left = min(max(0, x - _PROBE[0] // 2), max(0, width - _PROBE[0]))
    top = min(max(0, y - _PROBE[1] // 2), max(0, height - _PROBE[1]))
    cut = picture[top : top + _PROBE[1], left : left + _PROBE[0]]
    return _scaled(cut, _PROBE_SCALE)


def _longest(picture: Pixels) -> int:
    return max(int(length) for length in picture.shape[:2])


def _strip_scale(picture: Pixels) -> float:
    return min(1.0, _STRIP_WIDTH_PIXELS / _longest(picture))


def _scaled(picture: Pixels, scale: float) -> Pixels:
    height, width = picture.shape[:2]
    return resized(picture, width=_on_grid(width * scale), height=_on_grid(height * scale))


def _on_grid(length: float) -> int:
    return max(_GRID_PIXELS, round(length / _GRID_PIXELS) * _GRID_PIXELS)


def _up_to_grid(length: int) -> int:
    return -(-length // _GRID_PIXELS) * _GRID_PIXELS
