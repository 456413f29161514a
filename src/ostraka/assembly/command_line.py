"""The command line: reads the settings once, hands them to a command, turns faults into words."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Sequence
from importlib import metadata
from typing import Annotated

import typer

from ostraka.assembly.commands import banks, models, pictures, policy, verify
from ostraka.assembly.commands.doctor import doctor
from ostraka.assembly.commands.evaluate import evaluate
from ostraka.assembly.commands.explain import explain
from ostraka.assembly.commands.samples import samples
from ostraka.assembly.commands.scan import scan
from ostraka.assembly.commands.train import train
from ostraka.assembly.help import PlainCommand
from ostraka.assembly.session import FAULT, STOPPED, Session
from ostraka.assembly.settings import read_settings
from ostraka.assembly.shown import shown_line
from ostraka.errors import OstrakaError

_FAULT_CHARACTERS = 200

app = typer.Typer(
    name="ostraka",
    help="Image moderation that no small group can sway, and that shows its proof.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _show_version(value: bool) -> None:  # noqa: FBT001 -- the form typer calls back with
    if value:
        typer.echo(f"ostraka {metadata.version('ostraka')}")
        raise typer.Exit


@app.callback()
def _open_session(
    context: typer.Context,
    *,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show tracebacks and private details.")
    ] = False,
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show version.")
    ] = False,
) -> None:
    level = logging.INFO if debug else logging.CRITICAL
    logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s")
    context.obj = Session(read_settings(), debug)


for command in (scan, explain, samples, evaluate, train, doctor):
    app.command(cls=PlainCommand)(command)
for name, group in (
    ("models", models.app),
    ("verify", verify.app),
    ("pictures", pictures.app),
    ("policy", policy.app),
    ("banks", banks.app),
):
    for registered in group.registered_commands:
        registered.cls = PlainCommand
    app.add_typer(group, name=name)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 fine, 1 found something, 2 usage or fault."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    try:
        app(given, prog_name="ostraka")
    except OstrakaError as error:
        _explain(error, debug=debug)
        sys.exit(FAULT)
    except KeyboardInterrupt:
        sys.exit(STOPPED)
    except Exception as error:  # noqa: BLE001 -- the edge: people get one line, not a traceback
        _explain(error, debug=debug)
        sys.exit(FAULT)


def _explain(error: Exception, *, debug: bool) -> None:
    # What went wrong may quote a stranger: the names in a folder that came from elsewhere.
    if debug:
        told = "".join(traceback.format_exception(error))
        if isinstance(error, OstrakaError) and error.detail:
            told += f"detail: {error.detail}"
        for line in told.rstrip().split("\n"):
            print(shown_line(line), file=sys.stderr)  # noqa: T201 -- the edge
        return
    words = str(error)
    if not isinstance(error, OstrakaError):
        first = (words.splitlines() or [""])[0][:_FAULT_CHARACTERS]
        words = f"our fault: {type(error).__name__}: {first} (ostraka --debug … shows where)"
    print(f"ostraka: {shown_line(words)}", file=sys.stderr)  # noqa: T201 -- the edge
