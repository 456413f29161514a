"""One name for one depicted thing, whatever a source calls its file."""

from __future__ import annotations

import re
import unicodedata

_SEPARATORS = re.compile(r"[\s_\-./]+")
# A trailing part like "_jon__01" is an author and a number, as clip-art collections append them.
_NUMBERED = re.compile(r"[_\-]*\d+$")
_KEPT_PLURALS = ("ss", "us", "is")
_VARIANTS = {"FE0F", "200D", "1F3FB", "1F3FC", "1F3FD", "1F3FE", "1F3FF", "2640", "2642"}


def normalised(stem: str) -> str:
    """Return a file-name stem as plain singular words in lower case, numbers dropped."""
    words = _SEPARATORS.split(_NUMBERED.sub("", stem.strip()).lower())
    return " ".join(_singular(word) for word in words if word and not word.isdigit())


def clip_art_concept(stem: str) -> str:
    """Return what a clip-art file depicts: its first word or two, before the author's name."""
    words = [word for word in normalised(stem).split() if word.isalpha()]
    if not words:
        return normalised(stem)
    return " ".join(words[:1] if len(words[0]) > 4 else words[:2])  # noqa: PLR2004 - short first words ("red", "big") say too little alone


def emoji_concept(code_points: str) -> str:
    """Return the Unicode name of an emoji's parts, without skin, gender and joiners."""
    parts = [part for part in code_points.upper().split("-") if part not in _VARIANTS]
    names = [unicodedata.name(chr(int(part, 16)), part) for part in parts]
    return normalised(" ".join(names))


def _singular(word: str) -> str:
    if len(word) > 3 and word.endswith("s") and not word.endswith(_KEPT_PLURALS):  # noqa: PLR2004 - "bus", "gas"
        return word[:-1]
    return word
