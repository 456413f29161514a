"""What fifty-one heads cost over one, beside the extractors that any screening needs.

One picture at a time, as when a person waits: scores, votes, outcome and certificate for three
policies on vectors of 512 entries. The bare loop runs two of the pixel extractors alone, without
decoding, text or jails, so the share of real screening time is smaller still.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np

from ostraka.ensemble import (
    Ensemble,
    EnsembleSettings,
    Heads,
    ShardSums,
    Thresholds,
    certify,
    outcome,
    tally,
)
from ostraka.evidence.efficientnet_lite2 import EfficientNetLite2
from ostraka.evidence.open_nsfw import OpenNsfw

DIMENSION = 512
POLICIES = ("violence", "incitement", "nudity")
SHARDS = 51
RUNS = 300

random = np.random.default_rng(5)


def taught() -> Ensemble:
    def rows(count: int) -> tuple[np.ndarray, np.ndarray]:
        labels = random.integers(-1, 2, (count, len(POLICIES)), dtype=np.int8)
        vectors = random.integers(-300, 301, (count, DIMENSION), dtype=np.int32)
        vectors[:, : len(POLICIES)] += np.int32(400) * labels
        return vectors, labels

    base = ShardSums.of(*rows(2_000), policies=POLICIES)
    ensemble = Ensemble(base, key=bytes(32), settings=EnsembleSettings(shard_count=SHARDS))
    for number in range(200):
        ensemble.learn(str(number), *rows(20))
    return ensemble


def weigh(heads: Heads, thresholds: Thresholds, vector: np.ndarray) -> None:
    scores = heads.scores(vector)[0]
    for place in range(len(POLICIES)):
        count = tally(scores[place], heads.adequate[place], thresholds)
        outcome(count, thresholds)
        certify(count, thresholds)


def milliseconds(action: Callable[[], object], runs: int) -> float:
    action()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e3


def votes_of(shard_count: int) -> Thresholds:
    most = shard_count // 2 + 1
    return Thresholds(
        block_margin=0.2,
        benign_margin=0.2,
        block_votes=most,
        benign_votes=most,
        shard_count=shard_count,
    )


def main() -> None:
    ensemble = taught()
    vector = random.integers(-300, 301, (1, DIMENSION), dtype=np.int32)
    many, one = ensemble.heads(), ensemble.one_head()
    many_ms = milliseconds(lambda: weigh(many, votes_of(SHARDS), vector), RUNS)
    one_ms = milliseconds(lambda: weigh(one, votes_of(1), vector), RUNS)
    extractors = (EfficientNetLite2(), OpenNsfw())
    for extractor in extractors:
        extractor.warm()
    picture = random.integers(0, 256, (512, 512, 3), dtype=np.uint8)
    bare_ms = milliseconds(lambda: [e.extract([picture]) for e in extractors], 20)
    share = (many_ms - one_ms) / bare_ms
    print(f"{'51 heads, one picture':<44}{many_ms:>10.3f} ms")
    print(f"{'one head, one picture':<44}{one_ms:>10.3f} ms")
    print(f"{'two extractors alone, one picture':<44}{bare_ms:>10.3f} ms")
    print(f"{'51 heads over one head, of extraction alone':<44}{share:>10.2%}")


if __name__ == "__main__":
    main()
