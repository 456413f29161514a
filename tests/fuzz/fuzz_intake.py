"""Fuzz the decoder: ``python tests/fuzz/fuzz_intake.py -runs=100000``.

The input's first byte chooses one of the real seed files below, the rest says how it is spoilt, so
that most inputs reach deep into a decoder. The function under test is exactly what a jailed child
runs, here without its jail, so that an unexpected exception or a crash of native code stops the
fuzzer; one input in two thousand goes through the real jail as well and must end alike.
Anything but pixels within bounds or a typed refusal is a finding. Options are libFuzzer's; a folder
as last argument keeps the corpus that it grows.
"""

from __future__ import annotations

import sys
import time
import zlib
from collections import Counter
from itertools import count
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

with atheris.instrument_imports(include=["PIL", "ostraka.intake"]):
    from tests.integration.intake import hostile

    from ostraka.errors import OstrakaError, SenderError
    from ostraka.intake.jail import DecoderJail
    from ostraka.intake.model import DecodedPicture
    from ostraka.intake.pixels import decode_pixels
    from ostraka.intake.sniff import sniff
    from ostraka.limits import Limits

LIMITS = Limits(
    picture_pixels=40_000,
    picture_side_pixels=2_000,
    canonical_side_pixels=128,
    canonical_frame_side_pixels=64,
    animation_kept_frames=4,
    animation_frames=12,
    animation_total_pixels=100_000,
    decode_seconds=10,
)
JAILED_EVERY = 2_000
SEEDS = [
    *(hostile.file(hostile.scene(24, 18), name) for name in hostile.FORMATS),
    *(hostile.animation(name, 3, width=16, height=12) for name in hostile.ANIMATING),
    *(hostile.turned(name, 6) for name in ("JPEG", "PNG", "WEBP", "AVIF")),
    hostile.file(hostile.scene(24, 18).convert("CMYK"), "JPEG"),
    hostile.file(hostile.scene(40, 30), "JPEG", progressive=True),
    hostile.file(hostile.scene(24, 18).quantize(8), "PNG", transparency=3),
    hostile.file(hostile.scene(24, 18).convert("LA"), "PNG"),
    hostile.file(hostile.scene(24, 18), "PNG", icc_profile=hostile.srgb_profile()),
    hostile.file(hostile.scene(24, 18), "WEBP", lossless=True),
    hostile.file(hostile.scene(24, 18), "JPEG", icc_profile=hostile.swapped_profile()),
    hostile.webp_lying_about_canvas(60, 60),
    hostile.gif_of_tiny_frames(5),
    b"",
]


# An input only says how a seed is spoilt: a few hundred bytes say it, from the first run on.
DEFAULT_OPTIONS = ["-max_len=300", "-len_control=0"]


def spoilt(data: bytes) -> bytes:
    """Return a seed with up to eight edits: bytes changed, a run cut, repeated or put in."""
    choices = atheris.FuzzedDataProvider(data)
    picture = bytearray(SEEDS[choices.ConsumeIntInRange(0, len(SEEDS) - 1)])
    for _ in range(choices.ConsumeIntInRange(0, 8)):
        at = choices.ConsumeIntInRange(0, max(0, len(picture) - 1))
        kind = choices.ConsumeIntInRange(0, 4)
        if kind == 0:
            picture[at : at + 1] = choices.ConsumeBytes(1)
        elif kind == 1:
            picture[at : at + 4] = choices.ConsumeBytes(4)
        elif kind == 2:
            del picture[at : at + choices.ConsumeIntInRange(1, 64)]
        elif kind == 3:
            picture[at:at] = picture[at : at + choices.ConsumeIntInRange(1, 64)]
        else:
            picture[at:at] = choices.ConsumeBytes(choices.ConsumeIntInRange(1, 64))
    picture += choices.ConsumeBytes(choices.ConsumeIntInRange(0, 16))
    return with_true_checksums(bytes(picture)) if choices.ConsumeBool() else bytes(picture)


def with_true_checksums(picture: bytes) -> bytes:
    """Return a PNG whose checksums are true again, else all spoilt ones end at the first."""
    if not picture.startswith(hostile.PNG_WORD):
        return picture
    mended = bytearray(picture)
    at = len(hostile.PNG_WORD)
    while at + 8 <= len(mended):
        length = int.from_bytes(mended[at : at + 4], "big")
        end = at + 8 + length
        if end + 4 > len(mended):
            break
        mended[end : end + 4] = zlib.crc32(mended[at + 4 : end]).to_bytes(4, "big")
        at = end + 4
    return bytes(mended)


def decoded_or_refused(picture: bytes) -> DecodedPicture | SenderError:
    try:
        return decode_pixels(picture, limits=LIMITS)
    except SenderError as error:
        return error


def jailed_or_refused(jail: DecoderJail, picture: bytes) -> DecodedPicture | OstrakaError:
    try:
        return jail.decode(picture)
    except OstrakaError as error:
        return error


class Target:
    """What the fuzzer calls, and what it has seen."""

    def __init__(self) -> None:
        self._jail = DecoderJail(LIMITS)
        self._runs = count(1)
        self._begun = time.monotonic()
        self._decoded: Counter[str] = Counter()
        self._jailed = 0

    def __call__(self, data: bytes) -> None:
        run = next(self._runs)
        picture = spoilt(data)
        outcome = decoded_or_refused(picture)
        if isinstance(outcome, DecodedPicture):
            self._decoded[sniff(picture).value] += 1
            side = 128 if len(outcome.frames) == 1 else 64
            assert 1 <= len(outcome.frames) <= 4
            assert all(max(frame.shape[:2]) <= side for frame in outcome.frames)
        if run % JAILED_EVERY == 0 and picture:
            self._jailed += 1
            jailed = jailed_or_refused(self._jail, picture)
            assert type(jailed) is type(outcome), (jailed, outcome)
        if run % 10_000 == 0:
            self._tell(run)

    def _tell(self, run: int) -> None:
        seconds = time.monotonic() - self._begun
        decoded = ", ".join(f"{number} {name}" for name, number in sorted(self._decoded.items()))
        sys.stderr.write(
            f"intake: {run} inputs in {seconds:.0f} s; decoded {decoded}; the others refused by "
            f"type; {self._jailed} through the jail too\n"
        )


def main() -> None:
    atheris.Setup([sys.argv[0], *DEFAULT_OPTIONS, *sys.argv[1:]], Target())
    atheris.Fuzz()


if __name__ == "__main__":
    main()
