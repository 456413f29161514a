"""Exact search among millions of 256-bit fingerprints for those within a few bits of another."""

from __future__ import annotations

import secrets
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]
"""Fingerprints as (n, 4): the lowest 64 bits first."""

FINGERPRINT_BITS = 256
WORDS = 4

_CHUNKS = 16
_CHUNK_BITS = 16
_CHUNK_VALUES = 1 << _CHUNK_BITS
_MASKS = [sum(1 << b for b in c) for t in range(3) for c in combinations(range(_CHUNK_BITS), t)]
_BALL = np.array(_MASKS, dtype=np.uint16)
"""All chunk values of at most two bits, fewest bits first: what to flip to walk around a value."""
_BALL_SIZES = np.array([0, 1, 17, 137])
"""How many of :data:`_BALL` a chunk's share (0, 1, 2 or 3) asks for: up to share - 1 flips."""
MOST_RADIUS_BITS = _CHUNKS * (len(_BALL_SIZES) - 1) - 1

_PROBE_COST = 0.25
_SCATTERED_COST = 8
_LEAST_PENDING = 4096
_PENDING_SHARE = 16
_ROWS_AT_ONCE = 1 << 16


def words_of(bits: int) -> Words:
    """Return a fingerprint as (4,) words."""
    return np.frombuffer(bits.to_bytes(FINGERPRINT_BITS // 8, "little"), dtype="<u8")


def bits_of(words: Words) -> int:
    """Return (4,) words as the fingerprint's integer."""
    return int.from_bytes(words.astype("<u8").tobytes(), "little")


class HammingIndex:
    """Finds every stored fingerprint within a radius: exactly, and at worst by one plain scan.

    The 256 bits are cut into 16 chunks, and entries are sorted by each. Give chunk i a share s_i
    of at least 0, the sum of all being over the radius: an entry that differs by s_i bits or more
    in every chunk differs by more than the radius in all, so each match differs by fewer than s_i
    bits in some chunk i, and it suffices to look there. Shares are chosen for each query so as to
    meet the fewest entries: a chunk whose neighbourhood is crowded gets share 0 and is not looked
    at. Which bits form a chunk is drawn in secret for each index, so that nobody can craft entries
    or queries that crowd chosen chunks. Where every choice is crowded (a million copies of one
    picture, say) all entries are compared in one pass, which bounds every query.

    Source: Norouzi, Punjani and Fleet, "Fast exact search in Hamming space with multi-index
        hashing", 2014; differs in choosing the shares by query and in the secret chunks.
    """

    def __init__(self, words: Words | None = None) -> None:
        self._draw: NDArray[np.intp] = np.array(
            secrets.SystemRandom().sample(range(FINGERPRINT_BITS), FINGERPRINT_BITS)
        )
        self._words: Words = np.empty((0, WORDS), dtype=np.uint64)
        self._sort()
        if words is not None:
            self.add(words)

    def __len__(self) -> int:
        return len(self._words)

    def add(self, words: Words) -> None:
        """Append fingerprints (n, 4); their numbers continue where the last ones ended.

        New entries are compared one by one until they are enough to be worth sorting in.
        """
        self._words = np.concatenate([self._words, _permuted(words, self._draw)])
        pending = len(self._words) - self._sorted_count
        if pending > max(_LEAST_PENDING, self._sorted_count // _PENDING_SHARE):
            self._sort()

    def blank(self, numbers: NDArray[np.intp]) -> None:
        """Overwrite entries with zeros. They keep their numbers: ignore them in answers."""
        self._words[numbers] = 0

    def words(self, numbers: NDArray[np.intp]) -> Words:
        """Return the stored fingerprints of these numbers, (n, 4)."""
        return _permuted(self._words[numbers], np.argsort(self._draw))

    def within(self, bits: int, *, radius_bits: int) -> tuple[NDArray[np.intp], NDArray[np.uint16]]:
        """Return the numbers of all entries within ``radius_bits``, ascending, and their distances.

        Args:
            bits: the fingerprint to look for.
            radius_bits: 0 to :data:`MOST_RADIUS_BITS`.
        """
        if not 0 <= radius_bits <= MOST_RADIUS_BITS:
            raise ValueError(f"radius_bits is 0 to {MOST_RADIUS_BITS}")
        query = _permuted(words_of(bits)[np.newaxis], self._draw)[0]
        numbers = self._candidates(query, radius_bits)
        if numbers is None:
            distances = _distances(self._words, query)
            found = np.flatnonzero(distances <= radius_bits)
            return found, distances[found]
        distances = _distances(self._words[numbers], query)
        near = distances <= radius_bits
        found, first = np.unique(numbers[near], return_index=True)
        return found, distances[near][first]

    def _candidates(self, query: Words, radius_bits: int) -> NDArray[np.intp] | None:
        """Return numbers that include all matches, with repeats; None: compare every entry."""
        count = self._sorted_count
        keys = query.view(np.uint16)[:, np.newaxis] ^ _BALL
        chunks = np.arange(_CHUNKS)[:, np.newaxis]
        starts = self._starts[chunks, keys]
        sizes = self._starts[chunks, keys.astype(np.int32) + 1] - starts
        met = np.cumsum(sizes + _PROBE_COST, axis=1)[:, _BALL_SIZES[1:] - 1]
        costs = np.concatenate([np.zeros((_CHUNKS, 1)), met], axis=1)
        shares = _cheapest_shares(costs, total=radius_bits + 1)
        if costs[chunks[:, 0], shares].sum() * _SCATTERED_COST > count:
            return None
        probed = (np.arange(len(_BALL)) < _BALL_SIZES[shares][:, np.newaxis]) & (sizes > 0)
        lengths = sizes[probed]
        ends = np.cumsum(lengths)
        within_order = (starts + chunks * count)[probed] - (ends - lengths)
        positions = np.repeat(within_order, lengths) + np.arange(lengths.sum())
        pending = np.arange(count, len(self._words))
        return np.concatenate([self._order.ravel()[positions], pending])

    def _sort(self) -> None:
        columns = self._words.view(np.uint16).T
        self._sorted_count = len(self._words)
        self._order = np.empty(columns.shape, dtype=np.int32)
        self._starts = np.zeros((_CHUNKS, _CHUNK_VALUES + 1), dtype=np.int32)
        for order, starts, column in zip(self._order, self._starts, columns, strict=True):
            order[:] = np.argsort(column, kind="stable")
            np.cumsum(np.bincount(column, minlength=_CHUNK_VALUES), out=starts[1:])


def _cheapest_shares(costs: NDArray[np.float64], *, total: int) -> NDArray[np.intp]:
    """Return one share a chunk, summing to ``total`` or more, of least cost (dynamic programme)."""
    remaining = np.maximum(np.arange(total + 1) - np.arange(costs.shape[1])[:, np.newaxis], 0)
    best = np.full(total + 1, np.inf)
    best[0] = 0
    chosen = np.empty((len(costs), total + 1), dtype=np.intp)
    for chunk, cost in enumerate(costs):
        options = best[remaining] + cost[:, np.newaxis]
        chosen[chunk] = options.argmin(axis=0)
        best = options.min(axis=0)
    shares = np.empty(len(costs), dtype=np.intp)
    for chunk in reversed(range(len(costs))):
        shares[chunk] = chosen[chunk, total]
        total = max(total - int(shares[chunk]), 0)
    return shares


def _distances(words: Words, query: Words) -> NDArray[np.uint16]:
    counts = np.bitwise_count(words ^ query)
    total = np.asarray(counts[:, 0], dtype=np.uint16)
    for column in range(1, WORDS):
        total += counts[:, column]
    return total


def _permuted(words: Words, draw: NDArray[np.intp]) -> Words:
    permuted = np.empty((len(words), WORDS), dtype=np.uint64)
    for start in range(0, len(words), _ROWS_AT_ONCE):
        part = np.ascontiguousarray(words[start : start + _ROWS_AT_ONCE], dtype="<u8")
        bits = np.unpackbits(part.view(np.uint8), axis=1, bitorder="little")[:, draw]
        packed = np.ascontiguousarray(np.packbits(bits, axis=1, bitorder="little"))
        permuted[start : start + len(part)] = packed.view("<u8")
    return permuted
