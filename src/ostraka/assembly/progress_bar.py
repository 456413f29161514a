"""How far long work is, for people who watch, and never among the results."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)

from ostraka.assembly.session import Session

_SECONDS_BETWEEN_LINES = 60.0


class ProgressBar:
    """A bar that fills with each step; where standard error is no terminal, a line a minute.

    ``count`` finds the number of steps in a thread of its own, so that work need not wait for it;
    where it cannot tell, the bar shows no end.
    """

    def __init__(
        self,
        session: Session,
        title: str,
        *,
        count: Callable[[], int | None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session = session
        self._drawn = session.err.is_terminal
        self._clock = clock
        self._said_at = clock()
        # Where rows go to the same terminal, one console must draw both, or they tear each other.
        where = session.out if session.out.is_terminal else session.err
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=where,
            transient=True,
            disable=not self._drawn,
        )
        self._task = self._progress.add_task(title, total=None)
        if count is not None:
            threading.Thread(target=self._find_total, args=(count,), daemon=True).start()

    def step(self, _: object) -> None:
        """Count one step."""
        self.advance()

    def start(self, stage: str, *, total: int) -> None:
        """Begin a stage of a known length (see ``learning.progress``)."""
        self._progress.reset(self._task, total=total, description=stage)

    def advance(self, steps: int = 1) -> None:
        """Count steps of the stage."""
        self._progress.advance(self._task, steps)
        if not self._drawn and self._clock() - self._said_at >= _SECONDS_BETWEEN_LINES:
            self._said_at = self._clock()
            self._say()

    def _say(self) -> None:
        task = self._progress.tasks[0]
        of = "" if task.total is None else f" of {task.total:.0f}"
        self._session.err.print(f"{task.description}: {task.completed:.0f}{of}", markup=False)

    def _find_total(self, count: Callable[[], int | None]) -> None:
        try:
            total = count()
        except Exception:  # noqa: BLE001 -- the edge of a thread: the work itself meets it and says so
            return
        self._progress.update(self._task, total=total)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()
