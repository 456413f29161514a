"""Votes and what they add up to: block, publish, or review."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from ostraka.ensemble.errors import EnsembleSettingError, ShapeError
from ostraka.ensemble.rows import FloatArray
from ostraka.limits import DEFAULT_LIMITS


class Outcome(StrEnum):
    """The three answers, ordered by severity through :attr:`severity`."""

    PUBLISH = "publish"
    REVIEW = "review"
    BLOCK = "block"

    @property
    def severity(self) -> int:
        """0 for publish, 1 for review, 2 for block."""
        return (Outcome.PUBLISH, Outcome.REVIEW, Outcome.BLOCK).index(self)


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """How scores become votes and votes an outcome, for one policy; set from trusted data alone.

    A score >= ``block_margin`` is a vote to block, one <= -``benign_margin`` a vote for benign,
    anything between is unsure. ``block_votes`` (b) votes block, ``benign_votes`` (p) publish. b + p
    > ``shard_count`` (k), so that no count of votes can ask for both.
    """

    block_margin: float
    benign_margin: float
    block_votes: int
    benign_votes: int
    shard_count: int

    def __post_init__(self) -> None:
        if not 1 <= self.shard_count <= DEFAULT_LIMITS.shard_count:
            raise EnsembleSettingError(f"{self.shard_count} shards are outside the limits")
        if not all(1 <= v <= self.shard_count for v in (self.block_votes, self.benign_votes)):
            raise EnsembleSettingError("an outcome needs from one vote to all of them")
        if self.block_votes + self.benign_votes <= self.shard_count:
            raise EnsembleSettingError("block_votes + benign_votes must exceed shard_count")
        if not all(map(math.isfinite, (self.block_margin, self.benign_margin))):
            raise EnsembleSettingError("margins are finite numbers")
        if self.block_margin <= -self.benign_margin:
            raise EnsembleSettingError("one score could vote both ways: the margins overlap")


@dataclass(frozen=True)
class VoteCount:
    """How many heads voted block, how many benign, and how many were unsure."""

    block: int
    benign: int
    unsure: int

    def __post_init__(self) -> None:
        if min(self.block, self.benign, self.unsure) < 0:
            raise ShapeError("votes cannot be negative")

    @property
    def total(self) -> int:
        """All heads, whatever they said."""
        return self.block + self.benign + self.unsure


def tally_rows(
    scores: FloatArray, adequate: NDArray[np.bool_], thresholds: Thresholds
) -> NDArray[np.int64]:
    """Return (n, 3) counts of block, benign and unsure votes for scores (n, k) of one policy.

    A head that is not adequate is unsure whatever it scores; so is a score that is no number.
    """
    if scores.ndim != 2 or adequate.shape != scores.shape[1:]:  # noqa: PLR2004 -- n, k
        raise ShapeError("scores are (pictures, heads), adequate is (heads,)")
    if scores.shape[1] != thresholds.shard_count:
        raise ShapeError("one vote a shard, no more and no fewer")
    block = ((scores >= thresholds.block_margin) & adequate).sum(axis=1)
    benign = ((scores <= -thresholds.benign_margin) & adequate).sum(axis=1)
    return np.stack([block, benign, thresholds.shard_count - block - benign], axis=1)


def tally(scores: FloatArray, adequate: NDArray[np.bool_], thresholds: Thresholds) -> VoteCount:
    """Count the votes of the heads' scores (k,) on one picture for one policy."""
    block, benign, unsure = tally_rows(scores[np.newaxis], adequate, thresholds)[0].tolist()
    return VoteCount(block, benign, unsure)


def outcome(count: VoteCount, thresholds: Thresholds) -> Outcome:
    """Return what the votes say."""
    if count.total != thresholds.shard_count:
        raise ShapeError("one vote a shard, no more and no fewer")
    if count.block >= thresholds.block_votes:
        return Outcome.BLOCK
    if count.benign >= thresholds.benign_votes:
        return Outcome.PUBLISH
    return Outcome.REVIEW
