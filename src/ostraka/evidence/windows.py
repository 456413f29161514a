"""Text windows: a short threat cannot hide in a long harmless text.

The embedding of a long text is an average, and five words drown in five hundred. So every text is
weighed whole *and* in overlapping windows of a few words. Text in the picture and the caption stay
apart, since a contradiction between the two is evidence of its own.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ostraka.evidence.model import FrameEvidence, TextFound, TextOrigin
from ostraka.limits import DEFAULT_LIMITS, Limits

WINDOWS: Final = "nfkc words-24 stride-12 v3"
"""The identity of what happens below; part of the stack's identity. Change it with the code."""

WINDOW_WORDS: Final = 24
STRIDE_WORDS: Final = 12
_LONGEST_WORD_CHARACTERS: Final = 12
"""Longer runs count as several words: Chinese, Japanese and Thai put no spaces between words."""

_WORD = re.compile(rf"\S{{1,{_LONGEST_WORD_CHARACTERS}}}")
_INVISIBLE: Final = frozenset({"Cf", "Cc", "Cs", "Co", "Cn"})
"""Unicode categories of format, control, surrogate, private and unassigned characters: zero-width
and bidirectional controls split or reorder words for the network but not for the eye."""
_FILLERS: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0").union(
    map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
)
"""Letters and marks, by category, that render as nothing: with the categories above, all that
Unicode calls default ignorable (DerivedCoreProperties, Default_Ignorable_Code_Point)."""
_BLANK: Final = frozenset("\u2800")
"""Symbols, by category, that render as a space: the braille cell without dots."""
_OVERLAY: Final = 1
"""Canonical combining class of strokes through a letter, which leave it as legible as before."""


@dataclass(frozen=True)
class WindowedText:
    """Every window to weigh, and whether some text could not be weighed as promised."""

    windows: tuple[tuple[TextOrigin, str], ...]
    truncated: bool


def normalise(text: str) -> str:
    """Return the text in one spelling: NFKC, nothing invisible or struck through, single spaces."""
    visible = _visible(unicodedata.normalize("NFKC", _visible(text)))
    # Marks that an invisible character held apart may have come together.
    return " ".join(unicodedata.normalize("NFKC", visible).split())


def window_texts(
    frames: Iterable[FrameEvidence | TextFound], caption: str, *, limits: Limits = DEFAULT_LIMITS
) -> WindowedText:
    """Return the windows of the text in all frames of one picture and of its caption.

    ``truncated`` says that characters were over the limit, or that the windows had to be wider
    than promised to cover every word within ``limits.text_parts``: such text asks for a person.
    """
    bound = int(limits.text_characters)
    given = {
        TextOrigin.PICTURE: " ".join(_distinct_lines(frames)),
        TextOrigin.CAPTION: caption,
    }
    # Cut before spelling: that takes time that grows with the square of a pile of marks.
    seen = {origin: " ".join(_visible(text).split()) for origin, text in given.items()}
    texts = {origin: normalise(text[: bound + 1]) for origin, text in seen.items()}
    truncated = any(len(text) > bound for text in (*seen.values(), *texts.values()))
    spans = {origin: _words(text[:bound]) for origin, text in texts.items() if text}
    needs = {origin: _windows_needed(len(words)) for origin, words in spans.items()}
    shares = _shared_out(needs, int(limits.text_parts))
    windows = [
        (origin, texts[origin][start:end])
        for origin, words in spans.items()
        for start, end in _windows(words, shares[origin])
    ]
    truncated |= any(shares[origin] < needs[origin] for origin in needs)
    return WindowedText(tuple(windows), truncated)


def _visible(text: str) -> str:
    """Return the text without characters that render as nothing; breaks become spaces."""
    return "".join(
        " " if char.isspace() or char in _BLANK else char for char in text if not _is_unseen(char)
    )


def _is_unseen(char: str) -> bool:
    if char.isspace():
        return False
    unseen = char in _FILLERS or unicodedata.category(char) in _INVISIBLE
    return unseen or unicodedata.combining(char) == _OVERLAY


def _distinct_lines(frames: Iterable[FrameEvidence | TextFound]) -> list[str]:
    """Return the lines of all frames in order, each once: animations repeat their caption."""
    found = (frame.text if isinstance(frame, FrameEvidence) else frame for frame in frames)
    lines: dict[str, str] = {}
    for text in found:
        for line in text.lines:
            lines.setdefault(normalise(line.words).casefold(), line.words)
    return list(lines.values())


def _words(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in _WORD.finditer(text)]


def _windows_needed(word_count: int) -> int:
    if word_count <= WINDOW_WORDS:
        return 1
    return 2 + math.ceil((word_count - WINDOW_WORDS) / STRIDE_WORDS)


def _shared_out(needs: dict[TextOrigin, int], parts: int) -> dict[TextOrigin, int]:
    """Share the parts out: the one that needs less gets all it needs, up to half."""
    shares: dict[TextOrigin, int] = {}
    left = parts
    waiting = sorted(needs, key=lambda origin: needs[origin])
    for index, origin in enumerate(waiting):
        shares[origin] = max(1, min(needs[origin], left // (len(waiting) - index)))
        left -= shares[origin]
    return shares


def _windows(words: list[tuple[int, int]], share: int) -> list[tuple[int, int]]:
    """Return character spans: the whole, then windows evenly spread that miss no word."""
    if not words:
        return []
    spans = [(words[0][0], words[-1][1])]
    count = min(share, _windows_needed(len(words))) - 1
    if count < 1:
        return spans
    width = min(len(words), max(WINDOW_WORDS, math.ceil(2 * len(words) / (count + 1))))
    for index in range(count):
        start = round(index * (len(words) - width) / max(1, count - 1))
        spans.append((words[start][0], words[start + width - 1][1]))
    return spans
