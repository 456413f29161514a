"""What would have changed the verdict: few regions, or few words, without which it is benign.

Finding the fewest is a search over all subsets; this one is greedy and says what it found, not that
nothing smaller exists. Every answer was put to the heads: it is a fact about them, not a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from ostraka.ensemble import Outcome
from ostraka.evidence.model import TextOrigin
from ostraka.moderation.judge import Weighed
from ostraka.moderation.occlusion import Asks, HeatMap, Pixels, Region, without_regions

_SIZES: Final = (1, 2, 3, 4, 6, 8, 12, 16, 24)
_MOST_WORDS_REMOVED: Final = 8
_MOST_QUESTIONS: Final = 1_000


def deciding_regions(frame: Pixels, heat: HeatMap, *, ask: Asks) -> tuple[Region, ...]:
    """Return regions without which the heads publish the frame; empty where none were found."""
    hottest = heat.hottest
    tries = [tuple(hottest[:size]) for size in _SIZES if size <= len(hottest)]
    answers = ask([without_regions(frame, regions) for regions in tries])
    enough = [
        regions
        for regions, answer in zip(tries, answers, strict=True)
        if answer.outcome is Outcome.PUBLISH
    ]
    return _pruned(frame, enough[0], ask) if enough else ()


def _pruned(frame: Pixels, regions: tuple[Region, ...], ask: Asks) -> tuple[Region, ...]:
    """Put back every region that was not needed, the weakest first."""
    for region in reversed(regions):
        fewer = tuple(other for other in regions if other != region)
        if fewer and ask([without_regions(frame, fewer)])[0].outcome is Outcome.PUBLISH:
            regions = fewer
    return regions


@dataclass(frozen=True)
class Word:
    """One word of a picture's texts."""

    origin: TextOrigin
    text: str


AsksWords = Callable[[Sequence[Sequence[Word]]], Sequence[Sequence[Weighed]]]
"""Has texts weighed for one policy; for each, what its windows say (none where no word is left)."""


def deciding_words(words: Sequence[Word], *, ask: AsksWords) -> tuple[Word, ...]:
    """Return words without which the heads publish the text; empty where none were found.

    Each round leaves out the one word without which the worst window scores lowest.
    """
    left, asked = list(words), 0
    removed: list[Word] = []
    while left and len(removed) < _MOST_WORDS_REMOVED and asked + len(left) <= _MOST_QUESTIONS:
        tries = [left[:i] + left[i + 1 :] for i in range(len(left))]
        answers = ask(tries)
        asked += len(tries)
        best = min(range(len(tries)), key=lambda i: _severity(answers[i]))
        removed.append(left[best])
        left = tries[best]
        if all(window.outcome is Outcome.PUBLISH for window in answers[best]):
            return tuple(removed)
    return ()


def _severity(windows: Sequence[Weighed]) -> float:
    return max((window.score for window in windows), default=float("-inf"))
