import pytest

from ostraka.learning.sources.labels import LabelRules, label_rules

SOURCES = ("0ad", "emoji", "freedoom", "game_icons", "games_thumbnails", "openclipart", "wesnoth")


def test_what_is_listed_violates_under_its_section_s_name() -> None:
    labelled = label_rules("game_icons").labelled("revolver", concept="revolver")
    assert labelled is not None
    assert labelled.violates
    assert labelled.concept == "pistol"


def test_what_no_section_lists_is_benign_under_its_own_concept() -> None:
    labelled = label_rules("game_icons").labelled("teapot", concept="teapot")
    assert labelled is not None
    assert not labelled.violates
    assert labelled.concept == "teapot"


def test_what_is_unclear_is_used_by_neither_side() -> None:
    assert label_rules("game_icons").labelled("broken-skull", concept="skull") is None


def test_an_exact_name_wins_over_a_pattern() -> None:
    labelled = label_rules("game_icons").labelled("chopped-skull", concept="skull")
    assert labelled is not None
    assert labelled.violates


def test_openmoji_draws_a_handgun_where_the_others_draw_a_toy() -> None:
    pistol = (label_rules("openmoji") + label_rules("emoji")).labelled("1f52b", concept="pistol")
    toy = label_rules("emoji").labelled("1f52b", concept="pistol")
    assert pistol is not None
    assert pistol.violates
    assert toy is not None
    assert not toy.violates


@pytest.mark.parametrize("source", SOURCES)
def test_no_name_is_listed_twice(source: str) -> None:
    patterns = [pattern for pattern, _ in label_rules(source).rules]
    assert sorted(patterns) == sorted(set(patterns))


def test_rules_ask_the_first_list_first() -> None:
    rules = LabelRules((("a", "sword"),)) + LabelRules((("a", "unclear"),))
    labelled = rules.labelled("a", concept="a")
    assert labelled is not None
    assert labelled.concept == "sword"
