"""Choices that look random and are the same on every machine: hashes of their own names."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

_Option = TypeVar("_Option")


def share(*words: str) -> float:
    """Return a number in [0, 1) fixed by the words."""
    digest = hashlib.sha256("\x1f".join(words).encode()).digest()
    return int.from_bytes(digest[:7]) / (1 << 56)


def between(low: float, high: float, *words: str) -> float:
    """Return a number in [low, high) fixed by the words."""
    return low + (high - low) * share(*words)


def pick(options: Sequence[_Option], *words: str) -> _Option:
    """Return one of the options, fixed by the words."""
    return options[int(share(*words) * len(options))]
