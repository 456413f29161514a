"""The report of a scan: one page, written row by row, so that its length costs no memory."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from markupsafe import Markup

from ostraka.assembly.pages import page, style
from ostraka.assembly.places import check_file, draft_of, open_draft, writing_to
from ostraka.assembly.screening import Screened
from ostraka.assembly.thumbnail import data_address
from ostraka.assembly.totals import OUTCOMES
from ostraka.assembly.wording import (
    CERTIFICATE_NOTE,
    long_verdict,
    reason_words,
    tone,
    weighed_words,
)
from ostraka.ensemble import Outcome

_WORDS_CHARACTERS = 280


class ScanReport:
    """A page that is being written beside its final name, and takes it when it is whole."""

    def __init__(self, path: Path, *, release_id: str) -> None:
        self._path = path
        self._sentences: list[str] = []
        check_file(path)
        with writing_to(path):
            self._file = open_draft(path)
        self._write(
            page(
                "scan_head.html.jinja",
                style=Markup(style()),  # noqa: S704 -- our own file
                outcomes=OUTCOMES,
                release_id=release_id,
                note=CERTIFICATE_NOTE,
            )
        )

    def add(self, screened: Screened) -> None:
        """Write one picture; whatever is not published stays blurred until clicked."""
        self._write(
            page(
                "scan_row.html.jinja",
                name=screened.name,
                outcome=screened.outcome,
                image=data_address(screened.thumbnail) if screened.thumbnail else "",
                hidden=screened.outcome != Outcome.PUBLISH,
                policies=_policies(screened),
                reasons=list(reason_words(screened)),
                words=list(weighed_words(screened, characters=_WORDS_CHARACTERS)),
            )
        )

    def conclude(self, sentences: Iterable[str]) -> None:
        """Say what the run added up to; the page shows it at its top."""
        self._sentences = list(sentences)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # Also when the run was stopped: the page then says so and shows what was done.
        with writing_to(self._path):
            with self._file:
                self._file.write(page("scan_foot.html.jinja", sentences=self._sentences))
            draft_of(self._path).replace(self._path)

    def _write(self, part: str) -> None:
        with writing_to(self._path):
            self._file.write(part)


def _policies(screened: Screened) -> list[dict[str, str]]:
    return [
        {"name": verdict.policy, "outcome": tone(verdict), "words": long_verdict(verdict)}
        for verdict in (screened.verdict.policies if screened.verdict else ())
    ]
