import doctest
import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import ostraka.ensemble
from ostraka.ensemble import (
    Ensemble,
    EnsembleSettingError,
    EnsembleSettings,
    ExactnessError,
    Heads,
    NeverAddedError,
    Outcome,
    ShapeError,
    ShardSums,
    Thresholds,
    certify,
    outcome,
    tally,
)
from ostraka.ensemble import ensemble as module

KEY = bytes(range(32))
POLICIES = ("violence", "nudity")
SETTINGS = EnsembleSettings(shard_count=7, base_weight=3, minimum_rows=4)
Rows = tuple[NDArray[Any], NDArray[Any]]


def rows(seed: int, *, count: int = 4) -> Rows:
    random = np.random.default_rng(seed)
    labels = random.integers(-1, 2, (count, 2))
    vectors = np.rint(random.normal(0, 800, (count, 5)) + 900 * labels[:, :1])
    return vectors.astype(np.int32), labels.astype(np.int8)


BASE = ShardSums.of(*rows(99, count=40), policies=POLICIES)


def ensemble(base: ShardSums = BASE, config: EnsembleSettings = SETTINGS) -> Ensemble:
    return Ensemble(base, key=KEY, settings=config)


def state(heads: Heads) -> list[bytes]:
    return [values.tobytes() for values in heads.arrays().values()]


acts = st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 3)), max_size=14)


@settings(max_examples=60, deadline=None)
@given(acts, st.randoms(use_true_random=False))
def test_any_interleaving_of_learning_and_forgetting_equals_retraining(
    sequence: list[tuple[str, int]], random: Any
) -> None:
    live = ensemble()
    kept: list[tuple[str, int]] = []
    for account, seed in sequence:
        if (account, seed) in kept:
            kept.remove((account, seed))
            live.forget(account, *rows(seed))
            live.heads()  # so that a stale cache would be caught
        else:
            kept.append((account, seed))
            live.learn(account, *rows(seed))
    retrained = ensemble()
    random.shuffle(kept)
    for account, seed in kept:
        retrained.learn(account, *rows(seed))
    assert live.sha256() == retrained.sha256()
    assert state(live.heads()) == state(retrained.heads())
    assert state(live.one_head()) == state(retrained.one_head())


@settings(max_examples=40, deadline=None)
@given(st.text(min_size=1, max_size=8).filter(str.isprintable), st.integers(0, 50))
def test_no_act_of_an_account_reaches_another_shard(account: str, seed: int) -> None:
    live = ensemble()
    for other in "abcdefghijklmnop":
        live.learn(other, *rows(ord(other)))
    before = [live.shard_sums(shard).sha256() for shard in range(7)]
    heads = live.heads()
    live.learn(account, *rows(seed))
    own = live.shard_of(account)
    for shard in set(range(7)) - {own}:
        assert live.shard_sums(shard).sha256() == before[shard]
        assert live.heads().weights[:, shard].tobytes() == heads.weights[:, shard].tobytes()
        assert live.heads().adequate[:, shard].tolist() == heads.adequate[:, shard].tolist()
    assert live.shard_sums(own).sha256() != before[own]
    assert live.base_sums() == BASE


def test_only_touched_shards_are_solved_again(monkeypatch: pytest.MonkeyPatch) -> None:
    live = ensemble()
    for account in "abcdefghijklmnop":
        live.learn(account, *rows(ord(account)))
    live.heads()
    solved = []

    def counting(*args: Any, **options: Any) -> Heads:
        solved.append(args)
        return ostraka.ensemble.solve_heads(*args, **options)

    monkeypatch.setattr(module, "solve_heads", counting)
    live.learn("a", *rows(7))
    live.forget("a", *rows(ord("a")))
    live.heads()
    live.heads()
    assert len(solved) == 1
    empty = ensemble()
    empty.learn("a", *rows(7))
    empty.forget("a", *rows(7))
    empty.heads()
    assert len(solved) == 2  # the base's own, once; a shard that is empty again needs none


def test_a_shard_without_members_votes_as_the_base_alone() -> None:
    live = ensemble()
    live.learn("a", *rows(1))
    heads, base = live.heads(), live.base_heads()
    for shard in range(7):
        same = heads.weights[:, shard].tobytes() == base.weights[:, 0].tobytes()
        assert same is (shard != live.shard_of("a"))


def test_the_base_counts_in_every_shard_with_its_weight_and_once_in_one_head() -> None:
    live = ensemble()
    live.learn("a", *rows(1))
    shard = BASE.scaled(3) + ShardSums.of(*rows(1), policies=POLICIES)
    expected = ostraka.ensemble.solve_heads(shard, shrinkage=0.1, minimum_rows=4)
    own = live.shard_of("a")
    assert live.heads().weights[:, own].tobytes() == expected.weights[:, 0].tobytes()
    assert live.one_head().weights.tobytes() == expected.weights.tobytes()


def test_partial_sums_of_many_machines_add_up_to_one_ensemble() -> None:
    whole, halves = ensemble(), [ensemble(), ensemble()]
    for number in range(20):
        whole.learn(f"account {number}", *rows(number))
        halves[number % 2].learn(f"account {number}", *rows(number))
    for shard in range(7):
        halves[0].merge_shard(shard, halves[1].shard_sums(shard))
    assert halves[0].sha256() == whole.sha256()


def test_the_hash_covers_the_base_and_its_weight() -> None:
    others = [
        ensemble(),
        ensemble(config=replace(SETTINGS, base_weight=4)),
        ensemble(base=BASE.scaled(2)),
    ]
    assert len({other.sha256() for other in others}) == 3


def test_forgetting_what_was_never_learned_is_refused_and_changes_nothing() -> None:
    live = ensemble()
    live.learn("a", *rows(1))
    before = live.sha256()
    with pytest.raises(NeverAddedError):
        live.forget("a", *rows(2))
    assert live.sha256() == before


def test_sums_cannot_tell_whose_rows_are_forgotten_only_the_manifest_can() -> None:
    """What the docstring of ``forget`` warns of; if this ever fails, the warning can go."""
    learned = ensemble()
    neighbour = next(
        name
        for name in map(str, range(99))
        if learned.shard_of(name) == learned.shard_of("mallory")
    )
    learned.learn(neighbour, *rows(1))
    learned.forget("mallory", *rows(1))
    assert learned.sha256() == ensemble().sha256()


def test_rows_that_base_and_shard_cannot_hold_together_are_refused_before_they_teach() -> None:
    base = ShardSums.of(np.array([[2**16]]), np.array([[1]]), policies=("a",)).scaled(1_000_000)
    live = ensemble(base, replace(SETTINGS, base_weight=2))
    before = live.sha256()
    many = np.full((100_000, 1), 2**16)
    with pytest.raises(ExactnessError):
        live.learn("a", many, np.ones_like(many))
    assert live.sha256() == before


def test_there_are_no_shards_beyond_the_count() -> None:
    for shard in (-1, 7):
        with pytest.raises(ShapeError):
            ensemble().merge_shard(shard, ShardSums(5, POLICIES))


@pytest.mark.parametrize("shard_count", [0, 1_002])
def test_shard_counts_outside_the_limits_are_refused(shard_count: int) -> None:
    with pytest.raises(EnsembleSettingError):
        EnsembleSettings(shard_count=shard_count)


def test_a_short_key_is_refused() -> None:
    with pytest.raises(EnsembleSettingError):
        Ensemble(BASE, key=b"short")


def test_defaults_are_fifty_one_shards() -> None:
    live = Ensemble(BASE, key=KEY)
    assert live.heads().weights.shape == (2, 51, 5)


def test_adequacy_counts_rows_of_the_base_once_whatever_its_weight() -> None:
    vectors, labels = np.array([[9, 1], [-9, 1]]), np.array([[1], [0]])
    base = ShardSums.of(vectors, labels, policies=("a",))
    live = Ensemble(
        base,
        key=KEY,
        settings=EnsembleSettings(shard_count=3, base_weight=100, minimum_rows=2),
    )
    assert live.adequate_counts() == {"a": 0}
    live.learn("someone", vectors, labels)
    assert live.adequate_counts() == {"a": 1}


def test_an_attacker_who_makes_an_unsure_head_adequate_moves_one_vote_and_no_more() -> None:
    """Three young shards; hostile rows give one of them a voice, and nothing else changes."""
    thresholds = Thresholds(
        block_margin=0.5, benign_margin=0.5, block_votes=2, benign_votes=2, shard_count=3
    )
    empty = ShardSums(2, ("a",))
    live = Ensemble(empty, key=KEY, settings=EnsembleSettings(shard_count=3, minimum_rows=2))
    names = {live.shard_of(f"account {n}"): f"account {n}" for n in range(30)}
    honest = (np.array([[90, 1], [80, 2], [-90, 1], [-80, 0]]), np.array([[1], [1], [0], [0]]))
    live.learn(names[0], *honest)
    bad_picture = np.array([[85, 1]])

    def verdict() -> tuple[Outcome, int]:
        heads = live.heads()
        count = tally(heads.scores(bad_picture)[0, 0], heads.adequate[0], thresholds)
        return outcome(count, thresholds), certify(count, thresholds).no_silent_publish

    assert verdict() == (Outcome.REVIEW, 1)
    live.learn(names[1], honest[0], 1 - honest[1])
    assert live.adequate_counts() == {"a": 2}
    assert verdict() == (Outcome.REVIEW, 0)
    live.learn(names[2], honest[0], 1 - honest[1])
    assert verdict()[0] is Outcome.PUBLISH  # as certified: two accounts can, one cannot


@pytest.mark.parametrize("colluding", [1, 2])
def test_as_many_accounts_as_certified_cannot_change_a_verdict(colluding: int) -> None:
    """The certificate end to end: hostile rows of any sign in any shards, against real heads."""
    thresholds = Thresholds(
        block_margin=0.3, benign_margin=0.3, block_votes=4, benign_votes=4, shard_count=7
    )
    live = ensemble()
    names = {live.shard_of(f"account {n}"): f"account {n}" for n in range(200)}
    pictures = rows(5, count=12)[0]

    def verdicts() -> list[tuple[Outcome, int]]:
        heads = live.heads()
        counts = [tally(s, heads.adequate[0], thresholds) for s in heads.scores(pictures)[:, 0]]
        return [(outcome(c, thresholds), certify(c, thresholds).held) for c in counts]

    before = verdicts()
    assert any(held >= colluding for _, held in before)
    for shards in itertools.combinations(range(7), colluding):
        for sign in (1, -1):
            hostile = (np.tile(sign * pictures, (20, 1)), np.ones((240, 2), dtype=np.int8))
            for shard in shards:
                live.learn(names[shard], *hostile)
            for (was, held), (now, _) in zip(before, verdicts(), strict=True):
                assert held < colluding or was is now
            for shard in shards:
                live.forget(names[shard], *hostile)
    assert verdicts() == before


def test_the_example_in_the_rooms_docstring_is_true() -> None:
    assert doctest.testmod(ostraka.ensemble).failed == 0
