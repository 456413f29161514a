"""What the decoder's jail costs a picture: the same decode bare and jailed, in turns, in one run.

Run as ``python benchmarks/bench_jail.py``. Bare is the function that the jailed child runs, here;
jailed is a fresh child a picture, bytes and pixels through shared memory; decode() is all of
intake, canonical file and fingerprint included. Processor time counts the zygote and its children;
it stands fast on a busy machine, where the clock does not.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from ostraka.intake import Decoder
from ostraka.intake.jail import DecoderJail
from ostraka.intake.pixels import decode_pixels
from ostraka.limits import DEFAULT_LIMITS


@dataclass(frozen=True)
class Picture:
    """A file to decode, and what to call it."""

    name: str
    data: bytes


def photograph(width: int, height: int) -> Image.Image:
    """Return smooth colour with fine grain: compresses about as a photograph does."""
    source = np.random.default_rng(0)
    coarse = source.integers(0, 256, (height // 64 + 1, width // 64 + 1, 3), dtype=np.uint8)
    smooth = np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))
    grain = source.integers(-6, 7, (height, width, 1))
    return Image.fromarray(np.clip(smooth + grain, 0, 255).astype(np.uint8))


def written(name: str, picture: Image.Image, **options: object) -> Picture:
    file = BytesIO()
    picture.save(file, name.split(maxsplit=1)[0], **options)
    return Picture(name, file.getvalue())


@dataclass(frozen=True)
class Spent:
    """Milliseconds by the clock, and of processor time here and in our child processes."""

    wall: float
    processor: float


def spent(work: Callable[[], object]) -> Spent:
    processor, wall = processor_milliseconds(), time.perf_counter()
    work()
    return Spent((time.perf_counter() - wall) * 1_000, processor_milliseconds() - processor)


def processor_milliseconds() -> float:
    """Return what this process, its children (the zygote) and their ended children have used."""
    own = time.process_time() * 1_000
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii").split()
    return own + sum(_child_milliseconds(int(child)) for child in children)


def _child_milliseconds(child: int) -> float:
    fields = Path(f"/proc/{child}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) * 1_000 / os.sysconf("SC_CLK_TCK")


def compare(picture: Picture, jail: DecoderJail, decoder: Decoder, *, rounds: int) -> None:
    bare, jailed, whole = [], [], []
    for _ in range(rounds):
        bare.append(spent(lambda: decode_pixels(picture.data, limits=DEFAULT_LIMITS)))
        jailed.append(spent(lambda: jail.decode(picture.data)))
        whole.append(spent(lambda: decoder.decode(picture.data)))
    without, within = (statistics.fmean(each.processor for each in runs) for runs in (bare, jailed))
    fastest = [min(each.wall for each in runs) for runs in (bare, jailed, whole)]
    median = [statistics.median(each.wall for each in runs) for runs in (bare, jailed, whole)]
    print(
        f"{picture.name:22} {len(picture.data) / 1e3:6.0f}"
        f" {without:7.1f} {within:7.1f} {within - without:7.1f} {within / without:6.2f}"
        + "".join(f" {low:6.1f} {middle:6.1f}" for low, middle in zip(fastest, median, strict=True))
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=25)
    rounds: int = parser.parse_args().rounds
    small, large = photograph(640, 480), photograph(4000, 3000)
    pictures = [
        written("JPEG 640x480", small, quality=88),
        written("PNG 640x480", small),
        written("WEBP 640x480", small),
        written("AVIF 640x480", small),
        written("JPEG 2048x1536", large.resize((2048, 1536)), quality=88),
        written("JPEG 4000x3000 (12 MP)", large, quality=88),
    ]
    print(f"{'':29}|  processor ms, mean{'':11}|  wall ms: lowest, median")
    print(
        f"{'picture':22} {'kB':>6} {'bare':>7} {'jailed':>7} {'cost':>7} {'ratio':>6}"
        f" {'bare':>13} {'jailed':>13} {'decode()':>13}"
    )
    with Decoder() as decoder:
        jail = DecoderJail(DEFAULT_LIMITS)
        for picture in pictures:
            jail.decode(picture.data)
            decoder.decode(picture.data)
            compare(picture, jail, decoder, rounds=rounds)
        jail.close()


if __name__ == "__main__":
    main()
