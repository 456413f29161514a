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
from ostraka.moderation.occlusion import GRID, Asks, HeatMap, Pixels, Region, without_regions
from ostraka.moderation.worst import worst_outcome

_SIZES: Final = (1, 2, 3, 4, 6, 8, 12, 16, 24)
_WINDOW_SIDES: Final = (2, 3, 5)
_MOST_WORDS_REMOVED: Final = 8
_MOST_QUESTIONS: Final = 1_000


@dataclass(frozen=True)
class WithoutRegions:
    """Regions, and what the votes would have said without them."""

    regions: tuple[Region, ...]
    outcome: Outcome


def deciding_regions(
    frame: Pixels, heat: HeatMap, *, outcome: Outcome, ask: Asks
) -> WithoutRegions | None:
    """Return few regions without which the votes are as mild as can be; None if none were found.

    Tried are the hottest regions together, and windows of neighbours, since a thing may be too
    large for any one region to matter. ``outcome`` is what the votes say of the whole frame.
    """
    hottest = heat.hottest
    tries = [tuple(hottest[:size]) for size in _SIZES if size <= len(hottest)]
    tries = sorted([*tries, *_windows()], key=len)
    answers = [one.outcome for one in ask([without_regions(frame, each) for each in tries])]
    mildest = min(answers, key=lambda answer: answer.severity)
    if mildest.severity >= outcome.severity:
        return None
    regions = tries[answers.index(mildest)]
    return WithoutRegions(_pruned(frame, regions, mildest, ask), mildest)


def _windows() -> list[tuple[Region, ...]]:
    return [
        tuple((top + row, left + column) for row in range(side) for column in range(side))
        for side in _WINDOW_SIDES
        for top in range(GRID - side + 1)
        for left in range(GRID - side + 1)
    ]


def _pruned(
    frame: Pixels, regions: tuple[Region, ...], wanted: Outcome, ask: Asks
) -> tuple[Region, ...]:
    """Put back every region that is not needed, round by round, while that stays so."""
    while len(regions) > 1:
        fewer = [tuple(o for o in regions if o != region) for region in reversed(regions)]
        answers = ask([without_regions(frame, each) for each in fewer])
        enough = [f for f, a in zip(fewer, answers, strict=True) if a.outcome is wanted]
        if not enough:
            break
        regions = enough[0]
    return regions


@dataclass(frozen=True)
class Word:
    """One word of a picture's texts."""

    origin: TextOrigin
    text: str


AsksWords = Callable[[Sequence[Sequence[Word]]], Sequence[Sequence[Weighed]]]
"""Has texts weighed for one policy; for each, what its windows say (none where no word is left)."""


@dataclass(frozen=True)
class WithoutWords:
    """Words, and what the votes would have said without them."""

    words: tuple[Word, ...]
    outcome: Outcome


def deciding_words(
    words: Sequence[Word], *, outcome: Outcome, ask: AsksWords
) -> WithoutWords | None:
    """Return few words without which the votes are milder; None where none were found.

    Each round leaves out the one word without which the worst window scores lowest, until the
    votes publish. ``outcome`` is what they say of the whole text.
    """
    left, asked = list(words), 0
    removed: list[Word] = []
    best: WithoutWords | None = None
    while left and len(removed) < _MOST_WORDS_REMOVED and asked + len(left) <= _MOST_QUESTIONS:
        tries = [left[:i] + left[i + 1 :] for i in range(len(left))]
        answers = ask(tries)
        asked += len(tries)
        lowest = min(range(len(tries)), key=lambda i: _highest_score(answers[i]))
        removed.append(left[lowest])
        left = tries[lowest]
        found = _worst(answers[lowest])
        if found.severity < (best.outcome if best else outcome).severity:
            best = WithoutWords(tuple(removed), found)
        if found is Outcome.PUBLISH:
            break
    return best


def _worst(windows: Sequence[Weighed]) -> Outcome:
    """Return the worst outcome; a text of no words is published."""
    return worst_outcome([Outcome.PUBLISH, *(window.outcome for window in windows)])


def _highest_score(windows: Sequence[Weighed]) -> float:
    return max((window.score for window in windows), default=float("-inf"))
