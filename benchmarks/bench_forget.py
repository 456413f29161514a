"""Forgetting one account: its cost beside retraining, as the total grows.

Synthetic rows (512 entries, 3 policies, 20 rows an account, 51 shards). "Forget" is from the call
to new heads in force. "Retrain" sums all surviving rows again and solves all heads; "retrain the
shard" does so for the one shard alone, as in SISA. The making of synthetic rows is not timed. The
last column says whether forgetting left the very sums that retraining the shard gives.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ostraka.ensemble import Ensemble, EnsembleSettings, ShardSums

DIMENSION = 512
POLICIES = ("violence", "incitement", "nudity")
ROWS_PER_ACCOUNT = 20
BASE_ROWS = 2_000
FORGOTTEN = 7
ACCOUNTS_AT_ONCE = 500
KEY = bytes(range(32))

Rows = tuple[NDArray[np.int32], NDArray[np.int8]]


def rows_of(number: int, count: int = ROWS_PER_ACCOUNT) -> Rows:
    random = np.random.default_rng(number)
    labels = random.integers(-1, 2, (count, len(POLICIES)), dtype=np.int8)
    vectors = random.integers(-300, 301, (count, DIMENSION), dtype=np.int32)
    vectors[:, : len(POLICIES)] += np.int32(400) * labels
    return vectors, labels


def batches(accounts: list[int]) -> Iterator[Rows]:
    for start in range(0, len(accounts), ACCOUNTS_AT_ONCE):
        parts = [rows_of(number) for number in accounts[start : start + ACCOUNTS_AT_ONCE]]
        yield np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])


def sums_of(accounts: list[int]) -> tuple[ShardSums, float]:
    sums, seconds = ShardSums(DIMENSION, POLICIES), 0.0
    for vectors, labels in batches(accounts):
        start = time.perf_counter()
        sums.add(vectors, labels)
        seconds += time.perf_counter() - start
    return sums, seconds


def measure(total_rows: int) -> list[str]:
    base = ShardSums.of(*rows_of(10**9, BASE_ROWS), policies=POLICIES)
    ensemble = Ensemble(base, key=KEY, settings=EnsembleSettings(minimum_rows=10))
    shards: list[list[int]] = [[] for _ in range(ensemble.settings.shard_count)]
    for number in range(total_rows // ROWS_PER_ACCOUNT):
        shards[ensemble.shard_of(str(number))].append(number)
    retrain = 0.0
    for shard, accounts in enumerate(shards):
        sums, seconds = sums_of(accounts)
        ensemble.merge_shard(shard, sums)
        retrain += seconds
    start = time.perf_counter()
    ensemble.heads()
    retrain += time.perf_counter() - start

    forgotten = list(range(FORGOTTEN))
    times = []
    for number in forgotten:
        vectors, labels = rows_of(number)
        start = time.perf_counter()
        ensemble.forget(str(number), vectors, labels)
        ensemble.heads()
        times.append(time.perf_counter() - start)
    shard = ensemble.shard_of("0")
    survivors, shard_seconds = sums_of([n for n in shards[shard] if n not in forgotten])
    same = survivors.sha256() == ensemble.shard_sums(shard).sha256()
    forget = statistics.median(times)
    figures = (forget * 1e3, max(times) * 1e3, shard_seconds * 1e3, retrain * 1e3)
    ratios = (f"{shard_seconds / forget:.0f}x", f"{retrain / forget:.0f}x", "yes" if same else "NO")
    return [f"{total_rows:,}", *(f"{value:,.1f}" for value in figures), *ratios]


def main() -> None:
    sizes = [int(size) for size in sys.argv[1:]] or [10**4, 10**5, 10**6]
    header = (
        "rows", "forget ms", "worst ms", "shard ms", "retrain ms",
        "shard/forget", "retrain/forget", "bit for bit",
    )  # fmt: skip
    print(" ".join(f"{name:>14}" for name in header))
    for size in sizes:
        print(" ".join(f"{value:>14}" for value in measure(size)), flush=True)


if __name__ == "__main__":
    main()
