"""What every command is handed: the settings, read once, and where to write."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import typer
from rich.console import Console

from ostraka.assembly.settings import Settings
from ostraka.assembly.terminal import console

FINE = 0
FOUND_SOMETHING = 1
FAULT = 2
STOPPED = 130
"""Exit statuses; 130 is what shells expect of a command that Ctrl-C stopped."""


@dataclass(frozen=True)
class Session:
    """One call of the command line."""

    settings: Settings
    debug: bool = False

    @cached_property
    def out(self) -> Console:
        """Results."""
        return console(no_color=self.settings.no_color)

    @cached_property
    def err(self) -> Console:
        """Everything that is not a result."""
        return console(stderr=True, no_color=self.settings.no_color)

    def settings_with(self, *, jobs: int | None = None, release: Path | None = None) -> Settings:
        """Return the settings with what this call says differently."""
        changed = {"jobs": jobs, "release": release}
        return self.settings.model_copy(
            update={name: value for name, value in changed.items() if value is not None}
        )


def session_of(context: typer.Context) -> Session:
    """Return the session that the command line opened for this command."""
    session = context.obj
    assert isinstance(session, Session)
    return session
