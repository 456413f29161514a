"""What the recogniser answered for one line, and whether that answer can be the whole line.

A recogniser that lacks a script does not say so: it answers "nothing here" with great confidence,
or a comma. What gives it away is room: letters stand about every half line height, and a stretch of
two heights without any is writing that was not read (measured: 99 % of lines in the scripts that
are read have no stretch over 1.3; Cyrillic ones have 2 to 10).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

_BLANK: Final = 0
_EDGE_HEIGHTS: Final = 0.5
"""The detector's boxes reach about half a line height beyond the first and the last letter."""
_LETTERS_A_HEIGHT: Final = 1.3
"""Letters that a stretch as long as a line is high holds at least, in a script of any kind."""
_WIDEST_SILENCE_HEIGHTS: Final = 2.0
_SURE: Final = 0.7
_HALF_KNOWN = re.compile(r"(?=\w*[\u0370-\u03ff\u1f00-\u1fff])\w{3,}")
"""Words in Greek: the alphabet has its letters for formulas, and guesses half of a word."""


@dataclass(frozen=True)
class ReadLine:
    """The words of one line.

    ``confidence``: the mean over its letters, in [0, 1]. ``silence_heights``: the longest stretch
    without a letter, in line heights. ``length_heights``: the whole line's length, in the same.
    """

    words: str
    confidence: float
    silence_heights: float
    length_heights: float

    @property
    def letters(self) -> int:
        """How many letters and digits were read."""
        return sum(character.isalnum() for character in self.words)

    @property
    def is_whole(self) -> bool:
        """Say whether the words can be all that the line says."""
        return (
            bool(self.words.strip())
            and self.confidence >= _SURE
            and self.silence_heights < _WIDEST_SILENCE_HEIGHTS
            and not _HALF_KNOWN.search(unicodedata.normalize("NFKC", self.words))
        )

    @property
    def unread_letters(self) -> int:
        """At least how many letters stand there unread; 0 if the line was read."""
        if self.is_whole:
            return 0
        return max(1, round(_LETTERS_A_HEIGHT * self.length_heights))


def decoded(
    chances: NDArray[np.float32], characters: Sequence[str], *, length_heights: float
) -> ReadLine:
    """Return what a (steps, characters) matrix of chances says about one line.

    Source: A. Graves et al., "Connectionist Temporal Classification" (2006), section 3.1, greedy:
    equal neighbours are one character, and blanks part equal characters.
    """
    best = chances.argmax(axis=1)
    kept = best != _BLANK
    kept[1:] &= best[1:] != best[:-1]
    if not kept.any():
        return ReadLine("", 0.0, length_heights, length_heights)
    words = [characters[index] for index in best[kept]]
    places = np.flatnonzero(kept)[[bool(word.strip()) for word in words]]
    confidence = float(min(chances.max(axis=1)[kept].mean(), 1.0))
    silence = _longest_silence(places, len(best), length_heights)
    return ReadLine("".join(words), confidence, silence, length_heights)


def _longest_silence(places: NDArray[np.intp], steps: int, length_heights: float) -> float:
    """Return the longest stretch between letters, or a letter and the end, in line heights."""
    if not len(places):
        return length_heights
    step_heights = length_heights / steps
    ends = (_EDGE_HEIGHTS, length_heights - _EDGE_HEIGHTS)
    return float(np.diff([ends[0], *(places * step_heights), ends[1]]).max())
