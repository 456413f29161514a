"""A scan from the first picture to the last sentence, whoever asked for it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from ostraka.assembly.compose import open_instance
from ostraka.assembly.finding.untrusted import UntrustedPicture
from ostraka.assembly.lines import ScanLine
from ostraka.assembly.places import check_file, check_home
from ostraka.assembly.progress_bar import ProgressBar
from ostraka.assembly.scan_report import ScanReport
from ostraka.assembly.screening import Screened
from ostraka.assembly.session import FINE, FOUND_SOMETHING, STOPPED, Session
from ostraka.assembly.settings import Settings
from ostraka.assembly.shown import shown_json
from ostraka.assembly.terminal import ScanTable
from ostraka.assembly.totals import Totals
from ostraka.assembly.wording import CERTIFICATE_NOTE

Sink = Callable[[Screened], None]


@dataclass(frozen=True, kw_only=True)
class ScanRun:
    """What to scan and where the results go.

    ``count`` tells how many pictures there are, for the progress bar alone; None where looking
    would use them up. It may return None, too.
    """

    session: Session
    settings: Settings
    pictures: Iterable[UntrustedPicture]
    count: Callable[[], int | None] | None = None
    json: bool = False
    fresh: bool = False
    report: Path | None = None

    def run(self) -> tuple[Totals, int]:
        """Scan; return what it added up to, and the exit status that says so.

        Raises:
            PlaceUnusableError: the report or the keys cannot be written; found out at once.
        """
        check_home(self.settings.keys_folder)
        if self.report is not None:
            check_file(self.report)
        # A service manager's stop is the same wish as Ctrl-C: end in a consistent state.
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            totals, stopped = self._scan()
        finally:
            signal.signal(signal.SIGTERM, before)
        self._say(totals, stopped=stopped)
        if stopped:
            return totals, STOPPED
        return totals, FOUND_SOMETHING if totals.stopped_any else FINE

    def _scan(self) -> tuple[Totals, bool]:
        with ExitStack() as stack:
            instance = stack.enter_context(open_instance(self.settings, fresh=self.fresh))
            totals = Totals()
            sinks = [totals.add, self._printer([p.name for p in instance.screening.judge.policies])]
            report = None
            if self.report is not None:
                release_id = instance.release.release_id
                report = stack.enter_context(ScanReport(self.report, release_id=release_id))
                sinks.append(report.add)
            bar = ProgressBar(self.session, "screening", count=self.count)
            sinks.append(stack.enter_context(bar).step)
            screened = stack.enter_context(closing(instance.screening.screen_all(self.pictures)))
            stopped = _drain(screened, sinks)
            if report is not None:
                report.conclude(self._sentences(totals, stopped=stopped))
        return totals, stopped

    def _printer(self, policies: Sequence[str]) -> Sink:
        out = self.session.out
        if self.json:
            return lambda screened: out.print(
                shown_json(ScanLine.of(screened).model_dump_json()), markup=False, emoji=False
            )
        table = ScanTable(out, policies)
        table.head()
        return table.row

    def _say(self, totals: Totals, *, stopped: bool) -> None:
        where = self.session.err if self.json else self.session.out
        if not self.json:
            where.print()
        for sentence in self._sentences(totals, stopped=stopped):
            where.print(sentence, markup=False)
        if not self.json:
            where.print(CERTIFICATE_NOTE, style="dim")
        if self.report is not None:
            where.print(f"Report: {self.report}", markup=False)

    def _sentences(self, totals: Totals, *, stopped: bool) -> list[str]:
        after = [f"Stopped early. {self._how_to_go_on()}"] if stopped else []
        return [*totals.sentences(), *after]

    def _how_to_go_on(self) -> str:
        if not self.settings.cache_bytes:
            return "The same command begins anew: OSTRAKA_CACHE_BYTES is 0, nothing is remembered."
        if not os.access(self.settings.cache_folder, os.W_OK):
            folder = self.settings.cache_folder
            return f"The same command begins anew: nothing was remembered in {folder}."
        if self.fresh:
            return "Without --fresh the command goes on where it was: evidence is remembered."
        return "The same command goes on where it was: evidence is remembered."


def _drain(screened: Iterator[Screened], sinks: Sequence[Sink]) -> bool:
    """Hand every picture to every sink; return whether the operator stopped it."""
    try:
        for one in screened:
            for sink in sinks:
                sink(one)
    except KeyboardInterrupt:
        return True
    return False
