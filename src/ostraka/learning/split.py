"""Which examples train, calibrate and test; which are the trusted base; who brought the others.

Every choice is a keyed hash of a name, never a draw, so that it is the same on every machine and in
any order, and no example can be moved to a flattering side by hand.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray


class Part(StrEnum):
    """What an example is for."""

    TRAIN = "train"
    CALIBRATE = "calibrate"
    TEST = "test"


TRAIN_SHARE = 0.6
CALIBRATE_SHARE = 0.2


def share_of(name: str, *, purpose: str) -> float:
    """Return a number in [0, 1) that depends on ``name`` and ``purpose`` alone."""
    digest = blake2b(name.encode(), key=purpose.encode()[:64], digest_size=7).digest()
    return int.from_bytes(digest) / float(1 << 56)


def part_of(concept: str) -> Part:
    """Return what all examples of a concept are for."""
    share = share_of(concept, purpose="ostraka split 1")
    if share < TRAIN_SHARE:
        return Part.TRAIN
    return Part.CALIBRATE if share < TRAIN_SHARE + CALIBRATE_SHARE else Part.TEST


def parts_of(concepts: Iterable[str]) -> NDArray[np.str_]:
    """Return the part of each concept."""
    return np.array([part_of(concept).value for concept in concepts], dtype=np.str_)


def contributors_of(
    concepts: Iterable[str], contents: Iterable[str], *, base_share: float, accounts: int
) -> list[str]:
    """Return the contributor of each training example: "" for the trusted base.

    Args:
        concepts: a whole concept is in the base, or with contributors; so what contributors teach
            is something that the base has not seen, as on a site.
        contents: what decides which simulated account brought an example.
        base_share: share of the concepts in the trusted base.
        accounts: number of simulated accounts.
    """
    return [
        ""
        if share_of(concept, purpose="ostraka trusted base 1") < base_share
        else f"simulated-{int(share_of(content, purpose='ostraka contributor 1') * accounts):04d}"
        for concept, content in zip(concepts, contents, strict=True)
    ]
