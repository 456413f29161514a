"""What strangers wrote, made safe to show: it must not write to the screen by itself.

Attack: a file name, a caption or text in a picture holds escape sequences, line breaks or direction
marks, and rewrites the table so that a stopped picture seems published.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

# C0 and C1 controls, line and paragraph separators, lone surrogates, and everything that changes
# the direction of what follows (UAX 9, table 1).
_COMMANDS: Final = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)


_SEPARATOR: Final = "!"
_BYTES: Final = range(0xDC80, 0xDD00)
"""Bytes that are no UTF-8 stand in a name as these surrogates (PEP 383)."""
_LIKE_BYTES: Final = range(0x80, 0x100)
"""Characters whose usual spelling is that of a byte."""


def shown_name(path: str | Path) -> str:
    """Return a name in which everything that is not plainly visible is spelt out.

    No two names are shown alike: a backslash is two, and what separates an archive from what lies
    in it is spelt out in both.
    """
    return _shown_part(os.fsencode(path).decode("utf-8", "surrogateescape"))


def shown_member(archive: Path, name: str) -> str:
    """Return the name of something in an archive, like no other name."""
    return f"{shown_name(archive)}{_SEPARATOR}{_shown_part(name)}"


def shown_words(text: str) -> str:
    """Return text in one line, with the characters that command a terminal spelt out."""
    return _COMMANDS.sub(lambda found: _spelt(found.group()), " ".join(text.split()))


def shown_line(line: str) -> str:
    """Return a line of ours that quotes strangers, with the same characters spelt out."""
    return _COMMANDS.sub(lambda found: _spelt(found.group()), line)


def shown_json(json: str) -> str:
    r"""Return the same JSON with those characters as ``\u`` escapes: it stays one line.

    They can stand only within strings, where an escape means what the character means.
    """
    return _COMMANDS.sub(lambda found: f"\\u{ord(found.group()):04x}", json)


def _shown_part(name: str) -> str:
    return "".join(_shown_character(c) for c in name)


def _shown_character(character: str) -> str:
    code = ord(character)
    if code in _BYTES or character == _SEPARATOR:
        return f"\\x{code & 0xFF:02x}"
    if character.isprintable() and character != "\\":
        return character
    return f"\\u{code:04x}" if code in _LIKE_BYTES else _spelt(character)


def _spelt(character: str) -> str:
    return character.encode("unicode_escape").decode()
