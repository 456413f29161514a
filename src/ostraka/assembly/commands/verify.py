"""``ostraka verify``: check that things are what they claim to be."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ostraka.assembly.compose import open_release
from ostraka.assembly.session import session_of
from ostraka.evidence.stack import default_stack
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
) -> None:
    """Check a release: signature, hashes, extractors; then learn it again from its rows.

    Sums are compared bit for bit, heads to the last digits that processors agree on.
    Exit status: 0 everything is as claimed, 2 refused.

    Example: ostraka verify release
    """
    session = session_of(context)
    settings = session.settings_with(release=folder)
    found = open_release(settings, stack_id=default_stack().identity())
    session.out.print(f"release {found.release_id}", markup=False)
    session.out.print(f"signed by key {found.signed_by}; every file has its hash", markup=False)
    again = verify_release(found)
    session.out.print(
        f"learned again from {again.rows} rows: {again.sums} sums equal bit for bit,"
        f" {again.heads} heads equal",
        markup=False,
    )
