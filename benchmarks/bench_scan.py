"""Throughput of screening a folder against the bare loop decode + extractors + OCR.

    .venv/bin/python benchmarks/bench_scan.py [FOLDER] [--jobs N] [--pictures N] [--side PIXELS]

The bare loop is as many plain processes, each of which opens a file with Pillow, bounds it to the
size that is screened, and hands it to the same extractors: no jails, no canonical file, no
fingerprint, no votes, no checks, no thumbnail, no remembering. Screening is everything that
`ostraka scan` does, evidence written to disk included. Short rounds alternate, so that a busy
machine slows both alike; the ratio is the median over pairs of rounds. Beside it stands the ratio
of processor time. Without a folder: the photographs of scikit-image and scikit-learn, with a
longest side of --side pixels (1280: pictures as sites pass them on; 4000: as cameras do).
"""

from __future__ import annotations

import argparse
import io
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

# as in the pool's workers: one thread each, or the bare loop would be another thing
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import numpy as np
import skimage.data
from PIL import Image, ImageOps
from sklearn.datasets import load_sample_image

from ostraka.assembly.compose import Instance, open_instance
from ostraka.assembly.finding.find_pictures import Search
from ostraka.assembly.settings import Settings
from ostraka.evidence.extract import extract_picture
from ostraka.evidence.stack import Stack, default_stack
from ostraka.intake import Decoder
from ostraka.limits import DEFAULT_LIMITS
from ostraka.moderation.screen import judge_evidence

_Asked = TypeVar("_Asked")

_PICTURES_A_ROUND = 60
_SHA256 = "0" * 64
_PARTS_MEASURED = 24
_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp"})


def write_photographs(folder: Path, count: int, *, side_pixels: int = 1280) -> list[Path]:
    """Write photographs as JPEG files, each cut so that none is seen twice."""
    base = [
        skimage.data.chelsea(),
        skimage.data.coffee(),
        skimage.data.rocket(),
        skimage.data.astronaut(),
        np.asarray(load_sample_image("china.jpg")),
        np.asarray(load_sample_image("flower.jpg")),
        np.repeat(skimage.data.page()[:, :, None], 3, axis=2),
    ]
    paths = []
    for index in range(count):
        cut = index // len(base)
        picture = Image.fromarray(np.ascontiguousarray(base[index % len(base)][cut:, cut:]))
        picture = ImageOps.contain(picture, (side_pixels, side_pixels), Image.Resampling.BICUBIC)
        path = folder / f"{index:05}.jpg"
        picture.save(path, quality=88)
        paths.append(path)
    return paths


def bare_look(stack: Stack, path: Path) -> None:
    """Decode a file as a script would, and extract."""
    side = int(DEFAULT_LIMITS.canonical_side_pixels)
    with Image.open(io.BytesIO(path.read_bytes())) as opened:
        picture = ImageOps.exif_transpose(opened).convert("RGB")
    picture.thumbnail((side, side))
    extract_picture(stack, [np.asarray(picture)], canonical_sha256=_SHA256)


class BareLoop:
    """As many plain processes, each with every model loaded."""

    def __init__(self, jobs: int, rounds: Sequence[Sequence[Path]]) -> None:
        stack = default_stack()
        stack.warm()
        context = multiprocessing.get_context("fork")
        self._start, self._done = context.Barrier(jobs + 1), context.Barrier(jobs + 1)
        self._next = context.Value("i", 0)
        self._processes = [
            context.Process(target=self._run, args=(stack, rounds), daemon=True)
            for _ in range(jobs)
        ]
        for process in self._processes:
            process.start()

    def _run(self, stack: Stack, rounds: Sequence[Sequence[Path]]) -> None:
        bare_look(stack, rounds[0][0])
        for work in rounds:
            self._start.wait()
            while (place := self._claim()) < len(work):
                bare_look(stack, work[place])
            self._done.wait()
        time.sleep(600)  # until it is ended: its processor time is still to be read

    def _claim(self) -> int:
        with self._next.get_lock():
            self._next.value += 1
            return int(self._next.value) - 1

    def seconds(self) -> float:
        """Return how long one round took."""
        self._next.value = 0
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


def screening_seconds(instance: Instance, work: Sequence[Path]) -> tuple[float, int]:
    """Return how long screening one round took, and how many pictures were held."""
    started = time.perf_counter()
    found = list(instance.screening.screen_all(Search().pictures(work)))
    return time.perf_counter() - started, sum(one.verdict is None for one in found)


def processor_seconds(pids: Sequence[int]) -> float:
    """Return the processor time of these processes and of their children that have ended."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        ticks += sum(int(field) for field in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def own_processes(instance: Instance, bare: BareLoop) -> dict[str, list[int]]:
    """Return the processes that screen, by what they do."""
    parents: dict[int, int] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(status.parent.name)] = int(status.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    extractors = list(instance.extractors.worker_pids())
    ours = {child for child, parent in parents.items() if parent == os.getpid()}
    decoder = sorted(ours - {*extractors, *bare.pids})
    return {"pipeline": [os.getpid()], "decoder": decoder, "extractors": extractors}


def compare(instance: Instance, bare: BareLoop, rounds: Sequence[Sequence[Path]]) -> None:
    """Print both sides' throughput and processor time."""
    sides = {"bare loop": bare.pids, **own_processes(instance, bare)}
    before = {name: processor_seconds(pids) for name, pids in sides.items()}
    pairs, held = [], 0
    for number, work in enumerate(rounds, start=1):
        loop = bare.seconds()
        screened, refused = screening_seconds(instance, work)
        pairs.append((loop, screened))
        held += refused
        print(f"  round {number}: {loop:5.2f} s bare, {screened:5.2f} s screened", flush=True)
    used = {name: processor_seconds(pids) - before[name] for name, pids in sides.items()}
    count = sum(map(len, rounds))
    for name, times in zip(("bare loop", "ostraka scan"), zip(*pairs, strict=True), strict=True):
        print(f"  {name:14} {count / sum(times):6.2f} pictures/s")
    ratio = statistics.median(loop / screened for loop, screened in pairs)
    print(f"  throughput     {ratio:6.3f} of the bare loop (target: at least 0.9)")
    ours = sum(used.values()) - used["bare loop"]
    print(f"  processor time {used['bare loop'] / ours:6.3f} of the bare loop; a picture:")
    for name, seconds in used.items():
        print(f"    {name:12} {1000 * seconds / count:6.1f} ms")
    print(f"  {held} of {count} pictures were held")


def median_milliseconds(work: Sequence[_Asked], ask: Callable[[_Asked], object]) -> float:
    """Return the median time of asking for one."""
    times = []
    for one in work:
        started = time.perf_counter()
        ask(one)
        times.append(time.perf_counter() - started)
    return 1000 * statistics.median(times)


def print_parts(instance: Instance, paths: Sequence[Path]) -> None:
    """Print what the parts besides the extractors cost a picture, one after another."""
    files = [path.read_bytes() for path in paths]
    decoder, extractors = instance.screening.decoder, instance.extractors
    assert isinstance(decoder, Decoder)
    intake = median_milliseconds(files, decoder.decode)

    def bare(data: bytes) -> object:
        with Image.open(io.BytesIO(data)) as opened:
            return np.asarray(opened.convert("RGB"))

    pictures = [decoder.decode(data) for data in files]
    found = [extractors.extract(p.frames, canonical_sha256=p.canonical_sha256) for p in pictures]
    rows = {
        "intake: jail, canonical file, fingerprint": intake,
        "  of which Pillow's decoding": median_milliseconds(files, bare),
        "extractors in their jail": median_milliseconds(
            pictures,
            lambda p: extractors.extract(p.frames, canonical_sha256=p.canonical_sha256),
        ),
        "votes, certificates and checks": median_milliseconds(
            found,
            lambda e: judge_evidence(instance.screening.judge, e),
        ),
    }
    for name, milliseconds in rows.items():
        print(f"  {name:44} {milliseconds:7.1f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--pictures", type=int, default=240)
    parser.add_argument("--side", type=int, default=1280)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-scan-") as scratch:
        home = Path(scratch)
        if arguments.folder is None:
            paths = write_photographs(home, arguments.pictures, side_pixels=arguments.side)
        else:
            found = sorted(p for p in arguments.folder.rglob("*") if p.suffix in _SUFFIXES)
            paths = found[:: max(1, len(found) // arguments.pictures)][: arguments.pictures]
        rounds = [
            paths[at : at + _PICTURES_A_ROUND] for at in range(0, len(paths), _PICTURES_A_ROUND)
        ]
        settings = Settings(home=home / "home", jobs=arguments.jobs)
        bare = BareLoop(arguments.jobs, rounds)
        try:
            with open_instance(settings) as instance:
                screening_seconds(instance, paths[: 2 * arguments.jobs])
                print(f"{len(paths)} pictures, {arguments.jobs} processes a side, in turns:")
                compare(instance, bare, rounds)
                print(f"one after another, {_PARTS_MEASURED} pictures, medians:")
                print_parts(instance, paths[:_PARTS_MEASURED])
        finally:
            bare.close()


if __name__ == "__main__":
    main()
