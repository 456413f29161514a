import itertools
from collections.abc import Iterator

import pytest

from ostraka.ensemble import Outcome, Thresholds, VoteCount, certify, outcome

BLOCK, BENIGN, UNSURE = range(3)


def all_thresholds(shard_count: int) -> Iterator[Thresholds]:
    votes = range(1, shard_count + 1)
    for block_votes, benign_votes in itertools.product(votes, votes):
        if block_votes + benign_votes > shard_count:
            yield Thresholds(
                block_margin=1,
                benign_margin=1,
                block_votes=block_votes,
                benign_votes=benign_votes,
                shard_count=shard_count,
            )


def counted(votes: tuple[int, ...]) -> VoteCount:
    return VoteCount(votes.count(BLOCK), votes.count(BENIGN), votes.count(UNSURE))


def changed(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    return sum(a != b for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("shard_count", [1, 2, 3, 4, 5])
def test_certificates_are_sound_and_tight_over_every_way_that_shards_can_vote(
    shard_count: int,
) -> None:
    """Both at once: the certificate is one less than the cheapest attack that exists."""
    ways = list(itertools.product((BLOCK, BENIGN, UNSURE), repeat=shard_count))
    for thresholds in all_thresholds(shard_count):
        outcomes = {way: outcome(counted(way), thresholds) for way in ways}
        publishing = [way for way in ways if outcomes[way] is Outcome.PUBLISH]
        for way in itertools.combinations_with_replacement((BLOCK, BENIGN, UNSURE), shard_count):
            certificate = certify(counted(way), thresholds)
            to_change = min(changed(way, w) for w in ways if outcomes[w] is not outcomes[way])
            to_publish = min(changed(way, w) for w in publishing)
            assert certificate.held == to_change - 1
            assert certificate.no_silent_publish == to_publish - 1


def test_a_review_between_its_ends_counts_a_vote_that_moves_both_ways_once() -> None:
    thresholds = Thresholds(
        block_margin=1, benign_margin=1, block_votes=30, benign_votes=36, shard_count=51
    )
    certificate = certify(VoteCount(block=20, benign=31, unsure=0), thresholds)
    assert (certificate.held, certificate.no_silent_publish) == (4, 4)


def test_a_published_picture_cannot_be_held_from_publishing() -> None:
    thresholds = Thresholds(
        block_margin=1, benign_margin=1, block_votes=2, benign_votes=2, shard_count=3
    )
    certificate = certify(VoteCount(block=0, benign=3, unsure=0), thresholds)
    assert (certificate.held, certificate.no_silent_publish) == (1, -1)
