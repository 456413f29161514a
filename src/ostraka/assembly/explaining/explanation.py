"""Everything behind one verdict, as values; the command and the page only show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from ostraka.assembly.lines import PictureLine, PolicyLine
from ostraka.ensemble import Outcome


class _Found(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ExtractorFound(_Found):
    """One extractor: what it alone would say, and its part of the mean head's score."""

    extractor: str
    alone: float
    part: float


class NearestFound(_Found):
    """A row of the release that is most like the picture; ``violates`` is None if unlabelled."""

    concept: str
    dataset: str
    source: str
    violates: bool | None
    alike: float


class TextFoundLine(_Found):
    """A line of text in the picture: words, the reader's confidence, and where (shares)."""

    frame: int
    words: str
    confidence: float
    box: tuple[float, float, float, float]


class Counterfactual(_Found):
    """What the votes would have said without something; both empty: nothing was found.

    ``regions`` are (row, column) of the heat map's grid.
    """

    outcome: Outcome = Outcome.PUBLISH
    regions: tuple[tuple[int, int], ...] = ()
    words: tuple[str, ...] = ()


class PolicyExplanation(_Found):
    """One policy: its verdict, and why.

    ``weighed`` names the frame or text that decided. ``heat`` is the drop of the score when a
    region is hidden, by row and column; empty for text.
    """

    verdict: PolicyLine
    title: str
    weighed: str
    score: float | None
    base_score: float | None
    margins: tuple[float, float]
    extractors: tuple[ExtractorFound, ...]
    strangeness: float | None
    nearest: tuple[NearestFound, ...]
    heat: tuple[tuple[float, ...], ...] = ()
    counterfactual: Counterfactual | None = None


class Explanation(_Found):
    """One picture."""

    name: str
    caption: str
    release_id: str
    outcome: str
    picture: PictureLine
    text: tuple[TextFoundLine, ...]
    unreadable_share: float
    detections: dict[str, float]
    policies: tuple[PolicyExplanation, ...]


@dataclass(frozen=True)
class Explained:
    """An explanation, and for each policy that reads pixels the frame its page is drawn over."""

    explanation: Explanation
    images: Mapping[str, bytes]
