"""Writing a release: the folder that :mod:`ostraka.learning.release` loads, signed."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from pydantic import JsonValue

from ostraka.learning import release_arrays, release_format
from ostraka.learning.manifest import Manifest
from ostraka.learning.release_format import (
    BlockEntry,
    FileEntry,
    PolicyEntry,
    ReleaseManifest,
    SpaceEntry,
)
from ostraka.learning.row_table import row_entry, rows_to_arrays, rows_to_names
from ostraka.learning.sign import SigningKey, canonical_json
from ostraka.learning.train import TrainedSpace
from ostraka.learning.training_settings import SIMULATION_KEY
from ostraka.moderation.judge import PolicyRule


@dataclass(frozen=True, kw_only=True)
class ReleasePapers:
    """What accompanies what was learned: where it came from and how well it does."""

    created: str
    """When, ISO 8601 in UTC; given, never read from the clock here, so that a test may fix it."""
    data_sheet: JsonValue
    evaluation: JsonValue
    summary: Mapping[str, JsonValue]


def write_release(
    folder: Path,
    trained: Sequence[TrainedSpace],
    *,
    papers: ReleasePapers,
    key: SigningKey,
) -> str:
    """Write a signed release to ``folder``, in place of what stood there, and return its id.

    The folder appears whole or not at all: everything is written beside it first.
    """
    files = _data_files(trained, papers)
    manifest = canonical_json(_manifest(trained, papers, files).model_dump(mode="json"))
    files |= {
        release_format.MANIFEST_FILE: manifest,
        release_format.SIGNATURE_FILE: key.sign(manifest),
    }
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".release-") as workshop:
        draft = Path(workshop) / "draft"
        draft.mkdir()
        for name, data in files.items():
            (draft / name).write_bytes(data)
        if folder.exists():
            shutil.move(folder, Path(workshop) / "previous")
        draft.rename(folder)
    return sha256(manifest).hexdigest()


def _data_files(trained: Sequence[TrainedSpace], papers: ReleasePapers) -> dict[str, bytes]:
    projection: dict[str, NDArray[Any]] = {}
    heads: dict[str, NDArray[Any]] = {}
    rows: dict[str, NDArray[Any]] = {}
    for space in trained:
        projection |= release_arrays.projection_arrays(space.judge.projection)
        heads |= release_arrays.heads_arrays(space.judge)
        columns = rows_to_arrays(space.table)
        rows |= {f"{space.table.space.value}/{name}": column for name, column in columns.items()}
    names = {space.table.space.value: rows_to_names(space.table) for space in trained}
    return {
        release_format.PROJECTION_FILE: release_arrays.pack(projection),
        release_format.HEADS_FILE: release_arrays.pack(heads),
        release_format.ROWS_FILE: release_arrays.pack(rows),
        release_format.NAMES_FILE: _json(names),
        release_format.DATA_SHEET_FILE: _json(papers.data_sheet),
        release_format.EVALUATION_FILE: _json(papers.evaluation),
    }


def _json(document: object) -> bytes:
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False)
    return text.encode() + b"\n"


def _manifest(
    trained: Sequence[TrainedSpace], papers: ReleasePapers, files: Mapping[str, bytes]
) -> ReleaseManifest:
    return ReleaseManifest(
        format="ostraka-release/1",
        created=papers.created,
        stack_id=trained[0].table.stack_id,
        shard_count=trained[0].settings.shard_count,
        assignment_key=SIMULATION_KEY.hex(),
        policies=tuple(_policy_entry(rule) for space in trained for rule in space.judge.rules),
        spaces=tuple(_space_entry(space) for space in trained),
        files={
            name: FileEntry(sha256=sha256(data).hexdigest(), size_bytes=len(data))
            for name, data in files.items()
        },
        summary=dict(papers.summary),
    )


def _policy_entry(rule: PolicyRule) -> PolicyEntry:
    return PolicyEntry(
        name=rule.policy.name,
        space=rule.policy.space,
        title=rule.policy.title,
        text=rule.policy.text,
        detectors=rule.policy.detectors,
        taught=rule.taught,
        block_margin=rule.thresholds.block_margin,
        benign_margin=rule.thresholds.benign_margin,
        block_votes=rule.thresholds.block_votes,
        benign_votes=rule.thresholds.benign_votes,
        spread_limit=rule.spread_limit,
        detector_limits=dict(rule.detector_limits),
    )


def _space_entry(trained: TrainedSpace) -> SpaceEntry:
    ensemble, settings = trained.ensemble, trained.settings
    blocks = tuple(
        BlockEntry(
            extractor=block.extractor,
            rest_variance=block.rest_variance,
            whitening=block.whitening,
            distance_limit=trained.judge.distance_limits[block.extractor],
        )
        for block in trained.judge.projection.blocks
    )
    shards = range(settings.shard_count)
    return SpaceEntry(
        space=trained.table.space,
        blocks=blocks,
        base_weight=settings.base_weight,
        shrinkage=settings.shrinkage,
        minimum_rows=settings.minimum_rows,
        row_count=len(trained.table),
        rows_root=Manifest(row_entry(row) for row in trained.table.rows()).root.hex(),
        base_sums=ensemble.base_sums().sha256(),
        shard_sums=tuple(ensemble.shard_sums(shard).sha256() for shard in shards),
    )
