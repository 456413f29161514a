"""Certificates: how many accounts would have to collude to change what the votes say."""

from __future__ import annotations

from dataclasses import dataclass

from ostraka.ensemble.vote import Outcome, Thresholds, VoteCount, outcome


@dataclass(frozen=True)
class Certificate:
    """The numbers of accounts that a model verdict holds against.

    What they promise and what they do not: ``docs/explanation/certificates.md``.

    ``held``: no set of this many accounts, by adding, changing or removing all rows attributed to
    them, changes the outcome. ``no_silent_publish``: no set of this many turns it into publish
    without a person seeing it; for a publish outcome it is -1 (it is published already).
    """

    held: int
    no_silent_publish: int


def certify(count: VoteCount, thresholds: Thresholds) -> Certificate:
    """Return the certificate of the outcome that ``count`` leads to: sound, and as large as can be.

    An account's rows lie in one shard, so n accounts set at most n of the k votes, each to
    anything at all (an unsure or inadequate head included: rows may make it adequate). With B
    block and P benign votes: a block ends at b - 1, so B - b + 1 votes must leave it; a publish
    likewise; a review ends at b block or at p benign votes, whichever is nearer, and every vote
    can be moved to either side, so min(b - B, p - P) votes do it. b + p > k makes the two ends
    exclude each other. Publishing anything else takes p - P votes, whatever they said before.

    Source: Levine and Feizi, "Deep Partition Aggregation", ICLR 2021; differs in counting accounts,
        not rows, and in the outcome between the two classes.
    """
    b, p = thresholds.block_votes, thresholds.benign_votes
    to_publish = p - count.benign
    result = outcome(count, thresholds)
    if result is Outcome.PUBLISH:
        return Certificate(count.benign - p, -1)
    if result is Outcome.BLOCK:
        return Certificate(count.block - b, to_publish - 1)
    return Certificate(min(b - count.block, to_publish) - 1, to_publish - 1)
