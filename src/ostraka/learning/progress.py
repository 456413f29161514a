"""How long work tells how far it is; what shows it is not learning's concern."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Hears of stages and steps; an implementation draws a bar, or nothing."""

    def start(self, stage: str, *, total: int) -> None:
        """Begin a stage of ``total`` steps; a stage ends when the next one starts."""

    def advance(self, steps: int = 1) -> None:
        """Count steps of the stage as done."""


class Silent:
    """Progress that nobody watches."""

    def start(self, stage: str, *, total: int) -> None:
        """Show nothing."""

    def advance(self, steps: int = 1) -> None:
        """Show nothing."""
