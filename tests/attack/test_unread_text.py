"""Words that people read and the reader does not: they are read after all, or a person looks.

Each of these once published: the text was found, or half found, and nothing was said of the rest.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from sklearn.datasets import load_sample_image
from tests.doubles.judges import BENIGN, evidence, frame, small_judge

from ostraka.ensemble import Outcome
from ostraka.evidence.model import TextFound
from ostraka.evidence.text_reader import RapidTextReader
from ostraka.moderation.screen import judge_evidence
from ostraka.moderation.scrutiny import DEFAULT_BOUNDS, text_is_unreadable

Pixels = NDArray[np.uint8]

FONTS = Path(mpl.get_data_path(), "fonts", "ttf")
CYRILLIC_LARGE = "УБЕЙ\nИХ"  # noqa: RUF001 -- as below
CYRILLIC = "СМЕРТЬ ВРАГАМ, БЕЙ ИХ"  # noqa: RUF001 -- letters that look like Latin ones
SANS, BOLD, SERIF = "DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSerif.ttf"


@pytest.fixture(scope="module")
def reader() -> RapidTextReader:
    reader = RapidTextReader()
    reader.warm()
    return reader


def page(words: str, *, pixels: int, side: int = 640, font: str = SANS) -> Pixels:
    """Return a white page with one line in black letters."""
    picture = Image.new("RGB", (side, side), "white")
    line = ImageFont.truetype(FONTS / font, pixels)
    ImageDraw.Draw(picture).text((side // 8, side // 3), words, font=line, fill="black")
    return np.asarray(picture)


def filling(words: str, *, width: int = 640, height: int = 640) -> Pixels:
    """Return the words, stretched to fill the picture to its borders."""
    font = ImageFont.truetype(FONTS / BOLD, 100)
    probe = ImageDraw.Draw(Image.new("L", (1, 1)))
    left, top, right, bottom = map(int, probe.multiline_textbbox((0, 0), words, font=font))
    letters = Image.new("RGB", (right - left + 8, bottom - top + 8), "navy")
    ImageDraw.Draw(letters).multiline_text((4 - left, 4 - top), words, font=font, fill="white")
    return np.asarray(letters.resize((width, height)))


def on_photograph(words: str, *, pixels: int, side: int = 2048) -> Pixels:
    picture = Image.fromarray(np.asarray(load_sample_image("flower.jpg"))).resize((side, side))
    font = ImageFont.truetype(FONTS / BOLD, pixels)
    ImageDraw.Draw(picture).text((side // 5, side // 2), words, font=font, fill="white",
                                 stroke_width=1, stroke_fill="black")  # fmt: skip
    return np.asarray(picture)


def asks_for_a_person(found: TextFound) -> bool:
    return text_is_unreadable([found.unreadable_share], DEFAULT_BOUNDS)


@pytest.mark.parametrize("words", ["KI\nLL", "DIE", "KILL"])
def test_letters_that_fill_the_picture_are_read(reader: RapidTextReader, words: str) -> None:
    assert reader.read(filling(words)).words.split() == words.split()


def test_a_word_that_fills_the_picture_in_a_script_it_lacks_asks_for_a_person(
    reader: RapidTextReader,
) -> None:
    assert asks_for_a_person(reader.read(filling(CYRILLIC_LARGE, height=480)))


@pytest.mark.parametrize("pixels", [16, 40])
@pytest.mark.parametrize("font", [SANS, BOLD, SERIF])
@pytest.mark.parametrize(
    "words", [CYRILLIC, "Смерть врагам", "смерть ворогам", "σκοτώστε τους όλους"]
)
def test_a_script_that_reads_as_a_comma_asks_for_a_person(
    reader: RapidTextReader, words: str, font: str, pixels: int
) -> None:
    assert asks_for_a_person(reader.read(page(words, pixels=pixels, font=font)))


def test_greek_capitals_that_pass_for_latin_ask_for_a_person(reader: RapidTextReader) -> None:
    assert asks_for_a_person(reader.read(page("ΘΑΝΑΤΟΣ ΣΤΟΥΣ ΕΧΘΡΟΥΣ", pixels=28)))


def test_harmless_words_beside_it_do_not_hide_a_script_that_is_not_read(
    reader: RapidTextReader,
) -> None:
    found = reader.read(page("Смерть врагам, see you at lunch", pixels=20))
    assert asks_for_a_person(found)


@pytest.mark.parametrize("pixels", [11, 14, 18])
def test_a_small_line_that_is_not_read_asks_for_a_person(
    reader: RapidTextReader, pixels: int
) -> None:
    assert asks_for_a_person(reader.read(page("убейте их всех", pixels=pixels)))


def test_what_was_not_read_keeps_the_picture_from_being_published(reader: RapidTextReader) -> None:
    found = reader.read(page("убейте их всех", pixels=18))
    verdicts = judge_evidence(small_judge(), evidence(frame(BENIGN, text=found)))
    (incitement,) = [each for each in verdicts.policies if each.policy == "incitement"]
    assert incitement.outcome is Outcome.REVIEW
    assert "unreadable_text" in incitement.reasons


@pytest.mark.parametrize("pixels", [14, 20])
def test_a_small_line_in_a_large_picture_is_read_whole(
    reader: RapidTextReader, pixels: int
) -> None:
    words = "kill them all tonight at the fence"
    assert words in reader.read(on_photograph(words, pixels=pixels)).words
    assert words in reader.read(page(words, pixels=pixels, side=2048)).words


def test_latin_lines_in_many_fonts_are_not_called_unread(reader: RapidTextReader) -> None:
    fonts = (SANS, BOLD, SERIF, "DejaVuSansMono-Bold.ttf", "STIXGeneral.ttf", "STIXGeneralBol.ttf")
    for font in fonts:
        for words in (
            "ILL WILL",
            "see you at the fence tonight",
            "www.mmm-wow.com",
            "10:45, no. 3",
        ):
            assert not asks_for_a_person(reader.read(page(words, pixels=24, font=font)))
