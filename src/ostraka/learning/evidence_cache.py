"""Evidence that was taken already, on disk: extraction resumes where it was stopped.

Entries are named by what made them and by the picture's bytes, so evidence of other extractors or
of a changed picture is never found. A broken entry counts as absent.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

_FORMAT = "1"


class EvidenceCache:
    """A folder of small safetensors files, written whole or not at all.

    Args:
        folder: where it lies; made when something is kept.
        maker: identity of what makes the evidence: any change in it changes this.
    """

    def __init__(self, folder: Path, *, maker: str) -> None:
        self._folder = folder / f"{_FORMAT}-{maker[:32]}"

    def find(self, content: bytes) -> dict[str, NDArray[Any]] | None:
        """Return the evidence for these bytes, or None."""
        try:
            return dict(load(self._path(content).read_bytes()))
        except (OSError, SafetensorError, ValueError):
            return None

    def keep(self, content: bytes, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Keep the evidence for these bytes."""
        path = self._path(content)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}.draft")
        draft.write_bytes(save(dict(arrays)))
        draft.replace(path)

    def _path(self, content: bytes) -> Path:
        digest = sha256(content).hexdigest()
        return self._folder / digest[:2] / f"{digest}.safetensors"
