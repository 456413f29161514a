import pytest

from ostraka.learning.sources.concepts import clip_art_concept, emoji_concept, normalised


@pytest.mark.parametrize(
    ("stem", "concept"),
    [
        ("apple_mateya_01", "apple mateya"),
        ("Windmills-07", "windmill"),
        ("glass", "glass"),
        ("bus", "bus"),
        ("red_cross", "red cross"),
    ],
)
def test_a_stem_loses_numbers_case_and_plural(stem: str, concept: str) -> None:
    assert normalised(stem) == concept


def test_a_series_of_one_drawing_is_one_concept() -> None:
    assert clip_art_concept("star_94pt17step") == clip_art_concept("star_61pt07step") == "star"


def test_a_name_of_numbers_alone_still_has_a_concept() -> None:
    assert clip_art_concept("9ball") == "9ball"


def test_skin_gender_and_joiners_do_not_make_another_concept() -> None:
    plain = emoji_concept("1F3C3")
    assert emoji_concept("1f3c3-1f3fd-200d-2640-fe0f") == plain == "runner"


def test_every_emoji_set_names_one_thing_alike() -> None:
    assert emoji_concept("1F5E1-FE0F") == emoji_concept("1f5e1") == "dagger knife"
