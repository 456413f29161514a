"""Votes and what they add up to: block, publish, or review."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """The three answers, ordered by severity through :attr:`severity`."""

    PUBLISH = "publish"
    REVIEW = "review"
    BLOCK = "block"

    @property
    def severity(self) -> int:
        """0 for publish, 1 for review, 2 for block."""
        return (Outcome.PUBLISH, Outcome.REVIEW, Outcome.BLOCK).index(self)
