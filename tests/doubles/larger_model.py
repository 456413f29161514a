"""A folder that looks like a model of SigLIP 2 without its weights: to adopt, not to run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def write_model(folder: Path, **vision: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    config = {"model_type": "siglip", "vision_config": vision}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "model.safetensors").write_bytes(b"weights")
    return folder
