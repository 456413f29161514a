"""What evidence is: vectors of fixed extractors, text found in the picture, and detections.

Evidence is everything that a verdict may rest on. It is taken from the decoded *canonical* picture
alone, in the extractor's jail, and carries the identity of the stack that made it, so that evidence
of one stack can never be weighed by heads of another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

FloatVector = NDArray[np.float32]
IntegerVector = NDArray[np.int32]

UNIT = 4096
"""Integer length of a unit evidence vector: entries are round(4096 * x)."""


class Space(StrEnum):
    """A kind of evidence vector; a policy names the one its heads read."""

    PIXELS = "pixels"
    TEXT = "text"


class TextOrigin(StrEnum):
    """Where a piece of text was found."""

    PICTURE = "picture"
    CAPTION = "caption"


@dataclass(frozen=True)
class TextLine:
    """One line that the text reader found: words, its confidence in [0, 1], and where.

    ``box`` is (left, top, right, bottom) as shares of the frame's width and height, in [0, 1].
    """

    words: str
    confidence: float
    box: tuple[float, float, float, float]


@dataclass(frozen=True)
class TextFound:
    """All text of one frame.

    ``unreadable_share`` is the share of the frame's area under text that was found and not read, or
    not wholly: words we know are there and cannot judge. It is 0 where too little was left unread
    to be a word, so that any other value, however small, asks for a person.
    """

    lines: tuple[TextLine, ...] = ()
    unreadable_share: float = 0.0

    @property
    def words(self) -> str:
        """All readable words in reading order, joined by single spaces."""
        return " ".join(line.words for line in self.lines)


@dataclass(frozen=True)
class TextPart:
    """One window of text that is weighed on its own, with its raw embedding."""

    origin: TextOrigin
    words: str
    features: FloatVector


@dataclass(frozen=True)
class FrameEvidence:
    """Raw evidence of one frame, before projection.

    ``features``: extractor name -> float32 vector (that extractor's declared dimension).
    ``detections``: public classifiers' own outputs, e.g. ``"open_nsfw.nsfw" -> 0.03``, in [0, 1].
    """

    features: Mapping[str, FloatVector]
    detections: Mapping[str, float]
    text: TextFound


@dataclass(frozen=True)
class PictureEvidence:
    """Raw evidence of one canonical picture: every kept frame, every weighed window of text.

    ``stack_id`` is the SHA-256 over the names, versions and hashes of all extractors, in hex.
    ``canonical_sha256`` binds the evidence to the bytes that are stored and shown.
    ``text_truncated`` says that there is more text than can be weighed window by window.
    """

    stack_id: str
    canonical_sha256: str
    frames: tuple[FrameEvidence, ...]
    text_parts: tuple[TextPart, ...]
    text_truncated: bool = False
