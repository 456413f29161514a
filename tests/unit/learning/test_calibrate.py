from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostraka.learning.calibrate import (
    SMALLEST_MARGIN,
    Targets,
    calibrate_thresholds,
    detector_limits,
    spread_limit,
    upper_limit,
)

VALUES = st.lists(st.floats(-3, 3), min_size=1, max_size=80)


@given(values=VALUES, allowed=st.floats(0, 0.5))
def test_no_more_than_the_declared_share_passes_a_limit(
    values: list[float], allowed: float
) -> None:
    scores = np.array(values)
    assert (scores > upper_limit(scores, share=allowed)).mean() <= allowed


@given(benign=VALUES, violating=VALUES)
def test_margins_meet_their_targets_on_calibration_rows(
    benign: list[float], violating: list[float]
) -> None:
    scores = np.array([*benign, *violating])
    labels = np.array([0] * len(benign) + [1] * len(violating), dtype=np.int8)
    targets = Targets(benign_blocked=0.1, violating_published=0.2)
    found = calibrate_thresholds(scores, labels, shard_count=51, targets=targets)
    assert (scores[labels == 0] > found.block_margin).mean() <= 0.1
    assert (scores[labels == 1] < -found.benign_margin).mean() <= 0.2
    assert min(found.block_margin, found.benign_margin) >= SMALLEST_MARGIN


@pytest.mark.parametrize("shards", [1, 2, 5, 50, 51])
def test_a_majority_decides_in_both_directions(shards: int) -> None:
    found = calibrate_thresholds(
        np.array([-1.0, 1.0]),
        np.array([0, 1], dtype=np.int8),
        shard_count=shards,
        targets=Targets(),
    )
    assert found.block_votes == found.benign_votes
    assert found.block_votes + found.benign_votes > shards


def test_without_violating_rows_nothing_can_be_published() -> None:
    found = calibrate_thresholds(
        np.array([-1.0, -2.0]), np.zeros(2, dtype=np.int8), shard_count=3, targets=Targets()
    )
    assert found.benign_margin > 1e5


def test_unlabelled_rows_set_no_margin() -> None:
    rows = {"shard_count": 3, "targets": Targets()}
    with_them = calibrate_thresholds(
        np.array([-1.0, 1.0, 50.0]),
        np.array([0, 1, -1], dtype=np.int8),
        **rows,  # type: ignore[arg-type]
    )
    without = calibrate_thresholds(
        np.array([-1.0, 1.0]),
        np.array([0, 1], dtype=np.int8),
        **rows,  # type: ignore[arg-type]
    )
    assert with_them == without


def test_detectors_ask_for_few_trusted_pictures() -> None:
    values = np.linspace(0, 1, 1000, dtype=np.float32)
    found = detector_limits({"a": values, "b": values}, ("a", "missing"), targets=Targets())
    assert set(found) == {"a"}
    assert (values >= found["a"]).mean() == pytest.approx(0.01)


def test_extractors_disagree_rarely_on_trusted_pictures() -> None:
    generator = np.random.default_rng(4)
    scores = {"eye": generator.normal(size=500), "ear": generator.normal(size=500)}
    limit = spread_limit(scores, targets=Targets())
    assert (np.abs(scores["eye"] - scores["ear"]) > limit).mean() <= 0.02
