"""Looking up a picture among a million known ones: beside comparing all of them with numpy.

Four banks: strangers; a thousand pictures in a thousand versions each; one picture in a million
versions, looked up by strangers; and the worst that we know of, that crowd looked up from just
outside its reach. Every answer is checked against the plain comparison.

The goal of 5 ms a query has two halves. This is the exact half, fingerprints of known pictures. The
approximate half, echoes of recent pictures by their features with its recall measured, comes with
the part that watches uploads; nothing looks for echoes yet, so nothing is measured.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ostraka.evidence.hamming import HammingIndex, Words, bits_of

ENTRIES = 1_000_000
QUERIES = 100
RADIUS_BITS = 31

random = np.random.default_rng(20240601)


def strangers(count: int) -> Words:
    return random.integers(0, 2**64, (count, 4), dtype=np.uint64)


def versions(picture: Words, count: int, share: float) -> Words:
    flips = np.packbits(random.random((count, 256)) < share, axis=1)
    return picture ^ np.ascontiguousarray(flips).view(np.uint64)


def compare_all(words: Words, query: Words) -> NDArray[np.intp]:
    counts = np.bitwise_count(words ^ query)
    distances = counts[:, 0].astype(np.uint16)  # by columns: twice as fast as .sum(axis=1)
    for column in range(1, 4):
        distances += counts[:, column]
    return np.flatnonzero(distances <= RADIUS_BITS)


def milliseconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return (time.perf_counter() - start) * 1e3


def measure(name: str, words: Words, queries: Words) -> None:
    start = time.perf_counter()
    index = HammingIndex(words)
    built_seconds = time.perf_counter() - start
    ours, plain = [], []
    for query in queries:
        bits = bits_of(query)
        found, _ = index.within(bits, radius_bits=RADIUS_BITS)
        if not np.array_equal(found, compare_all(words, query)):
            raise SystemExit("an answer differs from the plain comparison")
        ours.append(milliseconds(lambda b=bits: index.within(b, radius_bits=RADIUS_BITS)))  # type: ignore[misc]
        plain.append(milliseconds(lambda q=query: compare_all(words, q)))  # type: ignore[misc]
    middle, plain_middle = np.median(ours), np.median(plain)
    figures = (built_seconds, middle, np.percentile(ours, 95), max(ours), plain_middle)
    columns = " ".join(f"{value:>10.2f}" for value in figures)
    print(f"{name:<34} {columns} {plain_middle / middle:>8.1f}x", flush=True)


def main() -> None:
    header = ("build s", "median ms", "p95 ms", "worst ms", "numpy ms")
    print(f"{'bank of 1,000,000':<34} " + " ".join(f"{h:>10}" for h in header) + "   faster")
    bank = strangers(ENTRIES)
    near = versions(bank[:QUERIES], QUERIES, share=0.08)
    measure("strangers, near copies sought", bank, near)
    pictures = strangers(ENTRIES // 1000)
    bank = np.concatenate([versions(p, 1000, share=0.03) for p in pictures])
    measure("1,000 versions each, one sought", bank, versions(bank[:QUERIES], QUERIES, share=0.04))
    picture = strangers(1)
    crowd = np.concatenate(
        [versions(picture, 10_000, share=0.03) for _ in range(ENTRIES // 10_000)]
    )
    measure("one crowd, strangers sought", crowd, strangers(QUERIES))
    measure("one crowd, sought from its edge", crowd, versions(picture, QUERIES // 4, share=0.16))


if __name__ == "__main__":
    main()
