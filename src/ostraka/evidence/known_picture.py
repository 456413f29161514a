"""Known pictures: what a bank holds of them, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from ostraka.evidence.errors import UnusableFingerprintError
from ostraka.evidence.hamming import FINGERPRINT_BITS

LEAST_QUALITY = 50
"""Fingerprints of lower quality are of nearly flat pictures, which all look alike to PDQ."""

MOST_REACH_BITS = 31
"""Distance up to which PDQ reads two pictures as alike (the reference's recommendation)."""


class KnownFingerprint(Protocol):
    """What a bank needs of a fingerprint: 256 bits and a quality in 0..100."""

    @property
    def bits(self) -> int:
        """The fingerprint as an integer."""
        ...

    @property
    def quality(self) -> int:
        """How much there was to fingerprint."""
        ...


class BankLabel(StrEnum):
    """What a bank says of an entry."""

    BLOCKED = "blocked"
    ALLOWED = "allowed"
    """An exception: a harmless picture that looks like a blocked one."""


@dataclass(frozen=True, kw_only=True)
class BankEntry:
    """One known picture, and the distance in bits up to which its label holds.

    An exception should reach no further than it must: 0 for the very same fingerprint, a few bits
    for re-encoded copies.

    Raises:
        UnusableFingerprintError: low quality, more than 256 bits, or a reach outside 0..31.
    """

    bits: int
    quality: int
    label: BankLabel
    source: str
    reach_bits: int = MOST_REACH_BITS

    def __post_init__(self) -> None:
        if not 0 <= self.bits < 1 << FINGERPRINT_BITS:
            raise UnusableFingerprintError(f"a fingerprint has {FINGERPRINT_BITS} bits")
        if self.quality < LEAST_QUALITY:
            raise UnusableFingerprintError(
                f"quality {self.quality} is under {LEAST_QUALITY}: unrelated pictures would match"
            )
        if not 0 <= self.reach_bits <= MOST_REACH_BITS:
            raise UnusableFingerprintError(f"an entry reaches 0 to {MOST_REACH_BITS} bits")


class Finding(StrEnum):
    """What a bank answers."""

    BLOCKED = "blocked"
    ALLOWED = "allowed"
    UNKNOWN = "unknown"
    LOW_QUALITY = "low_quality"
    """Not found, and its quality is under :data:`LEAST_QUALITY`: that says little."""


@dataclass(frozen=True)
class BankAnswer:
    """A finding with the entry behind it: where it came from and how many bits away it is."""

    finding: Finding
    source: str = ""
    distance_bits: int = -1
