"""Which pictures of a source show violence: name patterns, each checked by eye.

A label file has sections: ``[concept]`` lists what violates the policy, by the depicted thing;
``[benign]`` lists what does not; ``[unclear]`` lists what is used by neither side. Names that no
section lists are benign, unless the file's ``[unclear]`` ends in ``*``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files

VIOLENCE = "violence"
_UNCLEAR = "unclear"
_BENIGN = "benign"


@dataclass(frozen=True)
class Labelled:
    """What a name means: the concept it depicts, and whether that violates the policy."""

    concept: str
    violates: bool


@dataclass(frozen=True)
class LabelRules:
    """The rules of one label file; exact names win over patterns, then the first match wins."""

    rules: tuple[tuple[str, str], ...]
    """(pattern, section) pairs."""

    def labelled(self, name: str, *, concept: str) -> Labelled | None:
        """Label a picture by its name; None for what is used by neither side.

        Args:
            name: the picture's name in its source.
            concept: what it depicts, when it is benign.
        """
        section = self._section_of(name)
        if section == _UNCLEAR:
            return None
        if section in {None, _BENIGN}:
            return Labelled(concept, violates=False)
        return Labelled(section or concept, violates=True)

    def _section_of(self, name: str) -> str | None:
        for pattern, section in self.rules:
            if fnmatchcase(name, pattern):
                return section
        return None

    def __add__(self, other: LabelRules) -> LabelRules:
        """Return rules that ask these first, then the others."""
        return LabelRules(self.rules + other.rules)


@cache
def label_rules(source: str) -> LabelRules:
    """Read the label file of a source."""
    path = files("ostraka.learning.sources").joinpath("labels", f"{source}.txt")
    pairs = tuple(_pairs(path.read_text("utf-8")))
    exact = tuple(pair for pair in pairs if not _is_pattern(pair[0]))
    return LabelRules(exact + tuple(pair for pair in pairs if _is_pattern(pair[0])))


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    section = _UNCLEAR
    for line in text.splitlines():
        content = line.partition("#")[0].strip()
        if content.startswith("[") and content.endswith("]"):
            section = content.strip("[]")
        else:
            for name in content.split():
                yield name, section


def _is_pattern(name: str) -> bool:
    return any(sign in name for sign in "*?[")
