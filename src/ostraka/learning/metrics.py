"""Measures of a classifier and of certified votes; pure functions of labels and answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from ostraka.ensemble import Certificate, Outcome

Flags = NDArray[np.bool_]
Scores = NDArray[np.float64]


def area_under_curve(scores: Scores, violates: Flags) -> float:
    """Return the ROC AUC: how often a violating row scores above a benign one (ties count half).

    NaN where one of the two kinds is missing.
    """
    positives, negatives = int(violates.sum()), int((~violates).sum())
    if not positives or not negatives:
        return float("nan")
    ranks = float(rankdata(scores)[violates].sum())
    return (ranks - positives * (positives + 1) / 2) / (positives * negatives)


def area_interval(
    scores: Scores, violates: Flags, concepts: NDArray[np.str_], *, draws: int = 200
) -> tuple[float, float]:
    """Return the 5th and 95th percentile of the AUC when the concepts are drawn anew.

    Pictures of one concept fail together, so concepts are what must be drawn, not pictures: with a
    dozen violating concepts the interval is wide, and that is the truth. NaN without both kinds.
    """
    names, place = np.unique(concepts, return_inverse=True)
    generator = np.random.default_rng(0)
    members = [np.flatnonzero(place == concept) for concept in range(names.size)]
    areas = []
    for _ in range(draws):
        drawn = generator.integers(0, names.size, names.size)
        rows = np.concatenate([members[concept] for concept in drawn])
        areas.append(area_under_curve(scores[rows], violates[rows]))
    known = [area for area in areas if not np.isnan(area)]
    if not known:
        return float("nan"), float("nan")
    low, high = np.percentile(known, [5, 95])
    return float(low), float(high)


def balanced_accuracy(predicted: Flags, violates: Flags) -> float:
    """Return the mean of the two kinds' shares that were predicted right; NaN without both."""
    if violates.all() or not violates.any():
        return float("nan")
    return float((predicted[violates].mean() + (~predicted[~violates]).mean()) / 2)


@dataclass(frozen=True)
class CertifiedRates:
    """Shares that hold whatever ``accounts`` accounts do, apart for the two kinds of pictures.

    ``true_block``: violating rows that are blocked and stay blocked. ``true_publish``: benign rows
    that are published and stay published. ``no_silent_publish``: violating rows that are not
    published, and that these accounts cannot have published without a person seeing them.
    """

    accounts: int
    true_block: float
    true_publish: float
    no_silent_publish: float


def certified_rates(
    outcomes: list[Outcome], certificates: list[Certificate], violates: Flags, *, accounts: int
) -> CertifiedRates:
    """Return the certified rates against a number of accounts; NaN where a kind has no rows."""
    pairs = list(zip(outcomes, certificates, strict=True))
    block = np.array([o is Outcome.BLOCK and c.held >= accounts for o, c in pairs], dtype=bool)
    publish = np.array([o is Outcome.PUBLISH and c.held >= accounts for o, c in pairs], dtype=bool)
    seen = np.array([c.no_silent_publish >= accounts for _, c in pairs], dtype=bool)
    return CertifiedRates(
        accounts,
        true_block=share(block[violates]),
        true_publish=share(publish[~violates]),
        no_silent_publish=share(seen[violates]),
    )


@dataclass(frozen=True)
class Decisions:
    """What the outcomes did, in shares.

    ``precision`` and ``recall`` are of blocking; ``caught`` is violating rows that were blocked or
    sent to a person; ``benign_blocked`` and ``violating_published`` are the two grave mistakes.
    """

    precision: float
    recall: float
    caught: float
    benign_blocked: float
    benign_published: float
    violating_published: float
    review: float


def decisions(outcomes: list[Outcome], violates: Flags) -> Decisions:
    """Return what the outcomes did to violating and to benign rows; NaN where there are none."""
    blocked = np.array([o is Outcome.BLOCK for o in outcomes], dtype=bool)
    published = np.array([o is Outcome.PUBLISH for o in outcomes], dtype=bool)
    return Decisions(
        precision=share(violates[blocked]),
        recall=share(blocked[violates]),
        caught=share(~published[violates]),
        benign_blocked=share(blocked[~violates]),
        benign_published=share(published[~violates]),
        violating_published=share(published[violates]),
        review=share(~blocked & ~published),
    )


def share(flags: Flags) -> float:
    """Return the share that is true, NaN for none at all."""
    return float(flags.mean()) if flags.size else float("nan")
