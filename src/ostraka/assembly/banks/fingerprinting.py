"""Pictures to fingerprints, through the decoder's jail, several at a time in bounded memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from ostraka.assembly.finding.untrusted import UntrustedPicture
from ostraka.assembly.screening import Decodes, Refusal
from ostraka.errors import OstrakaError
from ostraka.evidence.known_picture import LEAST_QUALITY
from ostraka.intake.fingerprint import Fingerprint

_ON_THEIR_WAY_FOR_EACH_THREAD = 2

TOO_FLAT = Refusal(
    "fingerprint_unusable", "too little in it to tell it from others: its fingerprint would match"
    " unrelated pictures"
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Fingerprinted:
    """One file's fingerprints, one for each frame that has enough in it, or why there are none."""

    name: str
    fingerprints: tuple[Fingerprint, ...] = ()
    refusal: Refusal | None = None


def fingerprint_all(
    decoder: Decodes, pictures: Iterable[UntrustedPicture], *, threads: int
) -> Iterator[Fingerprinted]:
    """Yield the fingerprints of every picture, in their order; a broken one stops nothing."""
    waiting: deque[Future[Fingerprinted]] = deque()
    with ThreadPoolExecutor(threads, "fingerprint") as pool:
        for picture in pictures:
            waiting.append(pool.submit(fingerprint_one, decoder, picture))
            if len(waiting) >= threads * _ON_THEIR_WAY_FOR_EACH_THREAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def fingerprint_one(decoder: Decodes, picture: UntrustedPicture) -> Fingerprinted:
    """Return one picture's fingerprints, or why there are none."""
    try:
        found = decoder.decode(picture.read()).fingerprints
    except OstrakaError as error:
        return Fingerprinted(name=picture.name, refusal=Refusal(error.code, str(error)))
    usable = tuple(dict.fromkeys(each for each in found if each.quality >= LEAST_QUALITY))
    if not usable:
        return Fingerprinted(name=picture.name, refusal=TOO_FLAT)
    return Fingerprinted(name=picture.name, fingerprints=usable)
