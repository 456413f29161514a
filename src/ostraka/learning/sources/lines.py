"""Hand-written lines: calls for violence, harmless look-alikes, and plain talk, by language.

Each line is ``idea | words``. Variants and translations of one idea share the idea's name, which
is the line's concept: a split by concept never tests on a translation of what it trained on.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from importlib.resources import files

from ostraka.learning.sources.errors import LinesFileError
from ostraka.learning.sources.model import LabelledLine

INCITEMENT = "incitement"
LANGUAGES = ("en", "es", "de", "fr", "pl", "tr", "pt", "it", "ru", "ar", "zh")
DRAWN_LANGUAGES = ("en", "es", "de", "fr", "pl", "tr", "pt", "it")
"""Languages whose script the text reader reads; the others reach us as captions."""


class LineKind(StrEnum):
    """What a line is; also the name of its section in the file."""

    CALL = "call"
    LOOK_ALIKE = "look-alike"
    PLAIN = "plain"


@cache
def lines() -> tuple[LabelledLine, ...]:
    """Return every line, in the order of the files.

    Raises:
        LinesFileError: a file has a line outside a section, or without an idea.
    """
    return tuple(line for language in LANGUAGES for line in _lines_of(language))


def _lines_of(language: str) -> Iterator[LabelledLine]:
    path = files("ostraka.learning.sources").joinpath("lines", f"{language}.txt")
    kind: LineKind | None = None
    for number, text in enumerate(path.read_text("utf-8").splitlines(), 1):
        content = text.strip()
        if not content or content.startswith("#"):
            continue
        if content.startswith("["):
            kind = LineKind(content.strip("[]"))
        else:
            yield _line(content, language=language, kind=kind, place=f"{language}.txt:{number}")


def _line(content: str, *, language: str, kind: LineKind | None, place: str) -> LabelledLine:
    idea, separator, words = content.partition(" | ")
    if kind is None or not separator or not idea.strip() or not words.strip():
        raise LinesFileError(f"{place} is not 'idea | words' under a section")
    return LabelledLine(
        words=words.strip(),
        language=language,
        concept=f"{kind}: {idea.strip()}",
        labels={INCITEMENT: kind is LineKind.CALL},
        look_alike=kind is LineKind.LOOK_ALIKE,
    )
