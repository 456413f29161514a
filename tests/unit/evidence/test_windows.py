from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ostraka.evidence.model import TextFound, TextLine, TextOrigin
from ostraka.evidence.windows import STRIDE_WORDS, WINDOW_WORDS, normalise, window_texts
from ostraka.limits import DEFAULT_LIMITS

HARMLESS = [f"word{number}" for number in range(600)]


def found(*lines: str) -> TextFound:
    return TextFound(tuple(TextLine(line, 0.9, (0.0, 0.0, 1.0, 1.0)) for line in lines))


def test_a_short_text_is_one_window() -> None:
    windows = window_texts([], "a cup of coffee").windows
    assert windows == ((TextOrigin.CAPTION, "a cup of coffee"),)


def test_no_text_is_no_window() -> None:
    assert window_texts([TextFound()], " \u200b\n").windows == ()


def test_text_in_the_picture_and_the_caption_stay_apart() -> None:
    windows = window_texts([found("in the picture")], "in the caption").windows
    assert windows == (
        (TextOrigin.PICTURE, "in the picture"),
        (TextOrigin.CAPTION, "in the caption"),
    )


@pytest.mark.parametrize("place", [0, 11, 100, 233])
def test_a_threat_hidden_in_a_long_text_stands_in_a_window_of_its_size(place: int) -> None:
    threat = ["kill", "them", "all", "tonight"]
    words = [*HARMLESS[:place], *threat, *HARMLESS[place:300]]
    text = window_texts([], " ".join(words))
    holding = [window for _, window in text.windows if " ".join(threat) in window]
    assert min(len(window.split()) for window in holding) <= WINDOW_WORDS
    assert not text.truncated


@given(st.integers(0, 500))
def test_windows_miss_no_word_and_keep_to_the_limit(count: int) -> None:
    text = window_texts([], " ".join(HARMLESS[:count]))
    assert len(text.windows) <= DEFAULT_LIMITS.text_parts
    parts = text.windows[1:] or text.windows
    assert {word for _, window in parts for word in window.split()} == set(HARMLESS[:count])


@given(st.integers(WINDOW_WORDS + 1, 380))
def test_neighbouring_windows_overlap_by_half(count: int) -> None:
    text = window_texts([], " ".join(HARMLESS[:count]))
    starts = [HARMLESS.index(window.split()[0]) for _, window in text.windows[1:]]
    assert max(b - a for a, b in pairwise(starts)) <= STRIDE_WORDS


def test_text_over_the_limit_is_flagged_not_cut_in_silence() -> None:
    long = "x" * 5 + " " + " ".join("abcdefghi" for _ in range(500))
    assert window_texts([], long).truncated


def test_text_that_needs_more_windows_than_allowed_is_flagged_and_still_covered() -> None:
    limits = replace(DEFAULT_LIMITS, text_parts=4)
    text = window_texts([], " ".join(HARMLESS[:200]), limits=limits)
    assert text.truncated
    assert len(text.windows) == 4
    assert {w for _, part in text.windows[1:] for w in part.split()} == set(HARMLESS[:200])


def test_a_long_caption_does_not_crowd_out_the_text_in_the_picture() -> None:
    limits = replace(DEFAULT_LIMITS, text_parts=8)
    lines = [" ".join(HARMLESS[i : i + 5]) for i in range(0, 60, 5)]
    text = window_texts([found(*lines)], " ".join(HARMLESS), limits=limits)
    origins = [origin for origin, _ in text.windows]
    assert origins.count(TextOrigin.PICTURE) == 4
    assert origins.count(TextOrigin.CAPTION) == 4


def test_a_line_shown_in_every_frame_is_weighed_once() -> None:
    frames = [found("the same"), found("the same", "and more"), found("The Same")]
    assert window_texts(frames, "").windows == ((TextOrigin.PICTURE, "the same and more"),)


def test_writing_without_spaces_is_windowed_too() -> None:
    text = window_texts([], "杀" * 600)
    assert len(text.windows) > 3
    assert all(len(window) <= 600 for _, window in text.windows)
    assert min(len(window) for _, window in text.windows) <= 12 * WINDOW_WORDS


@pytest.mark.parametrize(
    ("disguised", "plain"),
    [
        ("k\u200bi\u200dl\ufeffl", "kill"),
        ("\u202ekill\u202c", "kill"),
        ("\uff4b\uff49\uff4c\uff4c", "kill"),
        ("\U0001d424\U0001d422\U0001d425\U0001d425", "kill"),
        ("kill\u00ad them\u3164 all\ufe0f", "kill them all"),
        ("kill\n\n\tthem\x0ball", "kill them all"),
        ("k\x00ill", "kill"),
        ("a\ud800b", "ab"),
    ],
)
def test_invisible_characters_and_lookalike_forms_are_undone(disguised: str, plain: str) -> None:
    assert normalise(disguised) == plain


@settings(max_examples=300)
@given(st.text(max_size=60))
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


IGNORABLE = [
    *("\u00ad", "\u034f", "\u061c", "\u115f", "\u1160", "\u17b4", "\u180b", "\u180e", "\u180f"),
    *("\u200b", "\u202e", "\u2066", "\u3164", "\ufe0f", "\ufeff", "\uffa0", "\U000e0100"),
    *("\U000e01ef", "\U0001d173", "\U000e0041"),
]


@pytest.mark.parametrize("char", IGNORABLE, ids=[f"U+{ord(char):04X}" for char in IGNORABLE])
def test_what_unicode_calls_ignorable_splits_no_word(char: str) -> None:
    assert normalise(char.join("kill them")) == "kill them"


def test_strokes_through_letters_and_cells_without_dots_hide_nothing() -> None:
    assert normalise("\u0336".join("kill") + "\u0336\u2800them") == "kill them"


def test_letters_keep_the_marks_that_make_them_other_letters() -> None:
    assert normalise("ko\u0308nnen, żółć, हिन्दी") == "können, żółć, हिन्दी"


@pytest.mark.parametrize("filler", [" ", "\n", "\u200b", "\u2800"])
def test_words_behind_thousands_of_blanks_are_weighed(filler: str) -> None:
    threat = "kill every one of them"
    text = window_texts([], "a nice owl" + filler * 20_000 + " " + threat)
    assert any(threat in window for _, window in text.windows)
    assert not text.truncated


def test_a_pile_of_marks_costs_no_more_than_what_is_weighed_of_it() -> None:
    text = window_texts([], "a" + "\u0301\u0327" * 160_000)
    assert text.truncated
    assert max(len(window) for _, window in text.windows) <= DEFAULT_LIMITS.text_characters
