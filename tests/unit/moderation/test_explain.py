from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.doubles.judges import BENIGN, BETWEEN, VIOLATING, angle, small_judge

from ostraka.ensemble import Outcome
from ostraka.evidence.model import Space, TextOrigin
from ostraka.moderation.contributions import contributions
from ostraka.moderation.counterfactual import Word, deciding_regions, deciding_words
from ostraka.moderation.judge import Judge, SpaceJudge, Weighed
from ostraka.moderation.occlusion import GRID, heat_map, without_regions
from ostraka.moderation.views import other_view

Pixels = NDArray[np.uint8]


def space_judge(judge: Judge, space: Space) -> SpaceJudge:
    found = judge.of(space)
    assert found is not None
    return found


PIXELS = space_judge(small_judge(), Space.PIXELS)


def weighed(value: float) -> Weighed:
    return PIXELS.weigh(PIXELS.project({"left": angle(value), "right": angle(value)}))[0]


def test_contributions_add_up_to_the_mean_heads_score() -> None:
    judge = space_judge(small_judge((0.5, -0.5, 0.25, 0.25, -0.5)), Space.PIXELS)
    vector = judge.project({"left": angle(VIOLATING), "right": angle(2.0)})
    parts = contributions(judge, vector, "violence")
    assert parts["left"] == pytest.approx(1.0, abs=1e-3)
    assert parts["right"] == pytest.approx(math.cos(2.0), abs=1e-3)
    mean = judge.heads.scores(vector[None, :])[0, 0].mean()
    assert sum(parts.values()) == pytest.approx(mean)


def test_where_no_head_is_adequate_nothing_contributes() -> None:
    judge = space_judge(small_judge(), Space.PIXELS)
    judge.heads.adequate.flags.writeable = True
    judge.heads.adequate[:] = False
    vector = judge.project({"left": angle(VIOLATING), "right": angle(VIOLATING)})
    assert contributions(judge, vector, "violence") == {"left": 0.0, "right": 0.0}


def spotted(*regions: tuple[int, int]) -> Pixels:
    """A grey frame with a bright spot in each of these regions."""
    frame = np.full((GRID * 10, GRID * 10, 3), 60, dtype=np.uint8)
    for row, column in regions:
        frame[row * 10 : row * 10 + 10, column * 10 : column * 10 + 10] = 255
    return frame


def ask(frames: Sequence[Pixels]) -> list[Weighed]:
    """The more bright spots, the more violating; none is benign."""
    spots = [(frame.min(axis=2) > 250).sum() / 100 for frame in frames]
    return [weighed(BENIGN - min(spots_in, 4) * BENIGN / 4) for spots_in in spots]


def test_the_heat_lies_where_the_evidence_is() -> None:
    frame = spotted((1, 2), (5, 5))
    heat = heat_map(frame, score=ask([frame])[0].score, ask=ask)
    assert set(heat.hottest) == {(1, 2), (5, 5)}
    assert (heat.drops > 0).sum() == 2


def test_hiding_a_region_leaves_the_rest_as_it_was() -> None:
    frame = spotted((0, 0))
    hidden = without_regions(frame, [(0, 0)])
    assert hidden[:10, :10].max() < 255
    np.testing.assert_array_equal(hidden[10:, 10:], frame[10:, 10:])
    assert frame[:10, :10].min() == 255


def test_the_regions_found_are_enough_and_none_is_idle() -> None:
    frame = spotted((0, 0), (3, 3), (6, 6))
    whole = ask([frame])[0].outcome
    assert whole is not Outcome.PUBLISH
    heat = heat_map(frame, score=ask([frame])[0].score, ask=ask)
    found = deciding_regions(frame, heat, outcome=whole, ask=ask)
    assert found is not None
    assert found.outcome is Outcome.PUBLISH
    assert ask([without_regions(frame, found.regions)])[0].outcome is Outcome.PUBLISH
    for region in found.regions:
        fewer = [other for other in found.regions if other != region]
        assert ask([without_regions(frame, fewer)])[0].outcome is not Outcome.PUBLISH


def test_a_hot_region_that_is_not_needed_is_put_back() -> None:
    frame = spotted((0, 0), (3, 6), (6, 0))

    def two_of_three(frames: Sequence[Pixels]) -> list[Weighed]:
        """The corner is warmest, and the two others alone decide."""
        answers = []
        for one in frames:
            corner, right, low = (
                int(one[r, c].min() > 250) for r, c in ((5, 5), (35, 65), (65, 5))
            )
            decided = BENIGN if not (right or low) else 1.0 - 0.2 * (right + low)
            answers.append(weighed(decided - 0.3 * corner))
        return answers

    heat = heat_map(frame, score=two_of_three([frame])[0].score, ask=two_of_three)
    assert heat.hottest[0] == (0, 0)
    found = deciding_regions(frame, heat, outcome=Outcome.BLOCK, ask=two_of_three)
    assert found is not None
    assert found.outcome is Outcome.PUBLISH
    assert set(found.regions) == {(3, 6), (6, 0)}


def test_a_thing_larger_than_any_region_is_found_as_a_window() -> None:
    frame = spotted(*[(row, column) for row in (2, 3) for column in (2, 3)])

    def all_or_nothing(frames: Sequence[Pixels]) -> list[Weighed]:
        seen = [(frame.min(axis=2) > 250).sum() > 0 for frame in frames]
        return [weighed(VIOLATING if any_left else BENIGN) for any_left in seen]

    heat = heat_map(frame, score=all_or_nothing([frame])[0].score, ask=all_or_nothing)
    assert heat.hottest == []
    found = deciding_regions(frame, heat, outcome=Outcome.BLOCK, ask=all_or_nothing)
    assert found is not None
    assert set(found.regions) == {(2, 2), (2, 3), (3, 2), (3, 3)}


def test_where_nothing_publishes_less_than_a_block_is_said() -> None:
    frame = spotted((0, 0))

    def unsure_at_best(frames: Sequence[Pixels]) -> list[Weighed]:
        bright = [(frame.min(axis=2) > 250).any() for frame in frames]
        return [weighed(VIOLATING if any_left else BETWEEN) for any_left in bright]

    heat = heat_map(frame, score=unsure_at_best([frame])[0].score, ask=unsure_at_best)
    found = deciding_regions(frame, heat, outcome=Outcome.BLOCK, ask=unsure_at_best)
    assert found is not None
    assert (found.regions, found.outcome) == (((0, 0),), Outcome.REVIEW)


def test_where_nothing_helps_no_regions_are_named() -> None:
    frame = spotted((0, 0))

    def stubborn(frames: Sequence[Pixels]) -> list[Weighed]:
        return [weighed(VIOLATING)] * len(frames)

    heat = heat_map(frame, score=9.0, ask=stubborn)
    assert deciding_regions(frame, heat, outcome=Outcome.BLOCK, ask=stubborn) is None


def words(*texts: str) -> list[Word]:
    return [Word(TextOrigin.PICTURE, text) for text in texts]


def ask_words(texts: Sequence[Sequence[Word]]) -> list[list[Weighed]]:
    """Two windows; bad words push theirs towards violating."""
    answers = []
    for text in texts:
        bad = sum(word.text in {"kill", "burn"} for word in text)
        value = (BENIGN, BETWEEN, VIOLATING)[bad]
        answers.append([weighed(value), weighed(BENIGN)] if text else [])
    return answers


def test_the_words_found_are_those_that_decide() -> None:
    text = words("we", "kill", "and", "burn", "them")
    found = deciding_words(text, outcome=Outcome.BLOCK, ask=ask_words)
    assert found is not None
    assert {word.text for word in found.words} == {"kill", "burn"}
    assert found.outcome is Outcome.PUBLISH


def test_a_single_word_may_be_all_there_is() -> None:
    found = deciding_words(words("kill"), outcome=Outcome.REVIEW, ask=ask_words)
    assert found is not None
    assert found.words == tuple(words("kill"))


def test_words_that_only_soften_a_block_are_named_as_such() -> None:
    def unsure_at_best(texts: Sequence[Sequence[Word]]) -> list[list[Weighed]]:
        bad = [any(word.text == "kill" for word in text) for text in texts]
        return [[weighed(VIOLATING if any_left else BETWEEN)] for any_left in bad]

    text = words("we", "kill", *"abcdefghijkl")
    found = deciding_words(text, outcome=Outcome.BLOCK, ask=unsure_at_best)
    assert found is not None
    assert (found.words, found.outcome) == (tuple(words("kill")), Outcome.REVIEW)


def test_where_no_words_help_none_are_named() -> None:
    def stubborn(texts: Sequence[Sequence[Word]]) -> list[list[Weighed]]:
        return [[weighed(VIOLATING)]] * len(texts)

    for text in (words(*"abcdefghijkl"), words(*["word"] * 2_000), []):
        assert deciding_words(text, outcome=Outcome.BLOCK, ask=stubborn) is None


def test_a_view_is_a_small_crop_that_nobody_outside_can_foresee() -> None:
    rng = np.random.default_rng(1)
    frame = rng.integers(0, 256, (200, 300, 3), dtype=np.uint8)

    def view(secret: bytes, index: int) -> Pixels:
        return other_view(frame, secret=secret, canonical_sha256="c" * 64, index=index)

    first = view(b"a" * 32, 0)
    np.testing.assert_array_equal(first, view(b"a" * 32, 0))
    assert first.dtype == np.uint8
    assert 0.85 * 200 <= first.shape[0] <= 200
    assert 0.85 * 300 <= first.shape[1] <= 300
    others = [view(b"b" * 32, 0), view(b"a" * 32, 1)]
    assert all(other.shape != first.shape or (other != first).any() for other in others)


def test_the_smallest_picture_has_views_too() -> None:
    frame = np.zeros((1, 1, 3), dtype=np.uint8)
    assert other_view(frame, secret=b"a" * 32, canonical_sha256="c", index=0).shape == (1, 1, 3)
