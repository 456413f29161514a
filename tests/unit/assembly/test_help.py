from __future__ import annotations

from collections.abc import Iterator

import pytest
import typer
from typer.core import TyperGroup
from typer.testing import CliRunner

from ostraka.assembly.command_line import app


def commands(group: TyperGroup, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name)


ROOT = typer.main.get_command(app)
assert isinstance(ROOT, TyperGroup)


def help_of(*command: str) -> str:
    done = CliRunner().invoke(app, [*command, "--help"])
    assert done.exit_code == 0, done.output
    return done.output


def test_the_help_of_scan_reads_like_a_manual() -> None:
    text = help_of("scan")
    assert text.splitlines()[0].endswith("scan [OPTIONS] PATH…")
    assert "  PATH…  Pictures, folders, zip or tar archives" in text
    assert "Options:" in text


def test_an_argument_that_may_be_left_out_is_in_brackets() -> None:
    assert help_of("samples").splitlines()[0].endswith("samples [OPTIONS] [FOLDER]")


@pytest.mark.parametrize("command", list(commands(ROOT)), ids=" ".join)
def test_no_help_shows_how_python_calls_things(command: tuple[str, ...]) -> None:
    text = help_of(*command)
    assert not [part for part in ("list[", "{", "[[") if part in text]
    assert "Example:" in text
