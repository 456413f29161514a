"""What a run adds up to."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field

from ostraka.assembly.screening import HELD, Screened
from ostraka.ensemble import Outcome

OUTCOMES = (*(outcome.value for outcome in Outcome), HELD)
"""Every answer that a picture can get, mildest first."""


@dataclass
class Totals:
    """Counts of a run; constant in size."""

    outcomes: Counter[str] = field(default_factory=Counter)
    remembered: int = 0
    voted: int = 0
    taught_by_members: int = 0
    started: float = field(default_factory=time.monotonic)

    def add(self, screened: Screened) -> None:
        """Count one picture."""
        self.outcomes[screened.outcome] += 1
        self.remembered += screened.remembered
        for verdict in screened.verdict.policies if screened.verdict else ():
            self.voted += verdict.base_outcome is not None
            self.taught_by_members += verdict.base_outcome not in {None, verdict.model_outcome}

    @property
    def pictures(self) -> int:
        """All pictures so far."""
        return self.outcomes.total()

    @property
    def stopped_any(self) -> bool:
        """Whether anything was blocked, held, or waits for a person."""
        return self.pictures > self.outcomes[Outcome.PUBLISH.value]

    def sentences(self) -> list[str]:
        """Return the run in plain sentences."""
        seconds = time.monotonic() - self.started
        counts = ", ".join(f"{self.outcomes[o]} {o}" for o in OUTCOMES if self.outcomes[o])
        rate = self.pictures / seconds if seconds else 0.0
        speed = f"{self.pictures} pictures in {seconds:.1f} s ({rate:.1f} a second)"
        lines = [f"{speed}: {counts or 'none'}."]
        if self.remembered:
            lines.append(f"The evidence of {self.remembered} was remembered from an earlier run.")
        if self.voted:
            lines.append(self._gain())
        return lines

    def _gain(self) -> str:
        """Return what members' rows changed: without it, certificates are large and empty."""
        changed = (
            f"Contributors' rows changed {self.taught_by_members} of {self.voted} answers from what"
            " the trusted base alone would say"
        )
        if self.taught_by_members:
            return f"{changed}."
        return f"{changed}: the numbers beside these verdicts are large, and empty."
