from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostraka.ensemble import (
    EnsembleSettingError,
    Outcome,
    ShapeError,
    Thresholds,
    VoteCount,
    outcome,
    tally,
    tally_rows,
)

FIVE: dict[str, Any] = {
    "block_margin": 0.5,
    "benign_margin": 0.25,
    "block_votes": 3,
    "benign_votes": 4,
    "shard_count": 5,
}


def thresholds(**changes: Any) -> Thresholds:
    return Thresholds(**(FIVE | changes))


def test_margins_belong_to_the_votes_they_bound() -> None:
    scores = np.array([0.5, 0.49, 0.0, -0.24, -0.25])
    count = tally(scores, np.ones(5, dtype=np.bool_), thresholds())
    assert count == VoteCount(block=1, benign=1, unsure=3)
    assert count.total == 5


def test_a_head_that_is_not_adequate_is_unsure_whatever_it_scores() -> None:
    scores = np.array([9.0, 9.0, -9.0, -9.0, 9.0])
    adequate = np.array([True, False, True, False, False])
    assert tally(scores, adequate, thresholds()) == VoteCount(block=1, benign=1, unsure=3)


def test_a_score_that_is_no_number_is_unsure() -> None:
    scores = np.full(5, np.nan)
    count = tally(scores, np.ones(5, dtype=np.bool_), thresholds())
    assert outcome(count, thresholds()) is Outcome.REVIEW


@given(st.lists(st.lists(st.floats(-2, 2), min_size=5, max_size=5), min_size=1, max_size=6))
def test_many_pictures_are_tallied_as_one_by_one(scores: list[list[float]]) -> None:
    adequate = np.array([True, True, False, True, True])
    counts = tally_rows(np.array(scores), adequate, thresholds())
    for row, counted in zip(scores, counts.tolist(), strict=True):
        assert VoteCount(*counted) == tally(np.array(row), adequate, thresholds())


@pytest.mark.parametrize(
    ("block", "benign", "expected"),
    [
        (3, 2, Outcome.BLOCK),
        (5, 0, Outcome.BLOCK),
        (2, 3, Outcome.REVIEW),
        (1, 4, Outcome.PUBLISH),
        (0, 0, Outcome.REVIEW),
    ],
)
def test_votes_add_up_to_an_outcome(block: int, benign: int, expected: Outcome) -> None:
    assert outcome(VoteCount(block, benign, 5 - block - benign), thresholds()) is expected


def test_missing_or_extra_votes_are_refused() -> None:
    with pytest.raises(ShapeError):
        outcome(VoteCount(1, 1, 1), thresholds())
    with pytest.raises(ShapeError):
        tally(np.zeros(4), np.ones(4, dtype=np.bool_), thresholds())
    with pytest.raises(ShapeError):
        tally(np.zeros(5), np.ones(4, dtype=np.bool_), thresholds())
    with pytest.raises(ShapeError):
        tally_rows(np.zeros(5), np.ones(5, dtype=np.bool_), thresholds())
    with pytest.raises(ShapeError):
        VoteCount(-1, 3, 3)


@pytest.mark.parametrize(
    "changes",
    [
        {"shard_count": 0},
        {"shard_count": 1_003, "block_votes": 900, "benign_votes": 900},
        {"block_votes": 0},
        {"block_votes": 6},
        {"benign_votes": 0},
        {"benign_votes": 6},
        {"block_votes": 2, "benign_votes": 3},
        {"block_margin": float("nan")},
        {"benign_margin": float("inf")},
        {"block_margin": -0.25},
    ],
)
def test_thresholds_that_could_say_both_or_nothing_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(EnsembleSettingError):
        thresholds(**changes)


def test_outcomes_are_ordered_by_severity() -> None:
    ordered = sorted(Outcome, key=lambda o: o.severity)
    assert ordered == [Outcome.PUBLISH, Outcome.REVIEW, Outcome.BLOCK]
