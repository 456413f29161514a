"""A stack with a larger model that the operator adopted: SigLIP 2 beside the extractors that ship.

Adopting pins the model: one hash over its folder, written beside it. What is loaded later must have
that hash. Whoever can write to the folder can write another pin; but the hash is part of the
stack's identity, which every release signs, so another model meets no release that was learned with
this one.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ostraka.evidence.errors import OptionalStackError
from ostraka.evidence.siglip import PIN_FILE, Siglip2, folder_sha256
from ostraka.evidence.stack import Stack, default_stack

_USUAL_DIMENSION: Final = 768
_USUAL_SIDE_PIXELS: Final = 224


class Pin(BaseModel):
    """Which model was adopted: its name here, the hash of its folder, how many features it has."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: Literal["siglip2_base_patch16_224"]
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    dimension: int = Field(ge=1, le=4096)


def adopt(folder: Path) -> Pin:
    """Pin the model in a folder as it is now, and return the pin; nothing of it is run.

    Raises:
        WeightsMissingError, UnsafeWeightsError: the folder lacks the model's files, or holds code.
        OptionalStackError: the model is none that is supported, or the pin cannot be written.
    """
    sha256 = folder_sha256(folder)
    try:
        pin = Pin(model="siglip2_base_patch16_224", sha256=sha256, dimension=_dimension(folder))
        (folder / PIN_FILE).write_text(pin.model_dump_json() + "\n", encoding="utf-8")
    except OSError as error:
        raise OptionalStackError(f"{folder} cannot be pinned: {error.strerror}") from error
    return pin


def read_pin(folder: Path) -> Pin:
    """Return what was adopted in a folder.

    Raises:
        OptionalStackError: nothing was, or the pin is damaged.
    """
    try:
        return Pin.model_validate_json((folder / PIN_FILE).read_bytes())
    except OSError as error:
        raise OptionalStackError(
            f"no model was adopted in {folder}: ostraka models adopt {folder}"
        ) from error
    except ValidationError as error:
        raise OptionalStackError(
            f"{folder / PIN_FILE} is no pin: ostraka models adopt {folder}", detail=str(error)
        ) from error


def adopted_stack(folder: str) -> Stack:
    """Return the extractors that ship and, after them, the model adopted in a folder."""
    pin = read_pin(Path(folder))
    larger = Siglip2(folder, sha256=pin.sha256, dimension=pin.dimension)
    shipped = default_stack()
    return replace(shipped, pixel_extractors=(*shipped.pixel_extractors, larger))


def adopted_source(folder: Path) -> str:
    """Return what names the stack of a folder to processes that build it for themselves."""
    return f"{adopted_stack.__module__}:{adopted_stack.__name__}({folder.resolve()})"


def _dimension(folder: Path) -> int:
    """Return how many features the model says it has; what it leaves out is as in the base model.

    Raises:
        OptionalStackError: it is another kind of model, or looks at pictures of another size.
    """
    try:
        config: dict[str, Any] = json.loads((folder / "config.json").read_bytes())
        kind, vision = config.get("model_type"), dict(config.get("vision_config") or {})
    except (ValueError, TypeError, AttributeError) as error:
        raise OptionalStackError(f"config.json in {folder} is not one of a model") from error
    if kind != "siglip":
        raise OptionalStackError(f"the model in {folder} is of kind {kind!r}, not 'siglip'")
    side = vision.get("image_size", _USUAL_SIDE_PIXELS)
    if side != _USUAL_SIDE_PIXELS:
        raise OptionalStackError(f"the model in {folder} looks at {side} pixels a side, not 224")
    dimension = vision.get("hidden_size", _USUAL_DIMENSION)
    if not isinstance(dimension, int):
        raise OptionalStackError(f"config.json in {folder} gives no number of features")
    return dimension
