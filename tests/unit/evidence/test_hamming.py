import secrets

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ostraka.evidence import hamming
from ostraka.evidence.hamming import (
    MOST_RADIUS_BITS,
    HammingIndex,
    Words,
    bits_of,
    words_of,
)


def uniform(random: np.random.Generator, count: int) -> Words:
    return random.integers(0, 2**64, (count, 4), dtype=np.uint64)


def near(random: np.random.Generator, centre: Words, *, count: int, share: float) -> Words:
    flips = np.packbits(random.random((count, 256)) < share, axis=1, bitorder="little")
    return centre ^ np.ascontiguousarray(flips).view(np.uint64)


def mixed(random: np.random.Generator, count: int) -> Words:
    """Strangers, near-duplicates of one picture, exact copies, and entries of mostly zeros."""
    centre = uniform(random, 1)
    alike = near(random, centre, count=count, share=float(random.uniform(0, 0.15)))
    sparse = uniform(random, count) & uniform(random, count) & uniform(random, count)
    return np.concatenate([uniform(random, count), alike, np.repeat(centre, 3, axis=0), sparse])


def compared_one_by_one(words: Words, bits: int, radius_bits: int) -> list[tuple[int, int]]:
    distances = [(bits_of(word) ^ bits).bit_count() for word in words]
    return [(i, d) for i, d in enumerate(distances) if d <= radius_bits]


@settings(max_examples=80, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 60),
    st.integers(0, MOST_RADIUS_BITS),
    st.sampled_from([0, 8]),
)
def test_every_entry_within_the_radius_is_found_and_no_other(
    seed: int, count: int, radius_bits: int, scattered_cost: int
) -> None:
    random = np.random.default_rng(seed)
    words = mixed(random, count)
    sought = near(random, words[random.integers(len(words))][np.newaxis], count=1, share=0.1)[0]
    with pytest.MonkeyPatch.context() as patch:
        # At 0 the index is walked even where a plain scan would be cheaper.
        patch.setattr(hamming, "_SCATTERED_COST", scattered_cost)
        patch.setattr(hamming, "_LEAST_PENDING", 40)
        index = HammingIndex(words[:90])
        index.add(words[90:])
        numbers, distances = index.within(bits_of(sought), radius_bits=radius_bits)
    found = list(zip(numbers.tolist(), distances.tolist(), strict=True))
    assert found == compared_one_by_one(words, bits_of(sought), radius_bits)


def test_an_entry_at_exactly_the_radius_is_found_wherever_its_bits_differ() -> None:
    random = np.random.default_rng(3)
    words = uniform(random, 20_000)
    index = HammingIndex(words)
    for number in range(60):
        flips = sum(1 << int(b) for b in random.choice(256, 31, replace=False))
        numbers, distances = index.within(bits_of(words[number]) ^ flips, radius_bits=31)
        assert (numbers.tolist(), distances.tolist()) == ([number], [31])
        numbers, _ = index.within(bits_of(words[number]) ^ flips, radius_bits=30)
        assert numbers.size == 0


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 12))
def test_shares_cost_least_of_all_that_suffice(seed: int, total: int) -> None:
    costs = np.zeros((4, 4))
    costs[:, 1:] = np.random.default_rng(seed).integers(0, 50, (4, 3)).cumsum(axis=1)
    shares = hamming._cheapest_shares(costs, total=total)
    assert shares.sum() >= total
    every = np.indices((4, 4, 4, 4)).reshape(4, -1).T
    enough = every[every.sum(axis=1) >= total]
    least = costs[np.arange(4), enough].sum(axis=1).min()
    assert costs[np.arange(4), shares].sum() == least


def test_opposite_fingerprints_are_256_bits_apart() -> None:
    index = HammingIndex(words_of(2**256 - 1)[np.newaxis])
    assert index.within(0, radius_bits=MOST_RADIUS_BITS)[0].size == 0
    counted = hamming._distances(words_of(2**256 - 1)[np.newaxis], words_of(0))
    assert counted.tolist() == [256]


def test_stored_fingerprints_come_back_in_their_own_bit_order() -> None:
    words = uniform(np.random.default_rng(1), 100_000)
    index = HammingIndex(words)
    numbers = np.array([0, 70_000, 99_999])
    assert np.array_equal(index.words(numbers), words[numbers])
    assert len(index) == 100_000


def test_words_and_integers_are_the_same_fingerprint() -> None:
    for bits in (0, 1, 2**255, 2**256 - 1, 0x1234 << 100):
        assert bits_of(words_of(bits)) == bits


def test_blanked_entries_are_gone_and_keep_their_numbers() -> None:
    words = uniform(np.random.default_rng(1), 10)
    index = HammingIndex(words)
    index.blank(np.array([4]))
    assert index.within(bits_of(words[4]), radius_bits=31)[0].size == 0
    assert index.within(bits_of(words[5]), radius_bits=0)[0].tolist() == [5]
    assert not index.words(np.array([4])).any()


@pytest.mark.parametrize("radius_bits", [-1, MOST_RADIUS_BITS + 1])
def test_radii_beyond_what_chunks_can_promise_are_refused(radius_bits: int) -> None:
    with pytest.raises(ValueError, match="radius_bits"):
        HammingIndex().within(0, radius_bits=radius_bits)


def test_an_empty_index_finds_nothing() -> None:
    assert HammingIndex().within(0, radius_bits=31)[0].size == 0


def candidates(index: HammingIndex, bits: int) -> int:
    query = hamming._permuted(words_of(bits)[np.newaxis], index._draw)[0]
    numbers = index._candidates(query, 31)
    return len(index) if numbers is None else len(numbers)


def test_entries_crafted_to_crowd_natural_chunks_do_not_crowd_secret_ones() -> None:
    """Every entry has the same 16 lowest bits, the most that a hidden draw leaves together."""
    random = np.random.default_rng(8)
    words = uniform(random, 50_000)
    words[:, 0] &= np.uint64(0xFFFF_FFFF_FFFF_0000)
    index = HammingIndex(words)
    met = [candidates(index, secrets.randbits(256) << 16 & (2**256 - 1)) for _ in range(20)]
    assert max(met) < 5_000


def test_two_indexes_of_one_bank_draw_different_chunks() -> None:
    assert not np.array_equal(HammingIndex()._draw, HammingIndex()._draw)


def test_crowded_chunks_are_not_looked_at() -> None:
    """A crowd that agrees with the query on five chunks, and differs elsewhere, costs nothing."""
    random = np.random.default_rng(2)
    crowd = uniform(random, 1)
    index = HammingIndex(np.concatenate([uniform(random, 50_000), np.repeat(crowd, 50_000, 0)]))
    apart = index._draw.reshape(16, 16)[:11, :3].ravel().tolist()  # three bits of eleven chunks
    assert candidates(index, bits_of(crowd[0]) ^ sum(1 << bit for bit in apart)) < 10_000


def test_no_query_meets_more_than_every_entry_once() -> None:
    """Copies by the thousand, sought from just outside their reach: one plain scan, no more."""
    random = np.random.default_rng(4)
    crowd = uniform(random, 1)
    index = HammingIndex(np.tile(near(random, crowd, count=2_000, share=0.03), (10, 1)))
    for sought in near(random, crowd, count=20, share=0.16):
        assert candidates(index, bits_of(sought)) <= len(index)


def test_an_entry_spread_as_thinly_as_the_radius_allows_is_found() -> None:
    """Two bits in every chunk but one, and one bit there: 31, the case that shares must cover."""
    words = uniform(np.random.default_rng(6), 30_000)
    index = HammingIndex(words)
    chunks = index._draw.reshape(16, 16).tolist()
    for thin in range(16):
        apart = [bit for n, chunk in enumerate(chunks) for bit in chunk[: 1 if n == thin else 2]]
        bits = bits_of(words[thin]) ^ sum(1 << bit for bit in apart)
        assert candidates(index, bits) < 10_000
        assert index.within(bits, radius_bits=31)[0].tolist() == [thin]
