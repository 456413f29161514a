"""Measuring what was trained on rows that it never saw.

Three ways of judging stand side by side everywhere: the shards' vote, the trusted base alone (what
members' rows must improve on) and one head on all rows (what the vote's certificate costs).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ostraka.ensemble import (
    Certificate,
    Outcome,
    Thresholds,
    VoteCount,
    certify,
    outcome,
    tally_rows,
)
from ostraka.learning.evaluation import CertifiedPoint, PolicyQuality, Quality
from ostraka.learning.examples import BENIGN, VIOLATES, Examples
from ostraka.learning.metrics import (
    area_interval,
    area_under_curve,
    balanced_accuracy,
    certified_rates,
    decisions,
    share,
)
from ostraka.learning.train import TrainedSpace
from ostraka.moderation.judge import PolicyRule

Flags = NDArray[np.bool_]
Scores = NDArray[np.float64]


@dataclass(frozen=True)
class ScoredRows:
    """All heads' scores on some labelled rows of one policy."""

    rule: PolicyRule
    violates: Flags
    vote: Scores
    """(rows, k) scores of the shards' heads."""
    adequate: Flags
    base: Scores
    one_head: Scores
    concepts: NDArray[np.str_]

    @property
    def vote_score(self) -> Scores:
        """The median head's score: over a margin where a majority of heads is."""
        return np.asarray(np.median(self.vote[:, self.adequate], axis=1))


def score_rows(trained: TrainedSpace, rows: Examples, *, policy: str) -> ScoredRows:
    """Return every head's scores on the rows that are labelled for ``policy``."""
    labels = rows.labels_of(policy)
    asked = rows.select(labels >= BENIGN)
    place = trained.table.policies.index(policy)
    vectors = trained.judge.projection.project_rows(asked.features)
    heads = trained.ensemble.heads()
    return ScoredRows(
        rule=trained.judge.rules[place],
        violates=np.asarray(asked.labels_of(policy) == VIOLATES),
        vote=heads.scores(vectors)[:, place],
        adequate=heads.adequate[place],
        base=trained.ensemble.base_heads().scores(vectors)[:, place, 0],
        one_head=trained.ensemble.one_head().scores(vectors)[:, place, 0],
        concepts=asked.concepts,
    )


def worst_windows(scored: ScoredRows, pictures: NDArray[np.str_]) -> ScoredRows:
    """Return one row a picture from one row a window of its text: for every head the worst.

    Args:
        scored: a row for each window.
        pictures: (windows,) the picture of each.
    """
    names, first, place = np.unique(pictures, return_index=True, return_inverse=True)
    windows = [np.flatnonzero(place == picture) for picture in range(names.size)]
    return replace(
        scored,
        violates=scored.violates[first],
        vote=np.stack([scored.vote[w].max(axis=0) for w in windows]),
        base=np.array([scored.base[w].max() for w in windows]),
        one_head=np.array([scored.one_head[w].max() for w in windows]),
        concepts=scored.concepts[first],
    )


def measure(scored: ScoredRows, *, rows_from: str, certificates: bool) -> PolicyQuality:
    """Return the quality of vote, base and one head on these rows."""
    thresholds = scored.rule.thresholds
    counts = tally_rows(scored.vote, scored.adequate, thresholds)
    votes = [VoteCount(*count) for count in counts.tolist()]
    outcomes = [outcome(count, thresholds) for count in votes]
    held = [certify(count, thresholds) for count in votes]
    base = _lone_outcomes(scored.base, thresholds)
    low, high = area_interval(scored.vote_score, scored.violates, scored.concepts)
    return PolicyQuality(
        policy=scored.rule.policy.name,
        rows_from=rows_from,
        violating=int(scored.violates.sum()),
        benign=int((~scored.violates).sum()),
        violating_concepts=int(np.unique(scored.concepts[scored.violates]).size),
        auc_low=known(low),
        auc_high=known(high),
        vote=_quality(scored.vote_score, outcomes, scored.violates),
        base=_quality(scored.base, base, scored.violates),
        one_head=_quality(
            scored.one_head, _lone_outcomes(scored.one_head, thresholds), scored.violates
        ),
        certified=_certified(outcomes, held, base, scored) if certificates else (),
    )


def _quality(scores: Scores, outcomes: list[Outcome], violates: Flags) -> Quality:
    done = decisions(outcomes, violates)
    return Quality(
        auc=known(area_under_curve(scores, violates)),
        balanced_accuracy=known(balanced_accuracy(scores > 0.0, violates)),
        precision=known(done.precision),
        recall=known(done.recall),
        caught=known(done.caught),
        benign_blocked=known(done.benign_blocked),
        benign_published=known(done.benign_published),
        violating_published=known(done.violating_published),
        review=known(done.review),
    )


def _certified(
    outcomes: list[Outcome], held: list[Certificate], base: list[Outcome], scored: ScoredRows
) -> tuple[CertifiedPoint, ...]:
    violates = scored.violates
    blocked = np.array([o is Outcome.BLOCK for o in base], dtype=bool)
    published = np.array([o is Outcome.PUBLISH for o in base], dtype=bool)
    most = scored.rule.thresholds.shard_count - scored.rule.thresholds.block_votes
    rates = [certified_rates(outcomes, held, violates, accounts=n) for n in range(most + 2)]
    return tuple(
        CertifiedPoint(
            accounts=rate.accounts,
            true_block=known(rate.true_block),
            true_publish=known(rate.true_publish),
            no_silent_publish=known(rate.no_silent_publish),
            base_block=known(share(blocked[violates])),
            base_publish=known(share(published[~violates])),
        )
        for rate in rates
    )


def _lone_outcomes(scores: Scores, thresholds: Thresholds) -> list[Outcome]:
    """Return what one head alone would do with the same margins."""
    return [
        Outcome.BLOCK
        if score >= thresholds.block_margin
        else Outcome.PUBLISH
        if score <= -thresholds.benign_margin
        else Outcome.REVIEW
        for score in scores.tolist()
    ]


def known(value: float) -> float | None:
    """Return the value to four places, or None where there was nothing to measure."""
    return None if np.isnan(value) else round(value, 4)


def measure_groups(
    trained: TrainedSpace, rows: Examples, *, policy: str, groups: Mapping[str, Flags]
) -> list[PolicyQuality]:
    """Return the quality on each group of rows that has any labelled row."""
    found = []
    for name, mask in groups.items():
        group = rows.select(mask)
        if (group.labels_of(policy) >= BENIGN).any():
            scored = score_rows(trained, group, policy=policy)
            found.append(measure(scored, rows_from=name, certificates=False))
    return found
