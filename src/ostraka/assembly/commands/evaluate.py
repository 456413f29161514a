"""``ostraka evaluate``: how good a release is."""

from __future__ import annotations

from typing import Annotated

import typer
from pydantic import ValidationError

from ostraka.assembly import options
from ostraka.assembly.compose import chosen_stack, open_release
from ostraka.assembly.errors import EvaluationUnreadableError
from ostraka.assembly.evaluation_text import evaluation_lines
from ostraka.assembly.places import check_file, writing_to
from ostraka.assembly.progress_bar import ProgressBar
from ostraka.assembly.session import Session, session_of
from ostraka.assembly.settings import Settings
from ostraka.learning.evaluate_starter import evaluate_release
from ostraka.learning.evaluation import Evaluation
from ostraka.learning.gather import gather
from ostraka.learning.release import Release
from ostraka.learning.report import write_report
from ostraka.learning.sources.pictures import missing_packages
from ostraka.learning.stack_training import training_for


def evaluate(
    context: typer.Context,
    *,
    report: options.Report = None,
    json: options.Json = False,
    again: Annotated[
        bool, typer.Option("--again", help="Measure anew from the fetched pictures (long).")
    ] = False,
    jobs: options.Jobs = None,
    release: options.ReleaseFolder = None,
) -> None:
    """Show how good the release is, and what is not known: the measurement it was signed with.

    With --again everything is measured anew from the fetched pictures (ostraka pictures fetch).

    Example: ostraka evaluate --report evaluation.html
    """
    session = session_of(context)
    settings = session.settings_with(jobs=jobs, release=release)
    if report is not None:
        check_file(report)
    found = open_release(settings, stack_id=chosen_stack(settings).identity())
    measured = _measure(session, settings, found) if again else _signed(found)
    if report is not None:
        with writing_to(report):
            write_report(measured, report)
        session.err.print(f"Report: {report}", markup=False)
    if json:
        session.out.print(measured.model_dump_json(), markup=False)
    else:
        for line in evaluation_lines(measured):
            session.out.print(line, markup=False)


def _signed(release: Release) -> Evaluation:
    try:
        return Evaluation.model_validate(release.evaluation)
    except ValidationError as error:
        raise EvaluationUnreadableError(
            "the release's evaluation was written by another version of Ostraka;"
            " measure anew with --again"
        ) from error


def _measure(session: Session, settings: Settings, release: Release) -> Evaluation:
    missing = sorted(missing_packages(settings.pictures_folder))
    if missing:
        session.err.print(
            f"Measured without {', '.join(missing)}: not in {settings.pictures_folder}.",
            markup=False,
        )
    stack = chosen_stack(settings)
    stack.warm()
    with ProgressBar(session, "measuring") as bar:
        gathered = gather(
            settings.pictures_folder,
            stack=stack,
            cache_folder=settings.training_cache_folder,
            progress=bar,
            jobs=settings.jobs,
        )
        return evaluate_release(release, gathered, settings=training_for(stack), progress=bar)
