"""Verifying a release in depth: recompute from its rows everything that it claims to have learned.

Loading shows that nothing changed since the signature. This shows that what was signed is what the
rows give: anyone can do it, on any machine, with nothing but the release.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ostraka.ensemble import Ensemble, Heads
from ostraka.learning.calibrate_space import extractor_heads
from ostraka.learning.errors import ReleaseRefusedError
from ostraka.learning.manifest import Manifest
from ostraka.learning.release import Release
from ostraka.learning.release_format import SpaceEntry
from ostraka.learning.row_table import row_entry
from ostraka.learning.train import sum_rows
from ostraka.moderation.judge import SpaceJudge

_HEAD_TOLERANCE = 1e-7
"""Sums are compared bit for bit. Heads are solved from them by the machine's linear algebra, whose
last bits differ between processors: they are compared to this relative difference."""


@dataclass(frozen=True)
class Verified:
    """What was recomputed and found equal."""

    rows: int
    sums: int
    heads: int


def verify_release(release: Release) -> Verified:
    """Recompute manifest roots, every shard's sums and every head from the rows, and compare.

    Raises:
        ReleaseRefusedError: anything differs; says what.
    """
    rows = sums = heads = 0
    for entry, judge in zip(release.manifest.spaces, release.spaces, strict=True):
        table = release.tables[entry.space]
        if Manifest(row_entry(row) for row in table.rows()).root.hex() != entry.rows_root:
            raise ReleaseRefusedError("content", f"rows of {entry.space.value} have another root")
        key = bytes.fromhex(release.manifest.assignment_key)
        ensemble = sum_rows(table, key=key, settings=release.settings_of(entry.space))
        _compare_sums(entry, ensemble)
        heads += _compare_heads(judge, ensemble)
        rows, sums = rows + len(table), sums + 1 + len(entry.shard_sums)
    return Verified(rows, sums, heads)


def _compare_sums(entry: SpaceEntry, ensemble: Ensemble) -> None:
    if ensemble.base_sums().sha256() != entry.base_sums:
        raise ReleaseRefusedError("content", f"sums of the trusted base of {entry.space.value}")
    shards = range(ensemble.settings.shard_count)
    found = tuple(ensemble.shard_sums(shard).sha256() for shard in shards)
    if found != entry.shard_sums:
        raise ReleaseRefusedError("content", f"sums of a shard of {entry.space.value}")


def _compare_heads(judge: SpaceJudge, ensemble: Ensemble) -> int:
    solved = extractor_heads(judge.projection, ensemble)
    pairs = [(judge.heads, ensemble.heads()), (judge.base, ensemble.base_heads())]
    pairs += [(judge.extractors[name], solved[name]) for name in solved]
    for stored, computed in pairs:
        if not _alike(stored, computed):
            raise ReleaseRefusedError("content", f"heads of {judge.space.value}")
    return sum(int(stored.adequate.size) for stored, _ in pairs)


def _alike(stored: Heads, computed: Heads) -> bool:
    scale = max(float(np.abs(computed.weights).max()), 1e-12)
    return (
        np.array_equal(stored.adequate, computed.adequate)
        and stored.weights.shape == computed.weights.shape
        and bool(np.abs(stored.weights - computed.weights).max() <= scale * _HEAD_TOLERANCE)
        and bool(np.abs(stored.biases - computed.biases).max() <= _HEAD_TOLERANCE * 4096)
    )
