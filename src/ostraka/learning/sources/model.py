"""A labelled picture and a labelled line: what every source yields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Use(StrEnum):
    """What a source's licence and our care allow."""

    TRAIN = "train"
    EVALUATE = "evaluate"


@dataclass(frozen=True, kw_only=True)
class LabelledPicture:
    """A trusted picture with its labels; its bytes are made or read when asked for.

    ``labels`` maps policy name -> True (violates) or False; an absent policy is unlabelled.
    ``concept`` is the depicted object under one name across sources: pictures that share a
    concept must stay on one side of a split.
    """

    name: str
    """Readable and unique within the dataset; two runs give the same name the same bytes."""
    dataset: str
    """Name of the data sheet entry."""
    concept: str
    labels: Mapping[str, bool]
    use: Use
    licence: str
    read: Callable[[], bytes]
    caption: str = ""

    def load(self) -> bytes:
        """Return the picture's file, in a format that intake accepts."""
        return self.read()


@dataclass(frozen=True, kw_only=True)
class LabelledLine:
    """A hand-written line with its labels.

    ``concept`` names the idea: variants and translations of one idea share it, and never straddle
    a split. ``look_alike`` marks harmless lines written to look like calls for violence.
    """

    words: str
    language: str
    concept: str
    labels: Mapping[str, bool]
    look_alike: bool
    dataset: str = "lines"
