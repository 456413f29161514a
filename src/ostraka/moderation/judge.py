"""Everything that judging needs from a release: heads, thresholds, projections, trusted bounds.

``learning`` builds a :class:`Judge` from a verified release; ``moderation`` only reads it. It holds
no sums and no rows of members, so the part that screens cannot leak or change what was learned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ostraka.ensemble import (
    Certificate,
    Heads,
    Outcome,
    Thresholds,
    VoteCount,
    certify,
    outcome,
    tally,
)
from ostraka.evidence.model import FloatVector, IntegerVector, Space
from ostraka.evidence.projection import Projection
from ostraka.moderation.policy import Policy


@dataclass(frozen=True)
class PolicyRule:
    """How one policy is judged; every number was set from trusted calibration pictures alone.

    ``taught``: the release holds positive rows, so votes mean something; if not, only the policy's
    detectors speak, and they can only ask for review. ``spread_limit``: extractors' base scores
    further apart than this disagree. ``detector_limits``: detection name -> value from which it
    asks for review.
    """

    policy: Policy
    taught: bool
    thresholds: Thresholds
    spread_limit: float
    detector_limits: Mapping[str, float]


@dataclass(frozen=True)
class Weighed:
    """What the votes, the base and the extractors say of one vector, for one policy.

    Scores are normalised: +1 is the mean violating trusted example, -1 the mean benign one.
    ``score`` is the median head's; ``slack`` how far the deciding heads' scores may move before the
    outcome of the votes changes.
    """

    policy: Policy
    taught: bool
    count: VoteCount
    outcome: Outcome
    certificate: Certificate
    base_outcome: Outcome
    score: float
    base_score: float
    slack: float
    extractor_scores: Mapping[str, float]
    extractors_disagree: bool


@dataclass(frozen=True)
class SpaceJudge:
    """What judges one kind of evidence.

    ``heads`` are the shards' (policies, k, dimension), in the order of ``rules``; ``base`` is the
    trusted base's one head a policy; ``extractors`` reads each extractor's block alone.
    ``distance_limits``: extractor name -> distance that few trusted pictures reach.
    """

    projection: Projection
    rules: tuple[PolicyRule, ...]
    heads: Heads
    base: Heads
    extractors: Mapping[str, Heads]
    distance_limits: Mapping[str, float]

    @property
    def space(self) -> Space:
        """The kind of evidence."""
        return self.projection.space

    def project(self, features: Mapping[str, FloatVector]) -> IntegerVector:
        """Return the integer vector that the heads read.

        Raises:
            UnusableFeaturesError: the features are not those of a working extractor.
        """
        return self.projection.project(features)

    def strangeness(self, features: Mapping[str, FloatVector]) -> float:
        """Return how far the features lie from trusted pictures; over 1 is out of distribution."""
        rows = {name: value[None, :] for name, value in features.items()}
        distances = self.projection.distances(rows)[0]
        limits = [self.distance_limits[name] for name in self.projection.extractors]
        return float(np.max(distances / np.array(limits)))

    def weigh(self, vector: IntegerVector) -> tuple[Weighed, ...]:
        """Return what the votes say, for every policy of this space."""
        rows = vector[None, :]
        shard_scores = self.heads.scores(rows)[0]
        base_scores = self.base.scores(rows)[0, :, 0]
        extractor_scores = {
            name: heads.scores(rows[:, self.projection.part_of(name)])[0, :, 0]
            for name, heads in self.extractors.items()
        }
        return tuple(
            _weigh_policy(
                rule,
                scores=shard_scores[i],
                adequate=self.heads.adequate[i],
                base_score=float(base_scores[i]),
                extractor_scores={n: float(s[i]) for n, s in extractor_scores.items()},
            )
            for i, rule in enumerate(self.rules)
        )


@dataclass(frozen=True)
class Judge:
    """One verified release, ready to judge evidence of the stack it was made with."""

    release_id: str
    stack_id: str
    spaces: tuple[SpaceJudge, ...]

    @property
    def policies(self) -> tuple[Policy, ...]:
        """Every policy that is judged."""
        return tuple(rule.policy for space in self.spaces for rule in space.rules)

    def of(self, space: Space) -> SpaceJudge | None:
        """Return what judges a kind of evidence, or None where no policy reads it."""
        return next((judge for judge in self.spaces if judge.space == space), None)

    def rule(self, policy: str) -> PolicyRule:
        """Return how a policy is judged."""
        return next(r for space in self.spaces for r in space.rules if r.policy.name == policy)


def _weigh_policy(
    rule: PolicyRule,
    *,
    scores: NDArray[np.float64],
    adequate: NDArray[np.bool_],
    base_score: float,
    extractor_scores: Mapping[str, float],
) -> Weighed:
    count = tally(scores, adequate, rule.thresholds)
    result = outcome(count, rule.thresholds)
    slack = _slack(result, scores=np.sort(scores[adequate]), thresholds=rule.thresholds)
    values = extractor_scores.values()
    spread = max(values, default=0.0) - min(values, default=0.0)
    return Weighed(
        policy=rule.policy,
        taught=rule.taught,
        count=count,
        outcome=result,
        certificate=certify(count, rule.thresholds),
        base_outcome=_lone_outcome(base_score, rule.thresholds) if rule.taught else Outcome.REVIEW,
        score=float(np.median(scores[adequate])) if adequate.any() else 0.0,
        base_score=base_score,
        slack=slack,
        extractor_scores=extractor_scores,
        extractors_disagree=spread > rule.spread_limit,
    )


def _slack(outcome: Outcome, *, scores: NDArray[np.float64], thresholds: Thresholds) -> float:
    """Return how far the deciding head's score lies from the margin that would change things."""
    blocking, publishing = thresholds.block_votes, thresholds.benign_votes
    last_blocker = float(scores[-blocking]) if scores.size >= blocking else -np.inf
    last_benign = float(scores[publishing - 1]) if scores.size >= publishing else np.inf
    over_block = last_blocker - thresholds.block_margin
    under_benign = -thresholds.benign_margin - last_benign
    if outcome is Outcome.BLOCK:
        return over_block
    return under_benign if outcome is Outcome.PUBLISH else min(-over_block, -under_benign)


def _lone_outcome(score: float, thresholds: Thresholds) -> Outcome:
    if score >= thresholds.block_margin:
        return Outcome.BLOCK
    return Outcome.PUBLISH if score <= -thresholds.benign_margin else Outcome.REVIEW
