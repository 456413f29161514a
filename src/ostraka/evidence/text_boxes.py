"""From the text detector's probability map to upright pictures of single lines.

Source: M. Liao et al., "Real-time Scene Text Detection with Differentiable Binarization" (2020),
section 3.4: the network predicts shrunken text kernels, which are grown back by
``area x ratio / perimeter``. Kernels are taken as rotated rectangles, so growing them needs no
polygon clipping.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

_KERNEL_THRESHOLD: Final = 0.3
_BOX_THRESHOLD: Final = 0.4
"""Lower than usual: it lifts the recall of small letters, and the recogniser weeds out the rest."""
_GROWTH: Final = 1.6
_SMALLEST_KERNEL_PIXELS: Final = 3
_UPRIGHT_RATIO: Final = 1.5
_CORNERS: Final = 4
_BLOB_SHARE: Final = 0.4
_BLOB_RATIO: Final = 2.0
_WORD_RATIO: Final = 2.0
_SAME_LINE_RATIO: Final = 3.0
_SAME_LINE_SHARE: Final = 0.5


@dataclass(frozen=True)
class TextBox:
    """A rotated rectangle of text: corners clockwise from the top left, in [0, 1] of the frame."""

    corners: NDArray[np.float32]

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom as shares of the frame."""
        left, top = np.clip(self.corners.min(axis=0), 0.0, 1.0)
        right, bottom = np.clip(self.corners.max(axis=0), 0.0, 1.0)
        return float(left), float(top), float(right), float(bottom)

    @property
    def centre(self) -> tuple[float, float]:
        """Its middle, as shares of the frame."""
        x, y = self.corners.mean(axis=0)
        return float(x), float(y)

    def sides_pixels(self, *, width: int, height: int) -> tuple[float, float]:
        """Return its shorter and its longer side in a frame of this size."""
        corners = self.corners * (width, height)
        sides = [float(np.linalg.norm(corners[i] - corners[0])) for i in (1, 3)]
        return min(sides), max(sides)

    def is_long(self, *, width: int, height: int) -> bool:
        """Say whether it is as long as a word of some letters."""
        short, long = self.sides_pixels(width=width, height=height)
        return long >= _WORD_RATIO * short

    def is_blob(self, *, width: int, height: int) -> bool:
        """Say whether this is a large, stout thing: a fruit or a face, or a letter or two."""
        short, long = self.sides_pixels(width=width, height=height)
        return long < _BLOB_RATIO * short and short > _BLOB_SHARE * min(width, height)

    def covered_by(self, other: TextBox) -> float:
        """Return the share of this box's upright bounds that lies in the other's."""
        left, top, right, bottom = self.bounds
        size = (right - left) * (bottom - top)
        return _overlap(self, other) / size if size > 0 else 0.0

    def is_same_line(self, other: TextBox, *, frame: tuple[int, int]) -> bool:
        """Say whether both are (a part of) one line, in a frame of this (height, width)."""
        height, width = frame
        heights = [box.sides_pixels(width=width, height=height)[0] for box in (self, other)]
        alike = max(heights) <= _SAME_LINE_RATIO * min(heights)
        return alike and max(self.covered_by(other), other.covered_by(self)) >= _SAME_LINE_SHARE

    @property
    def area(self) -> float:
        """Share of the frame's area under the box, in [0, 1]."""
        x, y = np.clip(self.corners, 0.0, 1.0).T
        twice = np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))
        return min(abs(float(twice)) / 2, 1.0)


def _overlap(first: TextBox, other: TextBox) -> float:
    left, top, right, bottom = first.bounds
    other_left, other_top, other_right, other_bottom = other.bounds
    across = min(right, other_right) - max(left, other_left)
    down = min(bottom, other_bottom) - max(top, other_top)
    return max(0.0, across) * max(0.0, down)


def find_boxes(probability: NDArray[np.float32], *, limit: int) -> tuple[list[TextBox], bool]:
    """Return the text boxes of a (height, width) probability map in reading order.

    Args:
        probability: the detector's output, each entry the chance that it lies in a text kernel.
        limit: most boxes returned.

    Returns:
        The boxes, and whether there were more than ``limit``.
    """
    kernels = cv2.dilate((probability > _KERNEL_THRESHOLD).astype(np.uint8), np.ones((2, 2)))
    contours, _ = cv2.findContours(kernels, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    contours = sorted(contours, key=cv2.contourArea, reverse=True)
    height, width = probability.shape
    scale = np.array([width, height], np.float32)
    boxes = []
    for contour in contours:
        corners = _grown_corners(contour, probability)
        if corners is not None:
            boxes.append(TextBox(corners / scale))
    return in_reading_order(boxes[:limit]), len(boxes) > limit


def cut_out(picture: Pixels, box: TextBox) -> Pixels:
    """Return the box's pixels, turned upright; a tall line is laid on its side to be read."""
    size = np.array(picture.shape[1::-1], np.float32)
    corners = (box.corners * size).astype(np.float32)
    width = max(1, round(float(np.linalg.norm(corners[1] - corners[0]))))
    height = max(1, round(float(np.linalg.norm(corners[3] - corners[0]))))
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    line = cv2.warpPerspective(
        picture,
        cv2.getPerspectiveTransform(corners, target),
        (width, height),
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
    if height >= _UPRIGHT_RATIO * width:
        line = np.ascontiguousarray(np.rot90(line))
    return np.asarray(line, np.uint8)


def _grown_corners(
    contour: NDArray[np.int32], probability: NDArray[np.float32]
) -> NDArray[np.float32] | None:
    """Return the corners of the grown text box around one kernel, or None if it is no text."""
    centre, (width, height), angle = cv2.minAreaRect(contour)
    if min(width, height) < _SMALLEST_KERNEL_PIXELS:
        return None
    if _mean_inside(probability, cv2.boxPoints((centre, (width, height), angle))) < _BOX_THRESHOLD:
        return None
    grow = 2 * _GROWTH * width * height / (2 * (width + height))
    return _clockwise(cv2.boxPoints((centre, (width + grow, height + grow), angle)))


def _mean_inside(probability: NDArray[np.float32], corners: NDArray[np.float32]) -> float:
    height, width = probability.shape
    left, top = np.clip(np.floor(corners.min(axis=0)), 0, (width - 1, height - 1)).astype(int)
    right, bottom = np.clip(np.ceil(corners.max(axis=0)), 0, (width - 1, height - 1)).astype(int)
    mask = np.zeros((bottom - top + 1, right - left + 1), np.uint8)
    cv2.fillPoly(mask, [(corners - (left, top)).astype(np.int32)], (1.0,))
    return float(cv2.mean(probability[top : bottom + 1, left : right + 1], mask)[0])


def _clockwise(corners: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the four corners clockwise, starting at the one at the top left."""
    by_x = corners[np.argsort(corners[:, 0], kind="stable")]
    left = by_x[:2][np.argsort(by_x[:2, 1], kind="stable")]
    right = by_x[2:_CORNERS][np.argsort(by_x[2:_CORNERS, 1], kind="stable")]
    return np.array([left[0], right[0], right[1], left[1]], np.float32)


def in_reading_order(boxes: list[TextBox]) -> list[TextBox]:
    """Return the boxes sorted into lines from top to bottom, each from left to right."""
    ordered: list[TextBox] = []
    line: list[TextBox] = []
    for box in sorted(boxes, key=lambda each: each.bounds[1]):
        if line and not _on_same_line(line[0], box):
            ordered += sorted(line, key=lambda each: each.bounds[0])
            line = []
        line.append(box)
    return ordered + sorted(line, key=lambda each: each.bounds[0])


def _on_same_line(first: TextBox, other: TextBox) -> bool:
    _, top, _, bottom = first.bounds
    _, other_top, _, other_bottom = other.bounds
    overlap = min(bottom, other_bottom) - max(top, other_top)
    return overlap > 0.5 * min(bottom - top, other_bottom - other_top)
