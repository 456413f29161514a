"""``ostraka doctor``: can this machine screen?"""

from __future__ import annotations

import typer

from ostraka.assembly import options
from ostraka.assembly.diagnosis import diagnose
from ostraka.assembly.listing import CheckLine
from ostraka.assembly.session import FINE, FOUND_SOMETHING, session_of


def doctor(context: typer.Context, *, json: options.Json = False) -> None:
    """Check what screening needs: Python, the kernel's jails, models, release, memory, folders.

    Exit status: 0 it can screen, 1 something that it needs is missing, 2 usage or fault.

    Example: ostraka doctor
    """
    session = session_of(context)
    broken = False
    for line in diagnose(session.settings):
        broken |= line.needed and not line.fine
        if json:
            session.out.print(line.model_dump_json(), markup=False)
        else:
            session.out.print(f"{_mark(line):<9}{line.check:<16}{line.found}", markup=False)
    raise typer.Exit(FOUND_SOMETHING if broken else FINE)


def _mark(line: CheckLine) -> str:
    if line.fine:
        return "fine"
    return "BROKEN" if line.needed else "note"
