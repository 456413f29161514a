"""Text in pictures, read by PP-OCRv6 (small): Latin and Chinese scripts, many languages.

The detector runs on every picture; the recogniser, several times as costly a line, only where
boxes were found. Model files are taken from the package ``rapidocr``; its code is not imported, so
nothing can be downloaded at run time.
"""

from __future__ import annotations

import hashlib
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ostraka.evidence.model import TextFound, TextLine
from ostraka.evidence.network import FloatArray, Network
from ostraka.evidence.resize import resized
from ostraka.evidence.text_boxes import cut_out, find_boxes
from ostraka.evidence.weights import packaged_file, pinned_bytes

_DETECTOR_SHA256: Final = "090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f"
_RECOGNISER_SHA256: Final = "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884"
_DETECTOR_GRID_PIXELS: Final = 32
_LINE_HEIGHT_PIXELS: Final = 48
_LINE_WIDTH_PIXELS: Final = 48
_LONGEST_LINE_PIXELS: Final = 3200
_BLANK: Final = 0


class RapidTextReader:
    """Detector at a longest side of 640 pixels, recogniser on lines cut from the full picture."""

    name = "pp_ocr_v6_small"
    version = "3.10.0"
    sha256 = hashlib.sha256(f"{_DETECTOR_SHA256} {_RECOGNISER_SHA256}".encode()).hexdigest()
    preparation = "det-640 kernel-0.3 box-0.4 grow-1.6 floor-0.5 lines-60 rec-48 v2"
    side_pixels = 640
    confidence_floor = 0.5
    line_limit = 60

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
        canvas = np.full((self.side_pixels, self.side_pixels, 3), 255, np.uint8)
        cv2.putText(canvas, "warm", (40, 200), cv2.FONT_HERSHEY_SIMPLEX, 4.0, (0, 0, 0), 8)
        self.read(canvas)

    def read(self, picture: NDArray[np.uint8]) -> TextFound:
        """Return the text of one uint8 (height, width, 3) sRGB picture.

        Lines whose confidence is under ``confidence_floor``, and boxes over ``line_limit``, count
        as unreadable: text that is there and cannot be judged.
        """
        if self._detector is None:
            self.warm()
        boxes, overflow = find_boxes(self._text_map(picture), limit=self.line_limit)
        if not boxes:
            return TextFound()
        bgr = np.ascontiguousarray(picture[:, :, ::-1])
        lines, unreadable = [], 1.0 if overflow else 0.0
        height, width = picture.shape[:2]
        for box in boxes:
            if box.is_blob(width=width, height=height):
                continue
            words, confidence = self._read_line(cut_out(bgr, box))
            if words.strip() and confidence >= self.confidence_floor:
                lines.append(TextLine(words.strip(), confidence, box.bounds))
            else:
                unreadable += box.area
        return TextFound(tuple(lines), float(np.float32(min(unreadable, 1.0))))

    def _text_map(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the detector's probability map over the picture."""
        assert self._detector is not None
        height, width = picture.shape[:2]
        scale = min(1.0, self.side_pixels / max(height, width))
        shrunk = resized(picture, width=_on_grid(width * scale), height=_on_grid(height * scale))
        chances: FloatArray = self._detector.run(_normalised(shrunk[:, :, ::-1]))[0]
        return np.asarray(chances[0, 0])

    def _read_line(self, line: NDArray[np.uint8]) -> tuple[str, float]:
        """Return (words, confidence) of one upright line."""
        assert self._recogniser is not None
        height, width = line.shape[:2]
        wide = min(_LONGEST_LINE_PIXELS, max(1, round(_LINE_HEIGHT_PIXELS * width / height)))
        scaled = cv2.resize(line, (wide, _LINE_HEIGHT_PIXELS), interpolation=cv2.INTER_LINEAR)
        tensor = np.zeros((1, 3, _LINE_HEIGHT_PIXELS, max(wide, _LINE_WIDTH_PIXELS)), np.float32)
        tensor[..., :wide] = _normalised(np.asarray(scaled, np.uint8))
        return self._decoded(self._recogniser.run(tensor)[0][0])

    def _decoded(self, chances: NDArray[np.float32]) -> tuple[str, float]:
        """Return words and mean confidence: connectionist temporal classification, greedy."""
        best = chances.argmax(axis=1)
        kept = best != _BLANK
        kept[1:] &= best[1:] != best[:-1]
        if not kept.any():
            return "", 0.0
        words = "".join(self._characters[index] for index in best[kept])
        return words, float(min(chances.max(axis=1)[kept].mean(), 1.0))


def _on_grid(length: float) -> int:
    return max(_DETECTOR_GRID_PIXELS, round(length / _DETECTOR_GRID_PIXELS) * _DETECTOR_GRID_PIXELS)


def _normalised(bgr: NDArray[np.uint8]) -> FloatArray:
    """Return float32 (1, 3, height, width) in [-1, 1]."""
    scaled = bgr.astype(np.float32) * np.float32(2 / 255) - np.float32(1)
    return np.ascontiguousarray(scaled.transpose(2, 0, 1)[np.newaxis])
