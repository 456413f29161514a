"""What both jails cost a picture, as a share of screening it: everything in one run, in turns.

    .venv/bin/python benchmarks/bench_both_jails.py [--pictures N] [--rounds N] [--side PIXELS]

Each photograph is decoded bare (the function that the jailed child runs, here) and in the jail;
looked at bare (the extractors, here) and by a sealed worker; and screened, which is everything that
`ostraka scan` does but the table. A jail's cost is the difference between jailed and bare. The
pictures take turns, so that a busy machine slows all alike; processor time, which others on the
machine disturb less than the clock, counts this process and all below it. Screening may decode and
look more than once (crops of doubtful pictures): its own counts are used.
"""

from __future__ import annotations

import argparse
import io
import os
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

# as in the worker: one thread, or the bare extractors would be another thing
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import numpy as np
import skimage.data
from PIL import Image, ImageOps
from sklearn.datasets import load_sample_image

from ostraka.assembly.compose import chosen_stack, open_instance
from ostraka.assembly.finding.untrusted import UntrustedPicture
from ostraka.assembly.screening import Screening
from ostraka.assembly.settings import Settings
from ostraka.evidence.extract import extract_picture
from ostraka.evidence.model import PictureEvidence
from ostraka.intake import CheckedPicture
from ostraka.intake.jail import DecoderJail
from ostraka.intake.pixels import decode_pixels
from ostraka.limits import DEFAULT_LIMITS

_TARGET = 0.05
_STEPS = ("decode, bare", "decode, jailed", "look, bare", "look, jailed", "screen")


def photographs(count: int, *, side_pixels: int) -> list[bytes]:
    """Return photographs as JPEG files, one in seven with text, each cut otherwise."""
    base = [
        skimage.data.chelsea(),
        skimage.data.coffee(),
        skimage.data.rocket(),
        skimage.data.astronaut(),
        np.asarray(load_sample_image("china.jpg")),
        np.asarray(load_sample_image("flower.jpg")),
        np.repeat(skimage.data.page()[:, :, None], 3, axis=2),
    ]
    files = []
    for index in range(count):
        cut = index // len(base)
        picture = Image.fromarray(np.ascontiguousarray(base[index % len(base)][cut:, cut:]))
        written = io.BytesIO()
        ImageOps.contain(picture, (side_pixels, side_pixels)).save(written, "JPEG", quality=88)
        files.append(written.getvalue())
    return files


@dataclass
class Spent:
    """Milliseconds of each step, by the clock and of the processor, one entry a picture."""

    wall: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    processor: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def on(self, step: str, work: Callable[[], object]) -> None:
        """Do the work of a step and note what it took."""
        processor, wall = processor_milliseconds(), time.perf_counter()
        work()
        self.wall[step].append((time.perf_counter() - wall) * 1_000)
        self.processor[step].append(processor_milliseconds() - processor)


def processor_milliseconds() -> float:
    """Return what this process and all below it, ended ones included, have used."""
    own = time.process_time() * 1_000
    return own + sum(map(_used_milliseconds, _descendants(os.getpid())))


def _descendants(parent: int) -> list[int]:
    try:
        words = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii")
    except OSError:  # it has ended; its parent counts it
        return []
    children = [int(word) for word in words.split()]
    return children + [below for child in children for below in _descendants(child)]


def _used_milliseconds(process: int) -> float:
    try:
        stat = Path(f"/proc/{process}/stat").read_text(encoding="ascii")
    except OSError:
        return 0.0
    ticks = sum(map(int, stat.rpartition(")")[2].split()[11:15]))
    return ticks * 1_000 / os.sysconf("SC_CLK_TCK")


class CountedDecoder:
    """Decodes, and counts how often it was asked to."""

    def __init__(self, decoder: Any) -> None:  # noqa: ANN401 -- whatever decodes here
        self._decoder = decoder
        self.count = 0

    def decode(self, data: bytes) -> CheckedPicture:
        """Return what the decoder does."""
        self.count += 1
        checked: CheckedPicture = self._decoder.decode(data)
        return checked


class CountedExtractors:
    """Takes evidence, and counts how often it was asked to."""

    def __init__(self, extractors: Any) -> None:  # noqa: ANN401 -- whatever looks here
        self._extractors = extractors
        self.jobs: int = extractors.jobs
        self.stack_id: str = extractors.stack_id
        self.count = 0

    def extract(self, *arguments: Any, **options: Any) -> PictureEvidence:  # noqa: ANN401
        """Return what the extractors do."""
        self.count += 1
        evidence: PictureEvidence = self._extractors.extract(*arguments, **options)
        return evidence


def untrusted(data: bytes) -> UntrustedPicture:
    return UntrustedPicture("bench", partial(bytes, data))


def measure(
    screening: Screening, files: Sequence[bytes], *, settings: Settings, rounds: int
) -> Spent:
    """Return what every step took on every picture, in turns."""
    stack, jail, spent = chosen_stack(settings), DecoderJail(DEFAULT_LIMITS), Spent()
    stack.warm()
    checked = [screening.decoder.decode(data) for data in files]
    pairs = list(zip(files, checked, strict=True))
    for round_number in range(rounds + 1):
        if round_number == 1:
            spent = Spent()  # the first round warms everything
        for data, picture in pairs:
            sha256, frames = picture.canonical_sha256, picture.frames
            look = screening.extractors.extract
            steps: dict[str, Callable[[], object]] = {
                "decode, bare": partial(decode_pixels, data, limits=DEFAULT_LIMITS),
                "decode, jailed": partial(jail.decode, data),
                "look, bare": partial(extract_picture, stack, frames, canonical_sha256=sha256),
                "look, jailed": partial(look, frames, canonical_sha256=sha256),
                "screen": partial(screening.screen, untrusted(data)),
            }
            for name in _STEPS if round_number % 2 else reversed(_STEPS):
                spent.on(name, steps[name])
    jail.close()
    return spent


def print_costs(spent: Spent, *, decodes: float, looks: float) -> None:
    """Print milliseconds a picture of every step, and the jails' share of screening."""
    ways = (spent.wall, spent.processor)
    print(f"{'milliseconds a picture':<42}{'wall':>10}{'processor':>12}")
    for name in _STEPS:
        wall, processor = (statistics.fmean(way[name]) for way in ways)
        print(f"{name:<42}{wall:>10.1f}{processor:>12.1f}")
    print(f"  screening decodes {decodes:.2f} and looks {looks:.2f} times a picture")
    costs = []
    for name, times in (("decode", decodes), ("look", looks)):
        cost = [times * _difference(way, name) for way in ways]
        costs.append(cost)
        print(f"{f'cost of the jail around {name}':<42}{cost[0]:>10.1f}{cost[1]:>12.1f}")
    both = [sum(way) for way in zip(*costs, strict=True)]
    print(f"{'cost of both jails':<42}{both[0]:>10.1f}{both[1]:>12.1f}")
    shares = [cost / statistics.fmean(way["screen"]) for cost, way in zip(both, ways, strict=True)]
    print(
        f"{'  as a share of screening':<42}{shares[0]:>10.1%}{shares[1]:>12.1%}"
        f"  (target: at most {_TARGET:.0%})"
    )


def _difference(way: dict[str, list[float]], name: str) -> float:
    pairs = zip(way[f"{name}, jailed"], way[f"{name}, bare"], strict=True)
    return statistics.fmean(jailed - bare for jailed, bare in pairs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=28)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--side", type=int, default=1280)
    arguments = parser.parse_args()
    files = photographs(arguments.pictures, side_pixels=arguments.side)
    with tempfile.TemporaryDirectory(prefix="bench-jails-") as scratch:
        settings = Settings(home=Path(scratch), jobs=1)
        with open_instance(settings, fresh=True) as instance:
            decoder = CountedDecoder(instance.screening.decoder)
            extractors = CountedExtractors(instance.extractors)
            screening = replace(instance.screening, decoder=decoder, extractors=extractors)
            for data in files:  # how often screening itself decodes and looks
                screening.screen(untrusted(data))
            decodes, looks = (each.count / len(files) for each in (decoder, extractors))
            print(
                f"{len(files)} photographs, longest side {arguments.side} pixels,"
                f" {arguments.rounds} rounds in turns, one worker"
            )
            spent = measure(screening, files, settings=settings, rounds=arguments.rounds)
    print_costs(spent, decodes=decodes, looks=looks)


if __name__ == "__main__":
    main()
