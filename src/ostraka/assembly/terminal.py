"""Output for people: colours only on a terminal, results on stdout, everything else on stderr."""

from __future__ import annotations

import codecs
import io
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from ostraka.assembly.screening import Screened
from ostraka.assembly.wording import reason_words, short_verdict, weighed_words
from ostraka.ensemble import Outcome

COLOURS = {"publish": "green", "review": "yellow", "block": "bold red", "held": "magenta"}
_PIPE_COLUMNS = 10_000
_VERDICT_COLUMNS = 8
_POLICY_COLUMNS = 12
_NAME_COLUMNS = (16, 48)
_TOTAL_COLUMNS = 96
_WORDS_CHARACTERS = 70
_SPELT_OUT = "ostraka.spelt_out"


def _spell_out(error: UnicodeError) -> tuple[str, int]:
    r"""Return characters as ``\uXXXX``: what backslashreplace writes is not always JSON."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    codes = [units[place : place + 2].hex() for place in range(0, len(units), 2)]
    return "".join(f"\\u{code}" for code in codes), error.end


codecs.register_error(_SPELT_OUT, _spell_out)


def console(*, stderr: bool = False, no_color: bool = False) -> Console:
    """Return a console; lines that go into a pipe or file are never wrapped.

    What its encoding has no character for is spelt out, so that no name can end the run.
    """
    stream = sys.stderr if stderr else sys.stdout
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors=_SPELT_OUT)
    width = None if stream.isatty() else _PIPE_COLUMNS
    return Console(
        stderr=stderr, no_color=no_color or None, width=width, highlight=False, soft_wrap=True
    )


class ScanTable:
    """A table that prints each row when it is known, so that it needs no memory."""

    def __init__(self, out: Console, policies: Sequence[str]) -> None:
        self._out = out
        self._policies = policies
        columns = min(out.width, _TOTAL_COLUMNS) - _VERDICT_COLUMNS
        least, most = _NAME_COLUMNS
        self._name_columns = max(least, min(most, columns - _POLICY_COLUMNS * len(policies)))

    def head(self) -> None:
        """Print the names of the columns."""
        cells = "".join(name.ljust(_POLICY_COLUMNS) for name in self._policies)
        verdict, picture = "verdict".ljust(_VERDICT_COLUMNS), "picture".ljust(self._name_columns)
        self._out.print(Text(f"{verdict}{picture}{cells}".rstrip(), style="bold"))

    def row(self, screened: Screened) -> None:
        """Print one picture; below it the reasons and, where it is stopped, the words it says."""
        line = Text(screened.outcome.ljust(_VERDICT_COLUMNS), style=COLOURS[screened.outcome])
        line.append(_shortened(screened.name, self._name_columns), style="default")
        for verdict in screened.verdict.policies if screened.verdict else ():
            cell = short_verdict(verdict)
            line.append(cell.ljust(_POLICY_COLUMNS), style=_cell_style(cell))
        line.rstrip()
        self._out.print(line)
        for words in reason_words(screened):
            self._out.print(Text(" " * _VERDICT_COLUMNS + words, style="dim"))
        if screened.outcome != Outcome.PUBLISH:
            for words in weighed_words(screened, characters=_WORDS_CHARACTERS):
                self._out.print(Text(" " * _VERDICT_COLUMNS + words, style="dim italic"))


def _cell_style(cell: str) -> str:
    return COLOURS.get(cell.partition(" ")[0], "dim")


def _shortened(name: str, columns: int) -> str:
    """Return the name in so many columns; its end, in whole folders, tells pictures apart."""
    room = columns - 1
    if len(name) > room:
        end = name[-(room - 1) :]
        name = "…" + end[max(0, end.find("/")) :]
    return name.ljust(columns)
