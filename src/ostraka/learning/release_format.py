"""The manifest of a release: every field that is signed, and nothing that is not declared."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from ostraka.evidence.model import Space

FORMAT = "ostraka-release/1"

MANIFEST_FILE = "release.json"
SIGNATURE_FILE = "release.sig.json"
PROJECTION_FILE = "projection.safetensors"
HEADS_FILE = "heads.safetensors"
ROWS_FILE = "rows.safetensors"
NAMES_FILE = "names.json"
DATA_SHEET_FILE = "data-sheet.json"
EVALUATION_FILE = "evaluation.json"

DATA_FILES = (
    PROJECTION_FILE,
    HEADS_FILE,
    ROWS_FILE,
    NAMES_FILE,
    DATA_SHEET_FILE,
    EVALUATION_FILE,
)
"""Files whose hashes the manifest holds; with manifest and signature, all files of a release."""

_HASH = Field(pattern=r"^[0-9a-f]{64}$")


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class FileEntry(_Entry):
    """A data file: its hash and its size."""

    sha256: str = _HASH
    size_bytes: int = Field(ge=0)


class PolicyEntry(_Entry):
    """One policy with its calibrated limits (see :class:`ostraka.moderation.judge.PolicyRule`)."""

    name: str
    space: Space
    title: str
    text: str
    detectors: tuple[str, ...]
    taught: bool
    block_margin: float
    benign_margin: float
    block_votes: int
    benign_votes: int
    spread_limit: float
    detector_limits: dict[str, float]


class BlockEntry(_Entry):
    """One extractor's block of a projection; its arrays lie in the projection file."""

    extractor: str
    rest_variance: float
    whitening: float
    distance_limit: float


class SpaceEntry(_Entry):
    """One space: how it was learned, and the hashes that its rows must add up to."""

    space: Space
    blocks: tuple[BlockEntry, ...]
    base_weight: int
    shrinkage: float
    minimum_rows: int
    row_count: int
    rows_root: str = _HASH
    base_sums: str = _HASH
    shard_sums: tuple[str, ...]


class ReleaseManifest(_Entry):
    """What is signed. ``assignment_key`` is public: it places simulated accounts, never real ones.

    ``summary`` repeats the main figures of the evaluation, so that they cannot be separated from
    what they are about.
    """

    format: Literal["ostraka-release/1"]
    created: str
    stack_id: str = _HASH
    shard_count: int = Field(ge=1)
    assignment_key: str
    policies: tuple[PolicyEntry, ...]
    spaces: tuple[SpaceEntry, ...]
    files: dict[str, FileEntry]
    summary: dict[str, JsonValue]
