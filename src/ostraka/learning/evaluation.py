"""What an evaluation found: values that print, draw and travel with a release."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict


class _Found(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Quality(_Found):
    """How well one way of judging does on some rows; None where it could not be measured.

    ``balanced_accuracy`` is at score 0, halfway between the two kinds' means, without any review.
    The others are at the operating point: ``precision`` and ``recall`` of blocking, ``caught`` the
    violating share that was blocked or sent to a person.
    """

    auc: float | None
    balanced_accuracy: float | None
    precision: float | None
    recall: float | None
    caught: float | None
    benign_blocked: float | None
    benign_published: float | None
    violating_published: float | None
    review: float | None


class CertifiedPoint(_Found):
    """Shares that hold whatever any ``accounts`` accounts do, for the two kinds of rows apart.

    ``base_block`` and ``base_publish`` are what the trusted base alone blocks and publishes
    rightly: the level that certified shares must be compared with, since no member can move it.
    """

    accounts: int
    true_block: float | None
    true_publish: float | None
    no_silent_publish: float | None
    base_block: float | None
    base_publish: float | None


class PolicyQuality(_Found):
    """One policy on one set of rows: the shards' vote, the trusted base alone, one head on all."""

    policy: str
    rows_from: str
    violating: int
    benign: int
    violating_concepts: int
    auc_low: float | None
    """5th and 95th percentile of the vote's AUC when the concepts are drawn anew."""
    auc_high: float | None
    vote: Quality
    base: Quality
    one_head: Quality
    certified: tuple[CertifiedPoint, ...] = ()


class CurvePoint(_Found):
    """Quality on an unseen source after an operator labelled some of its pictures."""

    labelled_pictures: int
    auc: float | None
    balanced_accuracy: float | None


class UnseenSource(_Found):
    """A source that neither heads nor projection saw, then with a few of its pictures labelled."""

    policy: str
    source: str
    quality: PolicyQuality
    curve: tuple[CurvePoint, ...]


class PipelineQuality(_Found):
    """What the whole pipeline does with some pictures: votes of every policy, then every check.

    A picture violates if it violates any policy. ``benign_published_by_votes`` is what would be
    published if no check spoke up; ``stopped`` says for each check what share of the benign
    pictures it stopped that votes would have published (a picture may be stopped by several).
    """

    rows_from: str
    violating: int
    benign: int
    violating_blocked: float | None
    violating_published: float | None
    benign_blocked: float | None
    benign_published: float | None
    benign_published_by_votes: float | None
    review: float | None
    stopped: Mapping[str, float]


class Evaluation(_Found):
    """Everything that was measured of one release, and what could not be."""

    held_out: tuple[PolicyQuality, ...]
    groups: tuple[PolicyQuality, ...]
    pipeline: tuple[PipelineQuality, ...]
    unseen: tuple[UnseenSource, ...]
    unmeasured: tuple[str, ...]
