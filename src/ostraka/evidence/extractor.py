"""The contract of a frozen feature extractor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ostraka.evidence.model import FloatVector, TextFound


class PixelExtractor(Protocol):
    """Turns pixels into a fixed vector and, where the network has them, its own class outputs.

    Everything is declared, so that a stack has one identity: ``name``, ``version`` (of the package
    that carries the weights), ``sha256`` (of the weights file), ``preparation`` (how a picture is
    brought to the network, in words that change with the code), ``input_side_pixels``,
    ``dimension`` and ``detection_names`` (every key that detections will have, in order). After
    :meth:`warm` it may open no file, start no thread and no process.
    """

    name: str
    version: str
    sha256: str
    preparation: str
    input_side_pixels: int
    dimension: int
    detection_names: tuple[str, ...]

    def warm(self) -> None:
        """Load the weights, check their hash and run once, so that the jail can be sealed after."""

    def extract(
        self, pictures: Sequence[NDArray[np.uint8]]
    ) -> list[tuple[FloatVector, dict[str, float]]]:
        """Return (features, detections) for each uint8 (height, width, 3) sRGB picture."""


class TextReader(Protocol):
    """Finds and reads text in pixels."""

    name: str
    version: str
    sha256: str
    preparation: str

    def warm(self) -> None:
        """Load the weights, check their hash and run once."""

    def read(self, picture: NDArray[np.uint8]) -> TextFound:
        """Return the text of one uint8 (height, width, 3) sRGB picture."""


class TextEmbedder(Protocol):
    """Turns words of any language into a fixed vector."""

    name: str
    version: str
    sha256: str
    preparation: str
    dimension: int

    def warm(self) -> None:
        """Load the weights, check their hash and run once."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return float32 (len(texts), dimension), unit length each."""
