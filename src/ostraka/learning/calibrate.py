"""Calibration: margins and limits for one policy, from trusted calibration examples alone.

Nothing here may see a row that members brought: a margin that they could move would be a way round
the certificate (decision 0014).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ostraka.ensemble import Thresholds
from ostraka.learning.examples import BENIGN, VIOLATES, Labels

Scores = NDArray[np.float64]

SMALLEST_MARGIN = 0.1
"""Margins never come closer to the midpoint than this, however well calibration looks."""


@dataclass(frozen=True, kw_only=True)
class Targets:
    """Shares of trusted calibration examples that a limit may get wrong or send to a person."""

    benign_blocked: float = 0.02
    violating_published: float = 0.05
    extractors_disagree: float = 0.02
    strange: float = 0.01
    detector_fires: float = 0.01


def upper_limit(values: Scores, *, share: float) -> float:
    """Return a limit that at most ``share`` of the values exceed; between two values if it can."""
    ordered = np.sort(values)[::-1]
    allowed = int(share * ordered.size)
    if not ordered.size:
        return float("inf")
    above = ordered[allowed - 1] if allowed else ordered[0] + abs(ordered[0]) * 0.05
    return float((ordered[allowed] + above) / 2)


def calibrate_thresholds(
    base_scores: Scores, labels: Labels, *, shard_count: int, targets: Targets
) -> Thresholds:
    """Return the margins with which the trusted base's head meets the targets; b = p = a majority.

    The shards' own heads are not asked: members' rows are in them, and whoever could move a margin
    would move every vote at once. b = p = k // 2 + 1 is the least that b + p > k allows both, so
    certificates are as large as the votes permit in both directions, and the margins alone set how
    careful each outcome is.

    Args:
        base_scores: (rows,) of the base's head on calibration rows of one policy.
        labels: (rows,) of that policy.
        shard_count: k.
        targets: the shares of mistakes accepted.
    """
    votes = shard_count // 2 + 1
    benign, violating = base_scores[labels == BENIGN], base_scores[labels == VIOLATES]
    return Thresholds(
        block_margin=_margin(upper_limit(benign, share=targets.benign_blocked)),
        benign_margin=_margin(upper_limit(-violating, share=targets.violating_published)),
        block_votes=votes,
        benign_votes=votes,
        shard_count=shard_count,
    )


_UNREACHABLE = 1e6
"""A margin that no score reaches, where there is nothing to set one from."""


def _margin(margin: float) -> float:
    if not np.isfinite(margin):
        return _UNREACHABLE
    return float(np.ceil(max(margin, SMALLEST_MARGIN) * 1000) / 1000)


def spread_limit(extractor_scores: Mapping[str, Scores], *, targets: Targets) -> float:
    """Return the distance between extractors' base scores that few trusted examples pass."""
    values = np.stack(list(extractor_scores.values()))
    return upper_limit(values.max(axis=0) - values.min(axis=0), share=targets.extractors_disagree)


def detector_limits(
    detections: Mapping[str, NDArray[np.float32]],
    detectors: tuple[str, ...],
    *,
    targets: Targets,
) -> dict[str, float]:
    """Return, for each of a policy's detectors, the value that few trusted benign pictures pass."""
    return {
        name: min(upper_limit(detections[name].astype(np.float64), share=targets.detector_fires), 1)
        for name in detectors
        if name in detections
    }
