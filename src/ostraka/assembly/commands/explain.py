"""``ostraka explain``: what one verdict rests on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ostraka.assembly import options
from ostraka.assembly.compose import open_instance
from ostraka.assembly.explaining.explain import explain_picture
from ostraka.assembly.explaining.explain_report import write_explanation
from ostraka.assembly.explaining.explain_text import explanation_lines
from ostraka.assembly.finding.find_pictures import Search
from ostraka.assembly.places import check_file, check_home
from ostraka.assembly.progress_bar import ProgressBar
from ostraka.assembly.session import FINE, FOUND_SOMETHING, session_of
from ostraka.assembly.shown import shown_json, shown_line
from ostraka.ensemble import Outcome


def explain(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A picture.")],
    *,
    caption: options.Caption = "",
    report: options.Report = None,
    json: options.Json = False,
    jobs: options.Jobs = None,
    release: options.ReleaseFolder = None,
) -> None:
    """Show what a verdict rests on: votes, extractors, text, nearest examples, regions, words.

    Hides one region after another and looks again, so it takes some seconds.
    Exit status: 0 may be published, 1 not, 2 usage or fault (also when it cannot be decoded).

    Example: ostraka explain photo.jpg --report why.html
    """
    session = session_of(context)
    check_home(session.settings.keys_folder)
    if report is not None:
        check_file(report)
    search = Search(caption=caption.encode("utf-8", "replace").decode())
    picture = search.file(file)
    settings = session.settings_with(jobs=jobs, release=release)
    with open_instance(settings) as instance, ProgressBar(session, "looking") as bar:
        explained = explain_picture(instance, picture, progress=bar)
    found = explained.explanation
    if report is not None:  # first: whoever reads the lines may stop reading
        write_explanation(explained, report)
        session.err.print(f"Report: {report}", markup=False)
    if json:
        session.out.print(shown_json(found.model_dump_json()), markup=False, emoji=False)
    else:
        for line in explanation_lines(found):
            session.out.print(shown_line(line), markup=False, emoji=False)
    raise typer.Exit(FINE if found.outcome == Outcome.PUBLISH else FOUND_SOMETHING)
