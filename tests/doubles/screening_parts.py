"""A decoder and extractors that need no jail: a picture's bytes say what it shows.

``b"benign 1"`` is a benign picture, ``b"violating 2"`` a violating one, ``b"between 3"`` neither;
``b"broken"`` cannot be decoded, ``b"fault"`` breaks the decoder itself. Numbers tell them apart.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tests.doubles.judges import (
    BENIGN,
    BETWEEN,
    STACK_ID,
    VIOLATING,
    evidence,
    frame,
    small_judge,
)

from ostraka.assembly.finding.untrusted import UntrustedPicture
from ostraka.assembly.remembering.evidence_cache import EvidenceCache
from ostraka.assembly.screening import Screening
from ostraka.assembly.turns import Turns
from ostraka.evidence.model import PictureEvidence
from ostraka.intake import BrokenPictureError, CheckedPicture, PictureFormat
from ostraka.intake.fingerprint import Fingerprint

SECRET = b"s" * 32
BARELY = 2.12
"""An angle that is benign by a hair."""
_ANGLES = {"benign": BENIGN, "violating": VIOLATING, "between": BETWEEN, "barely": BARELY}
_GREYS = {kind: 40 * (1 + place) for place, kind in enumerate(_ANGLES)}


@dataclass
class PlainDecoder:
    """Stands in for ``intake.Decoder``."""

    decoded: list[bytes] = field(default_factory=list)

    def decode(self, data: bytes) -> CheckedPicture:
        self.decoded.append(data)
        kind = data.decode().partition(" ")[0]
        if kind == "broken":
            raise BrokenPictureError("the file is broken")
        if kind == "fault":
            raise RuntimeError("a fault of ours")
        pixels = np.full((40, 50, 3), _GREYS[kind], dtype=np.uint8)
        return CheckedPicture(
            original_sha256=hashlib.sha256(data).hexdigest(),
            format=PictureFormat.PNG,
            declared_width=50,
            declared_height=40,
            declared_frames=1,
            canonical=data,
            canonical_sha256=hashlib.sha256(b"canonical" + data).hexdigest(),
            width=50,
            height=40,
            frames=(pixels,),
            fingerprints=(Fingerprint(int.from_bytes(data[:8], "big"), 90),),
        )


@dataclass
class PlainExtractors:
    """Stands in for ``evidence.pool.ExtractorPool``."""

    jobs: int = 2
    stack_id: str = STACK_ID
    asked: int = 0
    asked_for_text: int = 0
    busy: int = 0
    busiest: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def extract(
        self,
        frames: Sequence[NDArray[np.uint8]],
        *,
        canonical_sha256: str,
        caption: str = "",
        read_text: bool = True,
    ) -> PictureEvidence:
        with self._lock:
            self.asked += 1
            self.asked_for_text += read_text
            self.busy += 1
            self.busiest = max(self.busiest, self.busy)
        grey = int(np.median(frames[0]))
        kind = min(_GREYS, key=lambda name: abs(_GREYS[name] - grey))
        found = evidence(frame(_ANGLES[kind]), caption=caption, stack_id=self.stack_id)
        with self._lock:
            self.busy -= 1
        return PictureEvidence(
            self.stack_id, canonical_sha256, found.frames, found.text_parts, found.text_truncated
        )


def plain_screening(
    folder: Path, *, fresh: bool = False, limit_bytes: int = 10_000_000
) -> tuple[Screening, PlainDecoder, PlainExtractors]:
    """Return a pipeline of doubles that remembers in a folder."""
    decoder, extractors = PlainDecoder(), PlainExtractors()
    screening = Screening(
        decoder=decoder,
        extractors=extractors,
        judge=small_judge(),
        cache=EvidenceCache(folder, limit_bytes=limit_bytes, secret=SECRET, fresh=fresh),
        view_secret=SECRET,
        turns=Turns(),
    )
    return screening, decoder, extractors


def picture(words: str, *, caption: str = "") -> UntrustedPicture:
    """Return a picture whose bytes are these words."""
    return UntrustedPicture(words, words.encode, caption)
