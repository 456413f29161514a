from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ostraka.ensemble import Outcome, Thresholds, VoteCount, certify, outcome
from ostraka.moderation.judge import Weighed
from ostraka.moderation.policy import VIOLENCE
from ostraka.moderation.worst import certify_worst, deciding, worst_outcome

BLOCK, BENIGN, UNSURE = range(3)
SHARDS = 4
QUORUMS = [(3, 3), (2, 3), (4, 2), (4, 4), (1, 4)]


def counted(votes: tuple[int, ...]) -> VoteCount:
    return VoteCount(votes.count(BLOCK), votes.count(BENIGN), votes.count(UNSURE))


def weighed(votes: tuple[int, ...], thresholds: Thresholds) -> Weighed:
    count = counted(votes)
    return Weighed(
        policy=VIOLENCE,
        taught=True,
        count=count,
        outcome=outcome(count, thresholds),
        certificate=certify(count, thresholds),
        base_outcome=Outcome.REVIEW,
        score=0.0,
        base_score=0.0,
        slack=0.0,
        extractor_scores={},
        extractors_disagree=False,
    )


def thresholds_of(quorum: tuple[int, int]) -> Thresholds:
    return Thresholds(
        block_margin=1, benign_margin=1,
        block_votes=quorum[0], benign_votes=quorum[1], shard_count=SHARDS,
    )  # fmt: skip


def reachable(items: list[tuple[int, ...]], shards: int, thresholds: Thresholds) -> set[Outcome]:
    """Every outcome that this many corrupted shards can bring about, on all items at once.

    A corrupted shard votes as it likes on every item. For each item alone that is a set of vote
    counts; the shards are the same for all items, their votes are not tied to each other.
    """
    return {
        worst_outcome([outcome(counted(item), thresholds) for item in changed])
        for corrupted in product((False, True), repeat=SHARDS)
        if sum(corrupted) == shards
        for changed in product(*(_variants(item, corrupted) for item in items))
    }


def _variants(item: tuple[int, ...], corrupted: tuple[bool, ...]) -> list[tuple[int, ...]]:
    choices = [range(3) if bad else (vote,) for vote, bad in zip(item, corrupted, strict=True)]
    # Counts decide, not who votes what: one representative of each count is enough.
    found = {tuple(sorted(variant)): variant for variant in product(*choices)}
    return list(found.values())


votes = st.tuples(*[st.integers(0, 2)] * SHARDS)


@settings(max_examples=150, deadline=None)
@given(items=st.lists(votes, min_size=1, max_size=3), quorum=st.sampled_from(QUORUMS))
def test_no_set_of_certified_size_changes_the_worst_item(
    items: list[tuple[int, ...]], quorum: tuple[int, int]
) -> None:
    thresholds = thresholds_of(quorum)
    every = [weighed(item, thresholds) for item in items]
    certificate = certify_worst(every, thresholds)
    before = worst_outcome([item.outcome for item in every])
    assert certificate.held >= 0
    assert reachable(items, min(certificate.held, SHARDS), thresholds) == {before}
    if certificate.no_silent_publish >= 0:
        after = reachable(items, min(certificate.no_silent_publish, SHARDS), thresholds)
        assert Outcome.PUBLISH not in after


@settings(max_examples=60, deadline=None)
@given(item=votes, quorum=st.sampled_from(QUORUMS))
def test_of_one_item_the_certificate_is_the_ensembles_own(
    item: tuple[int, ...], quorum: tuple[int, int]
) -> None:
    thresholds = thresholds_of(quorum)
    one = weighed(item, thresholds)
    assert certify_worst([one], thresholds) == one.certificate


def test_the_weakest_publish_and_the_strongest_block_decide() -> None:
    thresholds = thresholds_of((3, 3))
    sure, barely = (BENIGN,) * 4, (BENIGN, BENIGN, BENIGN, UNSURE)
    strong, weak = (BLOCK,) * 4, (BLOCK, BLOCK, BLOCK, BENIGN)
    publishing = [weighed(item, thresholds) for item in (sure, barely)]
    assert deciding(publishing).count == counted(barely)
    assert certify_worst(publishing, thresholds).held == 0
    blocking = [weighed(item, thresholds) for item in (weak, sure, strong)]
    assert deciding(blocking).count == counted(strong)
    assert certify_worst(blocking, thresholds).held == 1


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_worst_outcome_does_not_depend_on_order(order: tuple[int, int]) -> None:
    pair = (Outcome.PUBLISH, Outcome.BLOCK)
    assert worst_outcome([pair[i] for i in order]) is Outcome.BLOCK
