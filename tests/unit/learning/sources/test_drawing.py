import io

import numpy as np
import pytest
from PIL import Image

from ostraka.learning.sources import memes as memes_module
from ostraka.learning.sources.compose import SURROUNDINGS, place_on_background
from ostraka.learning.sources.lines import DRAWN_LANGUAGES, lines
from ostraka.learning.sources.memes import draw_meme, drawings_of, memes
from ostraka.learning.sources.photographs import installed_photographs
from ostraka.learning.sources.raw import PHOTOGRAPH_RENDITIONS, photograph_pictures
from ostraka.learning.sources.seeded import between, pick, share
from ostraka.learning.split import Part, part_of

GREY = (120, 140, 130)


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def square(level: int) -> Image.Image:
    return Image.new("RGBA", (40, 40), (level, level, level, 255))


def test_choices_hang_on_their_words_alone() -> None:
    assert share("a", "b") == share("a", "b") != share("ab")
    assert 0 <= share("x") < 1
    assert 2 <= between(2, 5, "x") < 5
    assert {pick("abc", str(i)) for i in range(50)} == set("abc")


def test_one_seed_draws_one_picture() -> None:
    assert place_on_background(square(0), seed="s") == place_on_background(square(0), seed="s")
    assert place_on_background(square(0), seed="s") != place_on_background(square(0), seed="t")


@pytest.mark.parametrize("level", [0, 128, 255])
def test_art_stands_out_from_every_ground(level: int) -> None:
    for number in range(25):
        picture = np.asarray(opened(place_on_background(square(level), seed=f"{number}")), float)
        levels = picture.mean(axis=2)
        art = np.abs(levels - level) < 12
        assert art.mean() > 0.1
        assert np.abs(levels[~art] - level).mean() > 25


def test_white_is_not_what_tells_art_from_art() -> None:
    corners = [
        opened(place_on_background(square(0), seed=f"{n}")).getpixel((0, 0)) for n in range(60)
    ]
    assert 0.02 < np.mean([corner == (255, 255, 255) for corner in corners]) < 0.5


def test_a_meme_is_a_jpeg_of_the_same_bytes_every_time() -> None:
    first = draw_meme("We bombed the math exam", language="en", seed="1")
    assert first.startswith(b"\xff\xd8")
    assert first == draw_meme("We bombed the math exam", language="en", seed="1")


def test_what_stands_behind_a_meme_does_not_hang_on_what_it_says() -> None:
    drawn = list(memes(lines(), variants=3))
    calls = [m.labels["violence"] for m in drawn if m.labels["incitement"]]
    others = [m.labels["violence"] for m in drawn if not m.labels["incitement"]]
    assert abs(np.mean(calls) - np.mean(others)) < 0.03


def test_no_meme_is_drawn_in_a_script_that_the_text_reader_cannot_read() -> None:
    assert {line.language for line in lines()} - {"ru", "ar", "zh"} == {
        meme.name[:2] for meme in memes(lines())
    }


@pytest.mark.parametrize("number", range(12))
def test_the_longest_line_stays_inside_its_picture(
    number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Drawn at a size that fits, with room on every side; not drawn too large and shrunk after."""
    monkeypatch.setattr(memes_module, "_ground", lambda size, **_: Image.new("RGB", size, GREY))
    longest = max((x.words for x in lines() if x.language in DRAWN_LANGUAGES), key=len)
    for words in (longest, " ".join(["unbelievable"] * 25)):
        picture = np.asarray(opened(draw_meme(words, language="en", seed=f"{number}")), int)
        rows, columns = np.nonzero(np.abs(picture - GREY).max(axis=2) > 60)
        height, width, _ = picture.shape
        top, bottom = rows.min(), height - 1 - rows.max()
        assert min(top, bottom) >= 3
        assert top + bottom > 0.15 * height
        assert min(columns.min(), width - 1 - columns.max()) > 0.015 * width


def test_what_stands_behind_a_meme_is_for_the_same_part_of_the_split_as_its_line() -> None:
    for part in Part:
        drawn = [line for line in lines() if part_of(line.concept) is part]
        armed = [m.concept for m in memes(drawn, variants=4) if m.labels["violence"]]
        assert {part_of(concept) for concept in armed} <= {part}
        assert {part_of(a.labelled.concept) for a in drawings_of(part, violates=False)} == {part}


def test_no_photograph_that_measures_was_seen_behind_drawings_that_taught() -> None:
    assert {part_of(f"photograph: {concept}") for concept in SURROUNDINGS} == {Part.TRAIN}
    assert set(SURROUNDINGS) <= {photo.concept for photo in installed_photographs()}


def test_parts_of_a_photograph_share_its_concept_and_are_other_pictures() -> None:
    of_one = [p for p in photograph_pictures() if p.concept == "photograph: cat"]
    assert len(of_one) == PHOTOGRAPH_RENDITIONS == len({p.name for p in of_one})
    assert len({p.load() for p in of_one}) == PHOTOGRAPH_RENDITIONS
    assert of_one[1].load() == of_one[1].load()
