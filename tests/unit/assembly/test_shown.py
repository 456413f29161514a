from __future__ import annotations

import json
import os

import pytest

from ostraka.assembly.shown import shown_json, shown_line, shown_name, shown_words

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
