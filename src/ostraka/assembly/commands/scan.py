"""``ostraka scan``: screen pictures."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from io import BufferedIOBase
from pathlib import Path
from typing import Annotated, cast

import typer

from ostraka.assembly import options
from ostraka.assembly.errors import NothingToScanError
from ostraka.assembly.finding.find_pictures import Search, listed_paths
from ostraka.assembly.finding.untrusted import Skipped
from ostraka.assembly.scan_run import ScanRun
from ostraka.assembly.session import STOPPED, session_of

_STANDARD_INPUT = "-"


def scan(
    context: typer.Context,
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH…",
            help="Pictures, folders, zip or tar archives; - reads paths from standard input.",
        ),
    ],
    *,
    report: options.Report = None,
    json: options.Json = False,
    jobs: options.Jobs = None,
    caption: options.Caption = "",
    fresh: options.Fresh = False,
    release: options.ReleaseFolder = None,
) -> None:
    """Screen pictures: a verdict for each policy, and what it holds against.

    Exit status: 0 all may be published, 1 something is blocked, held or waits for a person,
    2 usage or fault, 130 stopped. What was looked at is remembered, so a stopped run goes on at
    once, unless OSTRAKA_CACHE_BYTES is 0.

    Example: ostraka scan ~/Pictures --report report.html
    """
    session = session_of(context)
    search = Search(caption=caption.encode("utf-8", "replace").decode())
    run = ScanRun(
        session=session,
        settings=session.settings_with(jobs=jobs, release=release),
        pictures=search.pictures(_named_paths(paths)),
        count=_counter(paths),
        json=json,
        fresh=fresh,
        report=report,
    )
    totals, status = run.run()
    for sentence in _passed_over(search.skipped):
        session.err.print(sentence)
    if not totals.pictures and status != STOPPED:
        raise NothingToScanError("no pictures found")
    raise typer.Exit(status)


def _named_paths(paths: list[str]) -> Iterator[Path]:
    for path in paths:
        if path == _STANDARD_INPUT:
            yield from listed_paths(cast("BufferedIOBase", sys.stdin.buffer))
        else:
            yield Path(path)


def _counter(paths: list[str]) -> Callable[[], int | None] | None:
    """Return how to count what will be screened, where that uses nothing up."""
    if _STANDARD_INPUT in paths:
        return None
    return lambda: Search().count(map(Path, paths))


def _passed_over(skipped: Skipped) -> Iterator[str]:
    if skipped.count:
        yield f"{skipped.count} other files are no pictures; passed over."
    if skipped.folder_links:
        yield f"{skipped.folder_links} links to folders are not followed; name the folders."
