import io

import numpy as np
import pytest
from PIL import Image

from ostraka.learning.sources.compose import place_on_background
from ostraka.learning.sources.lines import lines
from ostraka.learning.sources.memes import draw_meme, memes
from ostraka.learning.sources.seeded import between, pick, share


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


def test_the_longest_line_stays_inside_its_picture() -> None:
    words = " ".join(["unbelievable"] * 25)
    for number in range(5):
        assert min(opened(draw_meme(words, language="en", seed=f"{number}")).size) >= 360
