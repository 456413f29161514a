"""What the decoder's jail costs a picture: the same decode bare and jailed, in turns, in one run.

Run as ``python benchmarks/bench_jail.py``. Bare is the function that the jailed child runs, in this
process; jailed is a fresh child a picture, bytes and pixels through shared memory. The median of
the paired differences is the cost; the minimum of each stands beside it: a busy machine only adds.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

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


def milliseconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1_000


def compare(picture: Picture, jail: DecoderJail, decoder: Decoder, *, rounds: int) -> None:
    bare, jailed, whole = [], [], []
    for _ in range(rounds):
        bare.append(milliseconds(lambda: decode_pixels(picture.data, limits=DEFAULT_LIMITS)))
        jailed.append(milliseconds(lambda: jail.decode(picture.data)))
        whole.append(milliseconds(lambda: decoder.decode(picture.data)))
    cost = statistics.median(after - before for before, after in zip(bare, jailed, strict=True))
    print(
        f"{picture.name:22} {len(picture.data) / 1e3:8.0f} {statistics.median(bare):9.1f}"
        f" {min(bare):7.1f} {statistics.median(jailed):9.1f} {min(jailed):7.1f} {cost:7.1f}"
        f" {min(jailed) / min(bare):6.2f} {statistics.median(whole):9.1f}"
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
    print(
        f"{'picture':22} {'kB':>8} {'bare ms':>9} {'(min)':>7} {'jailed ms':>9} {'(min)':>7}"
        f" {'cost ms':>7} {'ratio':>6} {'decode()':>9}"
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
