from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from ostraka.evidence.read_line import ReadLine, decoded

ALPHABET = ["", *"abcdefghijklmnopqrstuvwxyz,", " "]
STEPS_A_HEIGHT = 6


def answer(*characters: tuple[int, str], steps: int, sure: float = 0.9) -> ReadLine:
    """Return what is decoded when these characters stand at these steps, and blanks elsewhere."""
    chances = np.full((steps, len(ALPHABET)), 0.001, np.float32)
    chances[:, 0] = 0.95
    for step, character in characters:
        chances[step] = 0.001
        chances[step, ALPHABET.index(character)] = sure
    return decoded(chances, ALPHABET, length_heights=steps / STEPS_A_HEIGHT)


def spread(words: Sequence[str], *, every: int) -> list[tuple[int, str]]:
    return [(3 + index * every, character) for index, character in enumerate(words)]


def test_equal_neighbours_are_one_letter_unless_a_blank_parts_them() -> None:
    assert answer((2, "l"), (3, "l"), (5, "l"), steps=9).words == "ll"


def test_a_line_full_of_letters_was_read() -> None:
    line = answer(*spread("kill them all", every=3), steps=42)
    assert line.words == "kill them all"
    assert line.is_whole
    assert line.unread_letters == 0


def test_a_comma_in_a_long_line_was_not_all_of_it() -> None:
    line = answer((20, ","), steps=60)
    assert line.confidence > 0.8
    assert not line.is_whole
    assert line.unread_letters >= 4


def test_spaces_alone_are_no_letters() -> None:
    assert not answer((10, " "), (20, " "), steps=36).is_whole


def test_words_at_the_end_do_not_stand_for_the_beginning() -> None:
    letters = [(30 + step, letter) for step, letter in spread("see you", every=3)]
    line = answer(*letters, steps=54)
    assert line.silence_heights > 4
    assert not line.is_whole


def test_nothing_read_is_as_silent_as_the_line_is_long() -> None:
    line = answer(steps=30)
    assert (line.words, line.confidence, line.silence_heights) == ("", 0.0, 5.0)


def test_a_single_box_unread_is_a_letter_at_least() -> None:
    assert answer(steps=3).unread_letters == 1


@pytest.mark.parametrize(
    ("words", "whole"),
    [("ΘANATOΣ", False), ("a + β = π", True), ("Ελλάδα", False), ("lunch at noon", True)],
)
def test_words_half_in_an_alphabet_for_formulas_were_guessed(words: str, *, whole: bool) -> None:
    assert ReadLine(words, 0.95, 1.0, 5.0).is_whole is whole


def test_letters_read_with_half_a_heart_are_not_read() -> None:
    assert not ReadLine("uuutp pnnph", 0.65, 1.0, 6.0).is_whole
