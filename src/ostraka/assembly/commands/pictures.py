"""``ostraka pictures``: the public pictures that the starter release learns from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ostraka.assembly.progress_bar import ProgressBar
from ostraka.assembly.session import FAULT, FINE, FOUND_SOMETHING, Session, session_of
from ostraka.learning.sources.fetch import FetchReport, PackageOutcome
from ostraka.learning.sources.fetch import fetch as fetch_packages
from ostraka.learning.sources.packages import chosen_packages

app = typer.Typer(no_args_is_help=True, help="The public pictures that the starter learns from.")


@app.callback()
def _group() -> None:
    """The public pictures that the starter learns from."""


@app.command()
def fetch(
    context: typer.Context,
    only: Annotated[
        list[str] | None, typer.Option(help="Fetch this package alone; may be given again.")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option(help="Where to (default: OSTRAKA_PICTURES, else in the home).")
    ] = None,
) -> None:
    """Fetch the picture packages without root, check their hashes, go on without the unreachable.

    Exit status: 0 all there, 1 some are not reachable, 2 none is, or one is not the reviewed file.

    Example: ostraka pictures fetch
    """
    session = session_of(context)
    target = folder or session.settings.pictures_folder
    wanted = len(chosen_packages(only))
    with ProgressBar(session, "fetching", count=lambda: wanted) as bar:

        def tell(outcome: PackageOutcome) -> None:
            bar.step(outcome)
            _show(session, outcome)

        report = fetch_packages(target, only=only, progress=tell)
    session.out.print(f"{len(report.present)} of {wanted} packages in {target}", markup=False)
    if missing := [o.package.name for o in report.outcomes if o not in report.present]:
        session.out.print(f"missing: {', '.join(missing)}", markup=False)
    raise typer.Exit(_status(report))


def _show(session: Session, outcome: PackageOutcome) -> None:
    package = outcome.package
    detail = outcome.reason or f"{outcome.files} files"
    line = f"{outcome.status:<15}{package.name} {package.version}: {detail}"
    session.out.print(line, markup=False)


def _status(report: FetchReport) -> int:
    if report.refused or not report.present:
        return FAULT
    return FINE if len(report.present) == len(report.outcomes) else FOUND_SOMETHING
