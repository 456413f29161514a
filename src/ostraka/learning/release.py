"""A release: what was learned, how it judges, and the proof of both, as one signed folder of data.

Loading goes through numbered steps, each of which refuses the release for good:

1. the folder holds exactly the files of a release, none more;
2. the signature over the manifest's bytes is by a key that is trusted here;
3. the manifest is of a known format, field by field;
4. it was made with the extractors that run here (``stack_id``);
5. every file has the size and the hash that the manifest says;
6. what the files hold fits together.

Files are read once, and what was hashed is what is used.
"""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from pydantic import JsonValue, ValidationError

from ostraka.ensemble import EnsembleSettings, Thresholds
from ostraka.errors import OstrakaError
from ostraka.evidence.model import IntegerVector, Space
from ostraka.learning import release_arrays, release_format
from ostraka.learning.errors import ReleaseRefusedError
from ostraka.learning.release_format import PolicyEntry, ReleaseManifest, SpaceEntry
from ostraka.learning.row import TrainingRow
from ostraka.learning.row_table import RowTable, nearest_rows, rows_from_arrays
from ostraka.learning.sign import (
    TrustedKey,
    check_signature,
    load_trusted_keys,
    parse_canonical_json,
)
from ostraka.moderation.judge import Judge, PolicyRule, SpaceJudge
from ostraka.moderation.policy import Policy

STARTER_FOLDER = Path(__file__).parent / "starter"
TRUSTED_KEYS_FOLDER = Path(__file__).parent / "trusted_keys"

_MANIFEST_BYTES_LIMIT = 4_000_000
_FILE_BYTES_LIMIT = 1_000_000_000


@dataclass(frozen=True)
class Release:
    """A release whose signature and hashes were checked; only :func:`load_release` makes one."""

    release_id: str
    manifest: ReleaseManifest
    spaces: tuple[SpaceJudge, ...]
    tables: Mapping[Space, RowTable]
    data_sheet: JsonValue
    evaluation: JsonValue
    signed_by: str

    @cached_property
    def _judge(self) -> Judge:
        return Judge(self.release_id, self.manifest.stack_id, self.spaces)

    def judge(self) -> Judge:
        """Return what judging needs of this release, and no more."""
        return self._judge

    def nearest(
        self, space: Space, vector: IntegerVector, *, count: int = 5
    ) -> list[tuple[TrainingRow, float]]:
        """Return the trained rows most like ``vector`` with their cosines, most alike first."""
        return nearest_rows(self.tables[space], vector, count=count)

    def settings_of(self, space: Space) -> EnsembleSettings:
        """Return how the ensemble of a space is built."""
        entry = self._entry(space)
        return EnsembleSettings(
            shard_count=self.manifest.shard_count,
            base_weight=entry.base_weight,
            shrinkage=entry.shrinkage,
            minimum_rows=entry.minimum_rows,
        )

    def _entry(self, space: Space) -> SpaceEntry:
        return next(entry for entry in self.manifest.spaces if entry.space == space)


def load_release(folder: Path, *, stack_id: str, trusted_keys: Iterable[TrustedKey]) -> Release:
    """Return the release in ``folder``, or refuse it.

    Args:
        folder: a release's folder.
        stack_id: identity of the extractors that run here (``Stack.identity()``).
        trusted_keys: keys whose releases are accepted.

    Raises:
        ReleaseRefusedError: any step of the module's list fails; says which and where.
    """
    _check_names(folder)
    raw = _read(folder, release_format.MANIFEST_FILE, limit=_MANIFEST_BYTES_LIMIT)
    signature = _read(folder, release_format.SIGNATURE_FILE, limit=_MANIFEST_BYTES_LIMIT)
    key = check_signature(raw, signature, keys=trusted_keys)
    manifest = _parse_manifest(raw)
    if manifest.stack_id != stack_id:
        raise ReleaseRefusedError("stack", "made with other extractors than those that run here")
    files = {name: _read_hashed(folder, name, manifest) for name in release_format.DATA_FILES}
    try:
        return _assemble(manifest, files, release_id=sha256(raw).hexdigest(), signed_by=key.key_id)
    except ReleaseRefusedError:
        raise
    except (OstrakaError, ValueError, KeyError, IndexError, TypeError) as error:
        raise ReleaseRefusedError("content", "the files do not fit together") from error


def starter_release(*, stack_id: str) -> Release:
    """Return the release that ships with Ostraka, checked like any other."""
    keys = load_trusted_keys(TRUSTED_KEYS_FOLDER)
    return load_release(STARTER_FOLDER, stack_id=stack_id, trusted_keys=keys)


def _check_names(folder: Path) -> None:
    missing = {
        release_format.MANIFEST_FILE,
        release_format.SIGNATURE_FILE,
        *release_format.DATA_FILES,
    }
    try:
        with os.scandir(folder) as entries:  # not all at once: a stranger says how many there are
            for entry in entries:
                if entry.name not in missing:
                    # a stranger's name, too: repr() leaves nothing in it that a terminal obeys
                    raise ReleaseRefusedError("files", f"extra file {entry.name!r}")
                missing.remove(entry.name)
    except OSError as error:
        raise ReleaseRefusedError("files", f"no release in {folder.name!r}") from error
    for name in sorted(missing):
        raise ReleaseRefusedError("files", f"missing file {name}")


def _read(folder: Path, name: str, *, limit: int) -> bytes:
    """Return what a file of the folder holds; the folder may be a link, its files are files.

    Attack: before any signature is looked at, a pipe in a file's place never ends the wait for a
    writer, a link to ``/dev/zero`` never ends, and a link elsewhere reads what is not the sender's.
    """
    try:
        with open(folder / name, "rb", opener=_without_waiting) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise ReleaseRefusedError("files", f"{name} is not a regular file")
            data = file.read(limit + 1)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise ReleaseRefusedError("files", f"{name} is a link, not a regular file") from error
        raise ReleaseRefusedError("files", f"{name} cannot be read") from error
    if len(data) > limit:
        raise ReleaseRefusedError("files", f"{name} is larger than it may be")
    return data


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def _parse_manifest(raw: bytes) -> ReleaseManifest:
    document = parse_canonical_json(raw, name=release_format.MANIFEST_FILE)
    if document.get("format") != release_format.FORMAT:
        raise ReleaseRefusedError("format", "unknown release format")
    try:
        manifest = ReleaseManifest.model_validate_json(raw)
    except ValidationError as error:
        raise ReleaseRefusedError("format", release_format.MANIFEST_FILE) from error
    if manifest.files.keys() != set(release_format.DATA_FILES):
        raise ReleaseRefusedError("files", "the manifest lists other files")
    return manifest


def _read_hashed(folder: Path, name: str, manifest: ReleaseManifest) -> bytes:
    entry = manifest.files[name]
    if entry.size_bytes > _FILE_BYTES_LIMIT:
        raise ReleaseRefusedError("files", f"{name} is larger than it may be")
    data = _read(folder, name, limit=entry.size_bytes)
    if len(data) != entry.size_bytes or sha256(data).hexdigest() != entry.sha256:
        raise ReleaseRefusedError("hash", name)
    return data


def _assemble(
    manifest: ReleaseManifest, files: Mapping[str, bytes], *, release_id: str, signed_by: str
) -> Release:
    projections = release_arrays.unpack(
        files[release_format.PROJECTION_FILE], name=release_format.PROJECTION_FILE
    )
    heads = release_arrays.unpack(files[release_format.HEADS_FILE], name=release_format.HEADS_FILE)
    rows = release_arrays.unpack(files[release_format.ROWS_FILE], name=release_format.ROWS_FILE)
    names = json.loads(files[release_format.NAMES_FILE])
    return Release(
        release_id=release_id,
        manifest=manifest,
        spaces=tuple(_space_judge(manifest, e, projections, heads) for e in manifest.spaces),
        tables={e.space: _table(manifest, e, rows, names) for e in manifest.spaces},
        data_sheet=json.loads(files[release_format.DATA_SHEET_FILE]),
        evaluation=json.loads(files[release_format.EVALUATION_FILE]),
        signed_by=signed_by,
    )


def _space_judge(
    manifest: ReleaseManifest,
    entry: SpaceEntry,
    projections: Mapping[str, NDArray[Any]],
    heads: Mapping[str, NDArray[Any]],
) -> SpaceJudge:
    policies = [policy for policy in manifest.policies if policy.space == entry.space]
    names = tuple(policy.name for policy in policies)
    space = entry.space.value
    judge = SpaceJudge(
        projection=release_arrays.projection_from(entry, projections),
        rules=tuple(_rule(policy, shard_count=manifest.shard_count) for policy in policies),
        heads=release_arrays.heads_from(heads, f"{space}/shards/", policies=names),
        base=release_arrays.heads_from(heads, f"{space}/base/", policies=names),
        extractors={
            b.extractor: release_arrays.heads_from(
                heads, f"{space}/extractor/{b.extractor}/", policies=names
            )
            for b in entry.blocks
        },
        distance_limits={block.extractor: block.distance_limit for block in entry.blocks},
    )
    if judge.heads.weights.shape[1:] != (manifest.shard_count, judge.projection.dimension):
        raise ReleaseRefusedError("content", f"heads of {space}")
    return judge


def _rule(entry: PolicyEntry, *, shard_count: int) -> PolicyRule:
    return PolicyRule(
        policy=Policy(
            name=entry.name,
            space=entry.space,
            title=entry.title,
            text=entry.text,
            detectors=entry.detectors,
        ),
        taught=entry.taught,
        thresholds=Thresholds(
            block_margin=entry.block_margin,
            benign_margin=entry.benign_margin,
            block_votes=entry.block_votes,
            benign_votes=entry.benign_votes,
            shard_count=shard_count,
        ),
        spread_limit=entry.spread_limit,
        detector_limits=entry.detector_limits,
    )


def _table(
    manifest: ReleaseManifest,
    entry: SpaceEntry,
    rows: Mapping[str, NDArray[Any]],
    names: Mapping[str, Mapping[str, list[str]]],
) -> RowTable:
    policies = tuple(policy.name for policy in manifest.policies if policy.space == entry.space)
    table = rows_from_arrays(
        entry.space,
        stack_id=manifest.stack_id,
        policies=policies,
        arrays=release_arrays.under(rows, f"{entry.space.value}/"),
        names=names[entry.space.value],
    )
    if len(table) != entry.row_count:
        raise ReleaseRefusedError("content", f"rows of {entry.space.value}")
    return table
