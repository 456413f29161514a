"""How pixels go into a worker and evidence comes back: plain numbers in a fixed order.

No pickle: what comes back was written by a process that may have been taken over, so it is copied
out of the shared memory first, then read with every count, size and range checked.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from ostraka.evidence.errors import ForgedEvidenceError
from ostraka.evidence.model import FloatVector, FrameEvidence, TextFound, TextLine
from ostraka.limits import DEFAULT_LIMITS, Limits

Pixels = NDArray[np.uint8]

ANSWERED: Final = b"A"
FAILED: Final = b"F"
READY: Final = b"R"
MESSAGE_BYTES: Final = 65_536
"""Longest message between the pool and the process that holds the models."""
LENGTH_BYTES: Final = 4
"""An answer starts with its own length."""
MOST_TEXTS: Final = 4_096
LONGEST_LINE_BYTES: Final = 4_096
MOST_LINES: Final = 256
_LARGEST_FEATURE: Final = 1e6
_UNIT_TOLERANCE: Final = 1e-3
_COUNT = struct.Struct("<I")
_SIZE = struct.Struct("<II")


class Order(IntEnum):
    """What a worker is asked for."""

    EXTRACT = 1
    EMBED = 2
    EXTRACT_PIXELS = 3
    """As EXTRACT, but nobody asks for text: half the work."""


@dataclass(frozen=True)
class ExtractorShape:
    """What one extractor contributes to a frame's evidence."""

    name: str
    dimension: int
    detection_names: tuple[str, ...]


@dataclass(frozen=True)
class EvidenceShape:
    """What a stack's evidence consists of; both ends of the shared memory must agree on it."""

    extractors: tuple[ExtractorShape, ...]
    text_dimension: int

    def answer_bytes(self, *, frames: int, texts: int) -> int:
        """Return the most bytes that the evidence of so many frames and windows takes."""
        vectors = sum(each.dimension + len(each.detection_names) for each in self.extractors)
        text = 8 + MOST_LINES * (24 + LONGEST_LINE_BYTES)
        return 64 + frames * (4 * vectors + text) + texts * 4 * self.text_dimension


class LayoutError(ValueError):
    """The bytes are not laid out as declared."""


@dataclass
class TextRoom:
    """How much more text of one picture is taken over."""

    characters: int
    lines: int

    @classmethod
    def of(cls, limits: Limits) -> Self:
        """Return all the room there is."""
        return cls(int(limits.found_text_characters), int(limits.found_text_lines))

    def takes(self, line: TextLine) -> bool:
        """Say whether there is room for one more line, and take it up."""
        self.characters -= len(line.words)
        self.lines -= 1
        return self.characters >= 0 and self.lines >= 0


class Writer:
    """Appends numbers, texts and arrays to memory that is already there."""

    def __init__(self, memory: memoryview) -> None:
        self._memory = memory
        self._position = 0

    def count(self, value: int) -> None:
        """Append an unsigned number."""
        self.raw(_COUNT.pack(value))

    def text(self, value: str) -> None:
        """Append a length and UTF-8."""
        content = value.encode("utf-8", "replace")
        self.count(len(content))
        self.raw(content)

    def array(self, values: NDArray[np.float32] | Pixels) -> None:
        """Append an array's bytes; its shape is known to the reader."""
        self.raw(np.ascontiguousarray(values).reshape(-1).view(np.uint8).data)

    @property
    def length(self) -> int:
        """How many bytes were written."""
        return self._position

    def raw(self, content: bytes | memoryview) -> None:
        """Append bytes."""
        end = self._position + len(content)
        if end > len(self._memory):
            raise LayoutError("more than the shared memory holds")
        self._memory[self._position : end] = content
        self._position = end


class Reader:
    """Takes numbers, texts and arrays off memory, never past its end."""

    def __init__(self, memory: memoryview | bytes) -> None:
        self._memory = memoryview(memory)
        self._position = 0

    def count(self, *, most: int) -> int:
        """Take an unsigned number that may be at most ``most``."""
        value: int = _COUNT.unpack(self.raw(_COUNT.size))[0]
        if value > most:
            raise LayoutError(f"a count of {value} where at most {most} can be")
        return value

    def text(self, *, most_bytes: int) -> str:
        """Take a length and UTF-8."""
        return str(self.raw(self.count(most=most_bytes)), "utf-8")

    def floats(self, length: int, *, low: float, high: float) -> FloatVector:
        """Take float32 numbers, each finite and within [low, high]."""
        values = np.frombuffer(self.raw(4 * length), "<f4").astype(np.float32)
        # Comparisons with NaN are false, so this refuses it as well.
        if not bool(np.all((values >= low) & (values <= high))):
            raise LayoutError("a number out of its range")
        return values

    def pixels(self, shape: tuple[int, int, int]) -> Pixels:
        """Take uint8 pixels; the array looks into the memory itself."""
        return np.frombuffer(self.raw(math.prod(shape)), np.uint8).reshape(shape)

    def raw(self, length: int) -> memoryview:
        """Take bytes."""
        end = self._position + length
        if end > len(self._memory):
            raise LayoutError("less than was declared")
        taken = self._memory[self._position : end]
        self._position = end
        return taken

    def end(self) -> None:
        """Say that nothing may follow."""
        if self._position != len(self._memory):
            raise LayoutError("more than was declared")


def write_frames(
    writer: Writer, frames: Sequence[Pixels], caption: str, *, read_text: bool = True
) -> None:
    """Write an order for evidence: its frames, each (height, width, 3), and its caption."""
    writer.count(Order.EXTRACT if read_text else Order.EXTRACT_PIXELS)
    writer.text(caption)
    writer.count(len(frames))
    for frame in frames:
        writer.raw(_SIZE.pack(*frame.shape[:2]))
        writer.array(frame)


def read_frames(reader: Reader) -> tuple[list[Pixels], str]:
    """Read what :func:`write_frames` wrote, after the order itself."""
    caption = reader.text(most_bytes=2**31)
    frames = []
    for _ in range(reader.count(most=2**31)):
        height, width = _SIZE.unpack(reader.raw(_SIZE.size))
        frames.append(reader.pixels((height, width, 3)))
    return frames, caption


def write_texts(writer: Writer, texts: Sequence[str]) -> None:
    """Write an order for the vectors of texts."""
    writer.count(Order.EMBED)
    writer.count(len(texts))
    for text in texts:
        writer.text(text)


def read_texts(reader: Reader) -> list[str]:
    """Read what :func:`write_texts` wrote, after the order itself."""
    return [reader.text(most_bytes=2**31) for _ in range(reader.count(most=MOST_TEXTS))]


def write_evidence(
    writer: Writer,
    shape: EvidenceShape,
    frames: Sequence[FrameEvidence],
    vectors: NDArray[np.float32],
) -> None:
    """Write an answer: the evidence of each frame, then one vector for each text window."""
    writer.count(len(frames))
    for frame in frames:
        for extractor in shape.extractors:
            writer.array(frame.features[extractor.name])
            found = [frame.detections[name] for name in extractor.detection_names]
            writer.array(np.array(found, np.float32))
        _write_text(writer, frame.text)
    write_vectors(writer, vectors)


def read_evidence(
    reader: Reader, shape: EvidenceShape, *, frame_count: int, limits: Limits = DEFAULT_LIMITS
) -> list[FrameEvidence]:
    """Read the frames of an answer; its vectors follow, see :func:`read_vectors`.

    Attack: a worker that was taken over sends text that takes a minute to normalise, outside every
    jail and every bound on time. So no more of it is taken over than a worker of ours sends.

    Raises:
        ForgedEvidenceError: nothing that :func:`write_evidence` can have written.
    """
    try:
        if reader.count(most=frame_count) != frame_count:
            raise LayoutError("not as many frames as asked for")
        room = TextRoom.of(limits)
        return [_read_frame(reader, shape, room) for _ in range(frame_count)]
    except (ValueError, struct.error) as fault:
        raise forged(fault) from fault


def write_vectors(writer: Writer, vectors: NDArray[np.float32]) -> None:
    """Write unit vectors, each float32."""
    writer.count(len(vectors))
    writer.array(vectors)


def read_vectors(reader: Reader, shape: EvidenceShape, *, count: int) -> NDArray[np.float32]:
    """Read exactly ``count`` unit vectors and nothing after them.

    Raises:
        ForgedEvidenceError: nothing that :func:`write_vectors` can have written.
    """
    try:
        if reader.count(most=count) != count:
            raise LayoutError("not as many vectors as asked for")
        flat = reader.floats(count * shape.text_dimension, low=-1.01, high=1.01)
        reader.end()
        vectors = flat.reshape(count, shape.text_dimension)
        lengths = np.linalg.norm(vectors.astype(np.float64), axis=1)
        if np.any(np.abs(lengths - 1) > _UNIT_TOLERANCE):
            raise LayoutError("a text vector that is not of unit length")
    except (ValueError, struct.error) as fault:
        raise forged(fault) from fault
    return vectors


def forged(fault: Exception) -> ForgedEvidenceError:
    """Return the error for an answer that cannot be the extractors' own."""
    return ForgedEvidenceError(
        "an extractor worker answered with something that is no evidence", detail=repr(fault)
    )


def _write_text(writer: Writer, text: TextFound) -> None:
    writer.array(np.array([text.unreadable_share], np.float32))
    writer.count(len(text.lines))
    for line in text.lines:
        writer.array(np.array([line.confidence, *line.box], np.float32))
        writer.text(line.words)


def _read_frame(reader: Reader, shape: EvidenceShape, room: TextRoom) -> FrameEvidence:
    features: dict[str, FloatVector] = {}
    detections: dict[str, float] = {}
    for extractor in shape.extractors:
        bounds = {"low": -_LARGEST_FEATURE, "high": _LARGEST_FEATURE}
        features[extractor.name] = reader.floats(extractor.dimension, **bounds)
        values = reader.floats(len(extractor.detection_names), low=0.0, high=1.0)
        detections |= dict(zip(extractor.detection_names, map(float, values), strict=True))
    return FrameEvidence(features, detections, _read_text(reader, room))


def _read_text(reader: Reader, room: TextRoom) -> TextFound:
    unreadable = float(reader.floats(1, low=0.0, high=1.0)[0])
    lines = []
    for _ in range(reader.count(most=MOST_LINES)):
        confidence, left, top, right, bottom = map(float, reader.floats(5, low=0.0, high=1.0))
        words = reader.text(most_bytes=LONGEST_LINE_BYTES)
        lines.append(TextLine(words, confidence, (left, top, right, bottom)))
        if not room.takes(lines[-1]):
            raise LayoutError("more text than is taken over from one picture")
    return TextFound(tuple(lines), unreadable)
