"""Text in pictures, read by PP-OCRv6 (small): Latin and Chinese scripts, many languages.

The detector looks at every picture at several scales; the recogniser, several times as costly a
line, reads only where boxes were found. What was found and not read is told, however small it is.
Model files are taken from the package ``rapidocr``; its code is not imported, so nothing can be
downloaded at run time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ostraka.evidence.model import TextFound, TextLine
from ostraka.evidence.network import FloatArray, Network
from ostraka.evidence.read_line import ReadLine, decoded
from ostraka.evidence.resize import bounded
from ostraka.evidence.text_boxes import TextBox, cut_out, find_boxes, in_reading_order
from ostraka.evidence.text_views import (
    VIEWS,
    Strip,
    View,
    from_afar,
    has_fine_print,
    probes,
    strip_view,
    strips,
    whole,
)
from ostraka.evidence.weights import packaged_file, pinned_bytes

_DETECTOR_SHA256: Final = "090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f"
_RECOGNISER_SHA256: Final = "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884"
_LINE_HEIGHT_PIXELS: Final = 48
_LINE_WIDTH_PIXELS: Final = 48
_LONGEST_LINE_PIXELS: Final = 3200
_SMALLEST_LETTER_PIXELS: Final = 8
"""Height of a box whose letters a person can still read; the box is larger than they are."""
_FEWEST_LETTERS: Final = 4
"""Unread letters that ask for a person. Single ones the detector sees in coins and in leaves."""
_SMALL_BOX_SHARE: Final = 14 / 640
"""Boxes this low in the whole view mean that there may be more, lower still."""
_LARGE_BOX_SHARE: Final = 0.15
"""Boxes this high, as a share of the frame, are looked at from afar."""
_STRETCHED: Final = 2.0
_LARGE_CONFIDENCE: Final = 0.8
_LARGE_LETTERS: Final = 2
_LARGE_LETTERS_SIDE_PIXELS: Final = 320
"""Large letters are read from a copy of this side: their edges are no sharper in a larger one."""
_COVERED: Final = 0.5


class RapidTextReader:
    """Detector at three scales, recogniser on lines cut from the full picture."""

    name = "pp_ocr_v6_small"
    version = "3.10.0"
    sha256 = hashlib.sha256(f"{_DETECTOR_SHA256} {_RECOGNISER_SHA256}".encode()).hexdigest()
    preparation = (
        f"{VIEWS}; kernel-0.3 box-0.4 grow-1.6 lines-100 rec-48 floor-0.5 "
        "sure-0.7 silence-2.0 unread-4 from-8 v3"
    )
    confidence_floor = 0.5
    line_limit = 100

    def __init__(self) -> None:
        self._detector: Network | None = None
        self._recogniser: Network | None = None
        self._characters: list[str] = []

    def warm(self) -> None:
        """Load the weights, check their hash and run once."""
        folder = ("rapidocr", "models")
        detector = packaged_file(*folder, "PP-OCRv6_det_small.onnx")
        recogniser = packaged_file(*folder, "PP-OCRv6_rec_small.onnx")
        self._detector = Network(pinned_bytes(detector, sha256=_DETECTOR_SHA256))
        self._recogniser = Network(pinned_bytes(recogniser, sha256=_RECOGNISER_SHA256))
        alphabet = self._recogniser.metadata("character").splitlines()
        self._characters = ["", *alphabet, " "]
        canvas = np.full((640, 640, 3), 255, np.uint8)
        cv2.putText(canvas, "warm", (40, 200), cv2.FONT_HERSHEY_SIMPLEX, 4.0, (0, 0, 0), 8)
        self.read(canvas)

    def read(self, picture: NDArray[np.uint8]) -> TextFound:
        """Return the text of one uint8 (height, width, 3) sRGB picture.

        Lines that were not read, or not wholly, and boxes over ``line_limit``, count as unreadable:
        text that is there and cannot be judged. Fewer than four such letters are not counted.
        """
        if self._detector is None:
            self.warm()
        page = _Page(picture)
        view = whole(picture)
        boxes, overflow = self._boxes(picture, view)
        for box in boxes:
            if not page.is_blob(box):
                page.readings.append(self._reading(picture, box))
        small = bounded(view.pixels, side_pixels=_LARGE_LETTERS_SIDE_PIXELS)
        for box in self._large_boxes(page, view, boxes):
            page.settle(self._reading(small, box))
        return page.found(self.confidence_floor, overflow=overflow)

    def _boxes(self, picture: NDArray[np.uint8], view: View) -> tuple[list[TextBox], bool]:
        """Return the boxes of the whole view and of the fine print, and whether some were left."""
        boxes, overflow = find_boxes(self._chances(view.pixels), limit=self.line_limit)
        if not has_fine_print(picture):
            return boxes, overflow
        small = self._fine_print(picture, boxes)
        frame = picture.shape[:2]
        kept = [box for box in boxes if not any(box.is_same_line(s, frame=frame) for s in small)]
        merged = in_reading_order([*kept, *small])
        return merged[: self.line_limit], overflow or len(merged) > self.line_limit

    def _fine_print(self, picture: NDArray[np.uint8], boxes: list[TextBox]) -> list[TextBox]:
        """Return the boxes in strips of the picture that have letters too small for one view."""
        height, width = picture.shape[:2]
        found = []
        for strip in self._written_strips(picture, boxes):
            view = strip_view(picture, strip)
            for box in self._boxes_in(view):
                short, _ = box.sides_pixels(width=width, height=height)
                own = strip.top <= box.centre[1] * height < strip.bottom
                if own and short < (strip.bottom - strip.top) / 3:
                    found.append(box)
        return found

    def _written_strips(self, picture: NDArray[np.uint8], boxes: list[TextBox]) -> list[Strip]:
        height, width = picture.shape[:2]
        low = _SMALL_BOX_SHARE * max(height, width)
        places = [
            box.centre[1] * height
            for box in boxes
            if box.is_long(width=width, height=height)
            and box.sides_pixels(width=width, height=height)[0] < low
        ]
        every = strips(picture)
        written = {s for s in every if any(s.top <= place < s.bottom for place in places)}
        for strip, pixels in probes(picture, [s for s in every if s not in written]):
            if strip not in written and self._holds_words(pixels):
                written.add(strip)
        return [strip for strip in every if strip in written]

    def _holds_words(self, pixels: NDArray[np.uint8]) -> bool:
        """Say whether the detector sees a word in a small cut-out; leaves are shorter."""
        height, width = pixels.shape[:2]
        boxes, _ = find_boxes(self._chances(pixels), limit=self.line_limit)
        return any(box.is_long(width=width, height=height) for box in boxes)

    def _large_boxes(self, page: _Page, view: View, boxes: list[TextBox]) -> list[TextBox]:
        """Return the boxes that may be words too large for the whole view, seen from afar."""
        afar = [box for box in self._boxes_in(from_afar(view.pixels)) if page.is_large(box)]
        blobs = [box for box in boxes if page.is_blob(box) and _cover(box, afar) < _COVERED]
        return [box for box in (*afar, *blobs) if not page.has_read(box)]

    def _text_map(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the detector's probability map over the whole picture."""
        return self._chances(whole(picture).pixels)

    def _boxes_in(self, view: View) -> list[TextBox]:
        boxes, _ = find_boxes(self._chances(view.pixels), limit=self.line_limit + 1)
        return [view.placed(box) for box in boxes]

    def _chances(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        assert self._detector is not None
        chances: FloatArray = self._detector.run(_normalised(pixels[:, :, ::-1]))[0]
        return np.asarray(chances[0, 0])

    def _reading(self, picture: NDArray[np.uint8], box: TextBox) -> _Reading:
        return _Reading(box, self._read_line(cut_out(picture, box)[:, :, ::-1]))

    def _read_line(self, line: NDArray[np.uint8]) -> ReadLine:
        """Return what one upright line says."""
        assert self._recogniser is not None
        height, width = line.shape[:2]
        wide = min(_LONGEST_LINE_PIXELS, max(1, round(_LINE_HEIGHT_PIXELS * width / height)))
        line = np.ascontiguousarray(line)
        scaled = cv2.resize(line, (wide, _LINE_HEIGHT_PIXELS), interpolation=cv2.INTER_LINEAR)
        tensor = np.zeros((1, 3, _LINE_HEIGHT_PIXELS, max(wide, _LINE_WIDTH_PIXELS)), np.float32)
        tensor[..., :wide] = _normalised(np.asarray(scaled, np.uint8))
        chances = self._recogniser.run(tensor)[0][0]
        return decoded(chances, self._characters, length_heights=tensor.shape[3] / tensor.shape[2])


@dataclass(frozen=True, eq=False)
class _Reading:
    box: TextBox
    line: ReadLine


class _Page:
    """One picture and what was read in it so far."""

    def __init__(self, picture: NDArray[np.uint8]) -> None:
        self.height: int = picture.shape[0]
        self.width: int = picture.shape[1]
        self.readings: list[_Reading] = []

    def is_blob(self, box: TextBox) -> bool:
        """Say whether this is a fruit, a face or a letter: nothing to read at first sight."""
        return box.is_blob(width=self.width, height=self.height)

    def is_large(self, box: TextBox) -> bool:
        """Say whether its letters are large enough to fall apart in the whole view."""
        return self._height(box) >= _LARGE_BOX_SHARE * min(self.height, self.width)

    def has_read(self, box: TextBox) -> bool:
        """Say whether most of the box was read already."""
        read = [reading.box for reading in self.readings if reading.line.is_whole]
        return _cover(box, read) >= _COVERED

    def settle(self, large: _Reading) -> None:
        """Take a large box in: as words, if it has more than its parts; as unread; or not at all.

        What is large, stout and unreadable is a thing. What is large, long and unreadable is a
        word.
        """
        line = large.line
        parts = [each for each in self.readings if each.box.covered_by(large.box) >= _COVERED]
        known = sum(part.line.letters for part in parts if part.line.is_whole)
        read = line.is_whole and line.confidence >= _LARGE_CONFIDENCE
        if read and line.letters >= max(_LARGE_LETTERS, known):
            self.readings = [each for each in self.readings if each not in parts]
            self.readings.append(large)
        elif not line.is_whole and line.length_heights >= _STRETCHED and not known:
            self.readings.append(large)

    def found(self, floor: float, *, overflow: bool) -> TextFound:
        """Return the words, and the share of the frame that holds letters nobody read."""
        lines = [
            TextLine(each.line.words.strip(), each.line.confidence, each.box.bounds)
            for each in self.readings
            if each.line.words.strip() and each.line.confidence >= floor
        ]
        unread = [
            each
            for each in self.readings
            if not each.line.is_whole and self._height(each.box) >= _SMALLEST_LETTER_PIXELS
        ]
        letters = sum(each.line.unread_letters for each in unread)
        share = sum(each.box.area for each in unread) if letters >= _FEWEST_LETTERS else 0.0
        return TextFound(tuple(lines), float(np.float32(min(1.0, 1.0 if overflow else share))))

    def _height(self, box: TextBox) -> float:
        return box.sides_pixels(width=self.width, height=self.height)[0]


def _cover(box: TextBox, others: Iterable[TextBox]) -> float:
    """Return how much of the box lies under the others, counted once for each."""
    return sum(box.covered_by(other) for other in others)


def _normalised(bgr: NDArray[np.uint8]) -> FloatArray:
    """Return float32 (1, 3, height, width) in [-1, 1]."""
    scaled = bgr.astype(np.float32) * np.float32(2 / 255) - np.float32(1)
    return np.ascontiguousarray(scaled.transpose(2, 0, 1)[np.newaxis])
