from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from ostraka.assembly.shown import shown_json, shown_line, shown_member, shown_name, shown_words

COMMANDS = [*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
ARABIC, HEBREW = "\u0645\u0631\u062d\u0628\u0627", "\u05e9\u05dc\u05d5\u05dd"
PLAIN = f"Grüße, {ARABIC}, {HEBREW}, नम\u200dस्ते, 日本語, \U0001f44d\U0001f3fd"


@pytest.mark.parametrize("name", ["a\x1b[31mb.png", "a\nb.png", "a\u202eb.png", b"a\xffb.png"])
def test_a_name_cannot_write_to_the_terminal(name: str | bytes) -> None:
    shown = shown_name(os.fsdecode(name))
    assert shown.isprintable()
    shown.encode("utf-8")
    assert shown.startswith("a\\")


@pytest.mark.parametrize("code", COMMANDS, ids=hex)
def test_nothing_that_commands_a_terminal_is_shown(code: int) -> None:
    text = f"a{chr(code)}b"
    for shown in (shown_name(text), shown_words(text), shown_line(text)):
        assert chr(code) not in shown
        assert shown[0] == "a"
    written = json.dumps([text], ensure_ascii=False)
    assert chr(code) not in shown_json(written)
    assert json.loads(shown_json(written)) == [text]


def test_words_in_any_writing_are_shown_as_they_are() -> None:
    assert shown_words(PLAIN) == shown_line(PLAIN) == shown_json(PLAIN) == PLAIN


def test_words_are_one_line() -> None:
    assert shown_words("  two\nlines\r\n\u2028and \x85 more ") == "two lines and more"
    assert shown_words(" \n ") == ""


def test_a_line_keeps_its_spaces() -> None:
    assert shown_line("  a  b\x1b]0;title\x07") == "  a  b\\x1b]0;title\\x07"


def test_no_two_names_are_shown_alike() -> None:
    pieces = ["!", "\\", "\\\\", "n", "\n", "\\n", "\x1b", "\\x1b", "\x85", "\\x85", "\\u0085"]
    pieces += ["\u200b", "\\u200b", "\\x21", os.fsdecode(b"\x85"), "\xa0", os.fsdecode(b"\xa0")]
    names = {first + second for first in pieces for second in ["", *pieces]}
    assert len({shown_name(name) for name in names}) == len(names)


def test_what_lies_in_an_archive_is_shown_like_no_file() -> None:
    inside = [("x.zip", "a.jpg"), ("x.zip!a", "b.jpg"), ("x.zip", "a!b.jpg"), ("x.zip", "!a.jpg")]
    shown = [shown_member(Path(archive), name) for archive, name in inside]
    shown += [shown_name(f"{archive}!{name}") for archive, name in inside]
    assert shown[0] == "x.zip!a.jpg"
    assert len(set(shown)) == len({*inside}) + len({"!".join(names) for names in inside})


def test_names_in_any_writing_are_shown_as_they_are() -> None:
    plain = f"Grüße, {ARABIC}, {HEBREW}, 日本語, \U0001f44d\U0001f3fd.png"
    assert shown_name(plain) == plain
