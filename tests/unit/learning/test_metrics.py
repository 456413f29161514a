from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostraka.ensemble import Certificate, Outcome
from ostraka.learning.metrics import (
    area_interval,
    area_under_curve,
    balanced_accuracy,
    certified_rates,
    decisions,
    share,
)

ROWS = st.lists(st.tuples(st.integers(-5, 5), st.booleans()), min_size=2, max_size=40).filter(
    lambda rows: len({kind for _, kind in rows}) == 2
)


@given(rows=ROWS)
def test_the_auc_is_how_often_a_violating_row_scores_higher(rows: list[tuple[int, bool]]) -> None:
    scores = np.array([float(score) for score, _ in rows])
    violates = np.array([kind for _, kind in rows])
    pairs = [(a > b) + 0.5 * (a == b) for a in scores[violates] for b in scores[~violates]]
    assert area_under_curve(scores, violates) == pytest.approx(float(np.mean(pairs)))


def test_few_concepts_give_a_wide_interval_around_the_auc() -> None:
    generator = np.random.default_rng(8)
    violates = np.arange(400) % 2 == 0
    scores = generator.normal(size=400) + violates
    many = np.array([f"concept {i}" for i in range(400)])
    few = np.array([f"concept {i % 8}" for i in range(400)])
    area = area_under_curve(scores, violates)
    low, high = area_interval(scores, violates, many)
    assert low < area < high
    assert high - low < 0.1
    assert area_interval(scores, violates, few) == area_interval(scores, violates, few)
    assert all(map(math.isnan, area_interval(scores, np.ones(400, dtype=bool), many)))


def test_one_kind_alone_has_no_auc_and_no_balanced_accuracy() -> None:
    scores, one_kind = np.array([1.0, 2.0]), np.array([True, True])
    assert math.isnan(area_under_curve(scores, one_kind))
    assert math.isnan(balanced_accuracy(scores > 1, one_kind))
    assert math.isnan(share(np.array([], dtype=bool)))


def test_balanced_accuracy_weighs_both_kinds_alike() -> None:
    violates = np.array([True, False, False, False])
    assert balanced_accuracy(np.array([True, False, False, True]), violates) == pytest.approx(5 / 6)


OUTCOMES = st.sampled_from(list(Outcome))
VERDICTS = st.lists(
    st.tuples(OUTCOMES, st.integers(0, 25), st.integers(-1, 25), st.booleans()), min_size=1
)


@given(verdicts=VERDICTS)
def test_no_certified_rate_rises_with_the_number_of_accounts(
    verdicts: list[tuple[Outcome, int, int, bool]],
) -> None:
    outcomes = [outcome for outcome, *_ in verdicts]
    certificates = [Certificate(held, silent) for _, held, silent, _ in verdicts]
    violates = np.array([kind for *_, kind in verdicts])
    rates = [certified_rates(outcomes, certificates, violates, accounts=n) for n in range(28)]
    for before, after in itertools.pairwise(rates):
        for field in ("true_block", "true_publish", "no_silent_publish"):
            first, second = getattr(before, field), getattr(after, field)
            assert math.isnan(first) or second <= first


def test_certified_rates_count_the_two_kinds_apart() -> None:
    outcomes = [Outcome.BLOCK, Outcome.BLOCK, Outcome.PUBLISH, Outcome.REVIEW]
    certificates = [
        Certificate(3, 20),
        Certificate(9, 20),
        Certificate(4, -1),
        Certificate(0, 2),
    ]
    violates = np.array([True, False, False, True])
    rates = certified_rates(outcomes, certificates, violates, accounts=3)
    assert (rates.true_block, rates.true_publish, rates.no_silent_publish) == (0.5, 0.5, 0.5)
    rates = certified_rates(outcomes, certificates, violates, accounts=4)
    assert (rates.true_block, rates.true_publish) == (0.0, 0.5)


def test_decisions_name_the_two_grave_mistakes() -> None:
    outcomes = [Outcome.BLOCK, Outcome.PUBLISH, Outcome.BLOCK, Outcome.PUBLISH, Outcome.REVIEW]
    done = decisions(outcomes, np.array([True, True, False, False, True]))
    assert done.precision == 0.5
    assert done.recall == pytest.approx(1 / 3)
    assert done.caught == pytest.approx(2 / 3)
    assert done.violating_published == pytest.approx(1 / 3)
    assert done.benign_blocked == 0.5
    assert done.review == 0.2
