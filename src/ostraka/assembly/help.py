"""What ``--help`` looks like: arguments the way manuals write them, ``PATH…`` or ``[FOLDER]``."""

from __future__ import annotations

import re
from typing import Final

from typer._click import Context, HelpFormatter
from typer.core import TyperArgument, TyperCommand

_LIST: Final = re.compile(r"<list\[(.*)\]>")
"""The type of an option that may be given several times: each time it takes one."""


class PlainCommand(TyperCommand):
    """A command that names its arguments by their metavars alone, without braces and types."""

    def collect_usage_pieces(self, ctx: Context) -> list[str]:
        """Return what follows the command's name in the usage line."""
        return ["[OPTIONS]", *(_name(argument) for argument in self._arguments(ctx))]

    def format_options(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write the arguments and the options, each with its help."""
        arguments = [(_name(found), found.help or "") for found in self._arguments(ctx)]
        others = [p for p in self.get_params(ctx) if not isinstance(p, TyperArgument)]
        records = [record for p in others if (record := p.get_help_record(ctx)) is not None]
        options = [(_LIST.sub(r"<\1>", name), words) for name, words in records]
        for title, lines in (("Arguments", arguments), ("Options", options)):
            if lines:
                with formatter.section(title):
                    formatter.write_dl(lines)

    def _arguments(self, ctx: Context) -> list[TyperArgument]:
        return [p for p in self.get_params(ctx) if isinstance(p, TyperArgument)]


def _name(argument: TyperArgument) -> str:
    return argument.metavar or argument.name.upper()
