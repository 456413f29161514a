"""Whether looking at several pictures in one call is faster than one after another.

    .venv/bin/python benchmarks/bench_batch.py

One thread, as in a jailed worker, on random tensors of each network's input, in turns; the ratio is
the median over rounds of one-by-one over batched time (over 1: batching wins). Networks whose file
fixes a batch of one cannot be asked; they are named.
"""

from __future__ import annotations

import os
import statistics
import time

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import numpy as np
import onnxruntime

from ostraka.evidence.network import Network
from ostraka.evidence.stack import default_stack

BATCHES = (4, 8)
ROUNDS = 7


def networks() -> dict[str, Network]:
    """Return the networks of the default pixel extractors, loaded and warm."""
    found = {}
    for extractor in default_stack().pixel_extractors:
        extractor.warm()
        own = [value for value in vars(extractor).values() if isinstance(value, Network)]
        found[extractor.name] = own[0]
    return found


def ratio(network: Network, shape: tuple[int, ...], batch: int) -> float:
    random = np.random.default_rng(0)
    together = random.random((batch, *shape), dtype=np.float32)
    singles = [together[place : place + 1].copy() for place in range(batch)]
    ratios = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for single in singles:
            network.run(single)
        middle = time.perf_counter()
        network.run(together)
        ratios.append((middle - start) / (time.perf_counter() - middle))
    return statistics.median(ratios)


def main() -> None:
    for name, network in networks().items():
        shape = network._session.get_inputs()[0].shape  # noqa: SLF001 -- measured, not used
        if isinstance(shape[0], int):
            print(f"{name:22} its file fixes a batch of {shape[0]}")
            continue
        sizes = tuple(int(size) for size in shape[1:])
        figures = "  ".join(f"{n} at once {ratio(network, sizes, n):.2f}" for n in BATCHES)
        print(f"{name:22} {figures}  (onnxruntime {onnxruntime.__version__})")


if __name__ == "__main__":
    main()
