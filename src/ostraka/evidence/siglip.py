"""SigLIP 2 as a pixel extractor, for operators who have the weights and the time.

Not part of the stack that ships: 1.5 GB of weights that no Python package carries. The operator
fetches them once, at a fixed commit, and adopts them (``docs/how-to/larger-stack.md``); nothing is
ever downloaded here. It runs sealed like the others, on one thread of a processor: a GPU's driver
starts threads and talks to the kernel in ways that the jail forbids (decision 0023).

Source: M. Tschannen et al., "SigLIP 2" (2025); ``google/siglip2-base-patch16-224``, Apache-2.0.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ostraka.evidence.errors import (
    OptionalStackError,
    UnsafeWeightsError,
    WeightsChangedError,
    WeightsMissingError,
)
from ostraka.evidence.model import FloatVector
from ostraka.evidence.resize import squashed

_DATA_SUFFIXES: Final = frozenset({".json", ".safetensors", ".txt", ".model", ".md"})
_NEEDED: Final = ("config.json", "model.safetensors")

PIN_FILE: Final = "pinned.json"
"""What says which model was adopted; it lies beside the model and is no part of it."""


class Siglip2:
    """768 features of unit length (base model); no detections.

    Args:
        folder: where the weights lie; nothing is ever downloaded here.
        sha256: what :func:`folder_sha256` said when the weights were adopted.
        dimension: of the model's picture features.
    """

    name = "siglip2_base_patch16_224"
    version = "2"
    preparation = "squash-224 rgb/127.5-1 v1"
    input_side_pixels = 224
    detection_names: tuple[str, ...] = ()

    def __init__(self, folder: str | Path, *, sha256: str, dimension: int = 768) -> None:
        self.sha256 = sha256
        self.dimension = dimension
        self._folder = Path(folder)
        self._torch: Any = None
        self._model: Any = None

    def warm(self) -> None:
        """Load the weights, check their hash and run once.

        Raises:
            OptionalStackError: the packages of the extra ``vision`` are not installed, or the
                weights are of another model than declared.
            WeightsMissingError, WeightsChangedError, UnsafeWeightsError: see :func:`folder_sha256`.
        """
        actual = folder_sha256(self._folder)
        if actual != self.sha256:
            raise WeightsChangedError(
                "the SigLIP weights are not the ones that were adopted",
                detail=f"{self._folder}: expected {self.sha256}, found {actual}",
            )
        # Everything is in the folder; whatever would be looked up elsewhere is a fault.
        os.environ["HF_HUB_OFFLINE"] = "1"
        self._torch, transformers = _packages()
        self._torch.set_num_threads(1)
        # Its progress bar is watched by a thread, and a process with two cannot be jailed.
        transformers.utils.logging.disable_progress_bar()
        model = transformers.AutoModel.from_pretrained(
            self._folder, local_files_only=True, use_safetensors=True, trust_remote_code=False
        )
        self._model = model.to("cpu").eval()
        side = self.input_side_pixels
        ((features, _),) = self.extract([np.zeros((side, side, 3), np.uint8)])
        if features.shape != (self.dimension,):
            raise OptionalStackError(
                f"the model has {features.size} features, not the {self.dimension} declared"
            )

    def extract(
        self, pictures: Sequence[NDArray[np.uint8]]
    ) -> list[tuple[FloatVector, dict[str, float]]]:
        """Return (features, {}) for each uint8 (height, width, 3) sRGB picture."""
        if self._model is None:
            self.warm()
        return [(self._features(picture), {}) for picture in pictures]

    def _features(self, picture: NDArray[np.uint8]) -> FloatVector:
        square = squashed(picture, side_pixels=self.input_side_pixels)
        scaled = square.astype(np.float32) / np.float32(127.5) - np.float32(1)
        tensor = self._torch.from_numpy(np.ascontiguousarray(scaled.transpose(2, 0, 1)[np.newaxis]))
        with self._torch.inference_mode():
            found = self._model.get_image_features(pixel_values=tensor)
        # A bare tensor in older releases of transformers, a record with one in newer ones.
        pooled = getattr(found, "pooler_output", found)
        vector = np.asarray(pooled[0].float().cpu().numpy(), np.float32)
        return vector / max(np.float32(np.linalg.norm(vector)), np.float32(1e-12))


def folder_sha256(folder: str | Path) -> str:
    """Return one SHA-256, in hex, over the names and contents of every file of the model.

    Raises:
        WeightsMissingError: the folder lacks the model's files.
        UnsafeWeightsError: it holds something that is not data: code, or weights as a pickle.
    """
    root = Path(folder)
    # The pin is no part of the model, nor is what the downloader keeps beside it (``.cache``).
    files = [
        path
        for path in sorted(root.glob("*"))
        if not path.name.startswith(".") and path.name != PIN_FILE
    ]
    for name in _NEEDED:
        if root / name not in files:
            raise WeightsMissingError(f"the SigLIP folder has no {name}", detail=str(root))
    whole = hashlib.sha256()
    for path in files:
        if path.suffix not in _DATA_SUFFIXES or not path.is_file():
            raise UnsafeWeightsError(
                f"{path.name} in the SigLIP folder is not data and was refused", detail=str(path)
            )
        with path.open("rb") as stream:
            content = hashlib.file_digest(stream, "sha256").hexdigest()
        whole.update(f"{content}  {path.name}\n".encode())
    return whole.hexdigest()


def _packages() -> tuple[Any, Any]:
    try:
        import torch
        import transformers
    except ImportError as fault:
        raise OptionalStackError(
            "SigLIP needs the extra 'vision': pip install 'ostraka[vision]'", detail=str(fault)
        ) from fault
    return torch, transformers
