"""``ostraka verify``: check that things are what they claim to be."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ostraka.assembly.compose import open_release
from ostraka.assembly.session import FOUND_SOMETHING, session_of
from ostraka.evidence.stack import default_stack
from ostraka.learning.compare_rows import RowDifference, compare_rows
from ostraka.learning.verify_release import verify_release

app = typer.Typer(no_args_is_help=True, help="Check that things are what they claim to be.")


@app.callback()
def _group() -> None:
    """Check that things are what they claim to be."""


@app.command()
def release(
    context: typer.Context,
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="A release's folder (default: the one in force)."),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Compare its rows with those of this release, too."),
    ] = None,
) -> None:
    """Check a release: signature, hashes, extractors; then learn it again from its rows.

    Sums are compared bit for bit, heads to the last digits that processors agree on.
    Exit status: 0 everything is as claimed, 1 rows differ from those it is compared with,
    2 refused.

    Example: ostraka verify release
    """
    session = session_of(context)
    settings = session.settings_with(release=folder)
    stack_id = default_stack().identity()
    found = open_release(settings, stack_id=stack_id)
    session.out.print(f"release {found.release_id}", markup=False)
    session.out.print(f"signed by key {found.signed_by}; every file has its hash", markup=False)
    again = verify_release(found)
    session.out.print(
        f"learned again from {again.rows} rows: {again.sums} sums equal bit for bit,"
        f" {again.heads} heads equal",
        markup=False,
    )
    if against is not None:
        other = open_release(session.settings_with(release=against), stack_id=stack_id)
        differences = compare_rows(found.tables, other.tables)
        for difference in differences:
            session.out.print(_difference(difference), markup=False)
        if not all(difference.none for difference in differences):
            raise typer.Exit(FOUND_SOMETHING)


def _difference(found: RowDifference) -> str:
    if found.none:
        return f"{found.space}: all {found.shared} rows equal bit for bit"
    share = found.entries / max(found.all_entries, 1)
    apart = f"{found.entries} of {found.all_entries} entries differ ({share:.3%})"
    parts = [f"{apart}, by at most {found.most}"]
    parts += [f"{found.otherwise} rows differ in labels or origin"] if found.otherwise else []
    parts += [f"{found.only_here} rows only here"] if found.only_here else []
    parts += [f"{found.only_there} rows only there"] if found.only_there else []
    return f"{found.space}: of {found.shared} shared rows " + "; ".join(parts)
