"""``ostraka verify``: check that things are what they claim to be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from ostraka.assembly import options
from ostraka.assembly.compose import chosen_stack, open_release
from ostraka.assembly.listing import RowDifferenceLine, VerifiedLine
from ostraka.assembly.session import FOUND_SOMETHING, session_of
from ostraka.learning.compare_rows import RowDifference, compare_rows
from ostraka.learning.release import Release
from ostraka.learning.verify_release import Verified, verify_release

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
    *,
    json: options.Json = False,
) -> None:
    """Check a release: signature, hashes, extractors; then learn it again from its rows.

    Sums are compared bit for bit, heads to the last digits that processors agree on.
    Exit status: 0 everything is as claimed, 1 rows differ from those it is compared with,
    2 refused.

    Example: ostraka verify release
    """
    session = session_of(context)
    settings = session.settings_with(release=folder)
    stack_id = chosen_stack(settings).identity()
    found = open_release(settings, stack_id=stack_id)
    again = verify_release(found)
    differences: tuple[RowDifference, ...] = ()
    if against is not None:
        other = open_release(session.settings_with(release=against), stack_id=stack_id)
        differences = compare_rows(found.tables, other.tables)
    if json:
        line = _line(found, again, differences)
        session.out.print(line.model_dump_json(), markup=False)
    else:
        for words in _sentences(found, again, differences):
            session.out.print(words, markup=False)
    if not all(difference.none for difference in differences):
        raise typer.Exit(FOUND_SOMETHING)


def _sentences(
    found: Release, again: Verified, differences: Sequence[RowDifference]
) -> Iterator[str]:
    yield f"release {found.release_id}"
    yield f"signed by key {found.signed_by}; every file has its hash"
    sums, heads = f"{again.sums} sums equal bit for bit", f"{again.heads} heads equal"
    yield f"learned again from {again.rows} rows: {sums}, {heads}"
    yield from map(_difference, differences)


def _line(found: Release, again: Verified, differences: Sequence[RowDifference]) -> VerifiedLine:
    return VerifiedLine(
        release_id=found.release_id,
        signed_by=found.signed_by,
        rows=again.rows,
        sums=again.sums,
        heads=again.heads,
        against=tuple(map(_difference_line, differences)),
    )


def _difference_line(found: RowDifference) -> RowDifferenceLine:
    return RowDifferenceLine(
        space=found.space,
        equal=found.none,
        shared_rows=found.shared,
        rows_only_here=found.only_here,
        rows_only_there=found.only_there,
        rows_otherwise=found.otherwise,
        entries_differ=found.entries,
        entries=found.all_entries,
        largest_step=found.most,
    )


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
