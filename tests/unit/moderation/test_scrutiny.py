from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostraka.ensemble import Outcome, VoteCount
from ostraka.moderation import scrutiny
from ostraka.moderation.scrutiny import DEFAULT_BOUNDS, Reason, scrutinise
from ostraka.moderation.verdict import Basis, PolicyVerdict


def verdict(outcome: Outcome, reasons: tuple[str, ...] = ()) -> PolicyVerdict:
    return PolicyVerdict("violence", outcome, outcome, Basis.VOTES, reasons=reasons)


@given(outcome=st.sampled_from(Outcome), reasons=st.lists(st.sampled_from(Reason), max_size=6))
def test_no_check_makes_a_verdict_milder_or_worse_than_review(
    outcome: Outcome, reasons: list[Reason]
) -> None:
    after = scrutinise(verdict(outcome), reasons)
    assert after.outcome.severity >= outcome.severity
    assert after.outcome in {outcome, Outcome.REVIEW}
    assert after.model_outcome is outcome
    assert set(after.reasons) == set(reasons)


def test_without_reasons_the_verdict_is_the_same_object() -> None:
    before = verdict(Outcome.PUBLISH)
    assert scrutinise(before, []) is before


def test_a_reason_is_named_once_and_earlier_ones_stay() -> None:
    before = verdict(Outcome.REVIEW, (Reason.BLANK,))
    after = scrutinise(before, [Reason.BLANK, Reason.TOO_SMALL, Reason.TOO_SMALL])
    assert after.reasons == ("blank", "too_small")


def test_every_reason_has_words_for_people() -> None:
    assert all(reason.words and reason.words != reason.value for reason in Reason)


P, R, B = Outcome.PUBLISH, Outcome.REVIEW, Outcome.BLOCK


@pytest.mark.parametrize(
    ("caption", "picture", "contradict"),
    [
        ([P], [B], True),
        ([B], [P], True),
        ([P, P], [P, R], True),
        ([P], [P], False),
        ([B], [R], False),
        ([], [B], False),
        ([P], [], False),
    ],
)
def test_a_mild_caption_on_a_violating_text_contradicts_it(
    caption: list[Outcome], picture: list[Outcome], *, contradict: bool
) -> None:
    assert scrutiny.texts_contradict(caption, picture) is contradict


@pytest.mark.parametrize(
    ("scores", "share", "contradicts"),
    [([0.2], 0.5, True), ([0.2], 1.0, False), ([-0.2], 0.5, False), ([], 0.0, False)],
)
def test_violent_words_ask_for_pixels_that_are_clearly_harmless(
    scores: list[float], share: float, *, contradicts: bool
) -> None:
    assert scrutiny.text_contradicts_pixels(scores, share, DEFAULT_BOUNDS) is contradicts


def test_text_that_cannot_be_read_is_noticed_in_any_frame() -> None:
    assert scrutiny.text_is_unreadable([0.0, 0.3], DEFAULT_BOUNDS)
    assert not scrutiny.text_is_unreadable([0.0, 0.0], DEFAULT_BOUNDS)


def test_no_unread_text_is_too_small_to_ask_for_a_person() -> None:
    assert scrutiny.text_is_unreadable([0.0005], DEFAULT_BOUNDS)


@pytest.mark.parametrize("far", [1.01, math.inf, math.nan])
def test_what_lies_far_from_trusted_rows_or_nowhere_is_strange(far: float) -> None:
    assert scrutiny.is_out_of_distribution([0.5, far])
    assert not scrutiny.is_out_of_distribution([0.5, 1.0])


LIMITS = {"one": 0.8, "two": 0.9}


@pytest.mark.parametrize(
    ("one", "two", "fired", "disagree"),
    [
        (0.8, 0.5, True, False),
        (0.1, 0.95, True, True),
        (0.79, 0.89, False, False),
        (0.0, 0.0, False, False),
        (math.nan, 0.0, True, True),
    ],
)
def test_a_detector_asks_for_a_person_at_its_own_limit(
    one: float, two: float, *, fired: bool, disagree: bool
) -> None:
    detections = {"one": one, "two": two}
    assert scrutiny.a_detector_fired(detections, LIMITS) is fired
    assert scrutiny.detectors_disagree(detections, LIMITS, DEFAULT_BOUNDS) is disagree


def test_a_detector_that_did_not_answer_asks_for_a_person() -> None:
    assert scrutiny.a_detector_fired({}, LIMITS)


@pytest.mark.parametrize(
    ("views", "answer"),
    [("", None), ("s", None), ("f", None), ("ff", True), ("ss", False), ("fs", None),
     ("fsf", True), ("fss", False)],
)  # fmt: skip
def test_votes_that_most_of_three_views_do_not_share_are_not_robust(
    *, views: str, answer: bool | None
) -> None:
    picture = VoteCount(0, 50, 1)
    counts = {"s": VoteCount(0, 45, 6), "f": VoteCount(0, 20, 31)}
    seen = [counts[view] for view in views]
    assert scrutiny.views_flip_votes(picture, seen, DEFAULT_BOUNDS, of=3) is answer


def test_where_there_are_no_views_nothing_flips() -> None:
    assert scrutiny.views_flip_votes(VoteCount(0, 50, 1), [], DEFAULT_BOUNDS, of=0) is False


def test_small_and_blank_pictures_are_not_judged_by_votes_alone() -> None:
    assert scrutiny.is_too_small(31, 500, DEFAULT_BOUNDS)
    assert not scrutiny.is_too_small(32, 32, DEFAULT_BOUNDS)
    assert scrutiny.is_blank([0, 0], DEFAULT_BOUNDS)
    assert not scrutiny.is_blank([0, 60], DEFAULT_BOUNDS)
    assert not scrutiny.is_blank([], DEFAULT_BOUNDS)
