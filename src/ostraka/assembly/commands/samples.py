"""``ostraka samples``: pictures to try it with."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ostraka.assembly import options
from ostraka.assembly.finding.find_pictures import Search
from ostraka.assembly.places import writing_to
from ostraka.assembly.scan_run import ScanRun
from ostraka.assembly.session import FINE, STOPPED, session_of
from ostraka.learning.sources.samples import write_samples


def samples(
    context: typer.Context,
    folder: Annotated[
        Path | None, typer.Argument(metavar="[FOLDER]", help="Where to (default: in OSTRAKA_HOME).")
    ] = None,
    *,
    scan: Annotated[bool, typer.Option("--scan", help="Screen them at once.")] = False,
    jobs: options.Jobs = None,
) -> None:
    """Write sample pictures: photographs, drawings, animations, memes in several languages.

    Exit status: 0, also when some are blocked, since they are there to be; 2 usage or fault.

    Example: ostraka samples --scan
    """
    session = session_of(context)
    target = folder or session.settings.samples_folder
    with writing_to(target):
        paths = write_samples(target)
    session.out.print(f"{len(paths)} sample pictures in {target}\n", markup=False)
    if scan:
        report = session.settings.reports_folder / "samples.html"
        run = ScanRun(
            session=session,
            settings=session.settings_with(jobs=jobs),
            pictures=Search().pictures(paths),
            count=lambda: len(paths),
            report=report,
        )
        _, status = run.run()
        if status == STOPPED:
            raise typer.Exit(STOPPED)
    session.out.print("\nNext:", markup=False)
    for command in _next_commands(paths, scanned=scan, folder=target):
        session.out.print(f"  {command}", markup=False)
    raise typer.Exit(FINE)


def _program() -> str:
    """Return how this program was called, where that is not simply its name."""
    called = Path(sys.argv[0]).absolute()
    return str(called.relative_to(Path.cwd())) if called.is_relative_to(Path.cwd()) else "ostraka"


def _next_commands(paths: list[Path], *, scanned: bool, folder: Path) -> list[str]:
    meme = next((path for path in paths if "meme" in path.name), paths[0])
    first = [] if scanned else [f"scan {folder} --report report.html"]
    commands = [
        *first,
        f"explain {meme} --report why.html",
        "scan ~/Pictures --report report.html",
        "evaluate --report evaluation.html",
        "--help",
    ]
    return [f"{_program()} {command}" for command in commands]
