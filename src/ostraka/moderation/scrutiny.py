"""Redundancy checks: they can move a verdict towards review, and nowhere else.

Every check is a small function of measured values that answers yes or no. What a yes does is
written once, in :func:`scrutinise`: a verdict that would have published waits for a person; one
that is reviewed or blocked already stays as it is and carries the reason.

The bounds are fixed here or fitted on trusted pictures alone. None may depend on members' rows:
a check that an account could tune would be a way around the certificate.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from ostraka.ensemble import Outcome, VoteCount
from ostraka.moderation.verdict import PolicyVerdict


class Reason(StrEnum):
    """Why a verdict was moved to review; the value is the stable code."""

    EVIDENCE_MISSING = "evidence_missing"
    EXTRACTORS_DISAGREE = "extractors_disagree"
    TEXTS_CONTRADICT = "texts_contradict"
    TEXT_CONTRADICTS_PIXELS = "text_contradicts_pixels"
    UNREADABLE_TEXT = "unreadable_text"
    TOO_MUCH_TEXT = "too_much_text"
    OUT_OF_DISTRIBUTION = "out_of_distribution"
    DETECTOR_FIRED = "detector_fired"
    DETECTORS_DISAGREE = "detectors_disagree"
    NEAR_BLOCKED = "near_blocked"
    LOW_ROBUSTNESS = "low_robustness"
    TOO_SMALL = "too_small"
    BLANK = "blank"
    FRAMES_LEFT_OUT = "frames_left_out"

    @property
    def words(self) -> str:
        """What the code means, for people."""
        return _WORDS[self]


_WORDS: Mapping[Reason, str] = {
    Reason.EVIDENCE_MISSING: "a part of the evidence is missing or broken",
    Reason.EXTRACTORS_DISAGREE: "the independent extractors say opposite things",
    Reason.TEXTS_CONTRADICT: "the caption and the text in the picture contradict each other",
    Reason.TEXT_CONTRADICTS_PIXELS: "the words are violent and the picture is not clearly harmless",
    Reason.UNREADABLE_TEXT: "there is text in the picture that could not be read",
    Reason.TOO_MUCH_TEXT: "there is more text than can be weighed",
    Reason.OUT_OF_DISTRIBUTION: "it is further from what was taught than nearly all of that",
    Reason.DETECTOR_FIRED: "a public detector reports it",
    Reason.DETECTORS_DISAGREE: "public detectors contradict each other",
    Reason.NEAR_BLOCKED: "it is nearly the same as a blocked picture",
    Reason.LOW_ROBUSTNESS: "small crops or re-encodings change the votes",
    Reason.TOO_SMALL: "it is too small to judge",
    Reason.BLANK: "there is hardly anything to see in it",
    Reason.FRAMES_LEFT_OUT: "the file has frames that were not looked at",
}


@dataclass(frozen=True, kw_only=True)
class ScrutinyBounds:
    """When a check says yes, where the release does not say so (see ``judge.PolicyRule``).

    Scores: the mean trusted violating row is +1, the mean benign one -1.
    """

    violent_score: float = 0.0
    """Words lean to violating over this score."""
    clearly_benign_share: float = 0.9
    """Share of heads that must vote benign for pixels to be clearly harmless."""
    unreadable_share: float = 0.0
    """Share of the frame under text that could not be read. None is too small: a line of a few
    words covers a thousandth of a photograph. The reader leaves out what holds no word."""
    detector_denies: float = 0.2
    """A detector at or under this value contradicts one that reports the picture."""
    near_slack: float = 0.05
    """How little the deciding score may move before a publish is worth asking other views."""
    flipped_share: float = 0.25
    """Share of the heads that may stop voting benign on a crop or re-encoding."""
    smallest_side_pixels: int = 32
    blank_quality: int = 0
    """PDQ quality (0 to 100) up to which a picture counts as blank."""


DEFAULT_BOUNDS = ScrutinyBounds()


def scrutinise(verdict: PolicyVerdict, reasons: Collection[Reason]) -> PolicyVerdict:
    """Return the verdict with these reasons: at least review if there is any, never milder."""
    if not reasons:
        return verdict
    known = tuple(dict.fromkeys((*verdict.reasons, *(str(reason) for reason in reasons))))
    outcome = max(verdict.outcome, Outcome.REVIEW, key=lambda outcome: outcome.severity)
    return replace(verdict, outcome=outcome, reasons=known)


def texts_contradict(caption: Sequence[Outcome], picture: Sequence[Outcome]) -> bool:
    """Ask whether the caption is clearly harmless and the picture's text violating, or reversed.

    Attack: a mild caption that explains away what the picture shouts.
    """
    if not caption or not picture:
        return False
    worst = {_worst(caption), _worst(picture)}
    return Outcome.PUBLISH in worst and len(worst) > 1


def text_contradicts_pixels(
    text_scores: Sequence[float], benign_share: float, bounds: ScrutinyBounds
) -> bool:
    """Ask whether the words lean to violating while the pixels are not clearly harmless.

    Args:
        text_scores: the mean score of each text part.
        benign_share: the share of heads that call the pixels benign.
        bounds: when to say yes.
    """
    leans = any(score > bounds.violent_score for score in text_scores)
    return leans and benign_share < bounds.clearly_benign_share


def text_is_unreadable(unreadable_shares: Sequence[float], bounds: ScrutinyBounds) -> bool:
    """Ask whether any frame holds text that was found and could not be read.

    Attack: a call for violence in letters bent until the reader gives up, in a script that it
    lacks, or so small that only people read it.
    """
    return any(share > bounds.unreadable_share for share in unreadable_shares)


def is_out_of_distribution(strangeness: Sequence[float]) -> bool:
    """Ask whether a frame or text is further from the trusted rows than nearly all of these.

    What is not a number is out of distribution too: ``not <=`` rather than ``>``.
    """
    return any(not value <= 1.0 for value in strangeness)


def a_detector_fired(detections: Mapping[str, float], limits: Mapping[str, float]) -> bool:
    """Ask whether a public detector reports the frame; one that did not answer counts as if it did.

    ``not <`` rather than ``>=``: what is not a number asks for a person as well.
    """
    return any(not detections.get(name, math.nan) < limit for name, limit in limits.items())


def detectors_disagree(
    detections: Mapping[str, float], limits: Mapping[str, float], bounds: ScrutinyBounds
) -> bool:
    """Ask whether one detector reports a frame that another firmly denies."""
    denied = any(detections.get(name, math.nan) <= bounds.detector_denies for name in limits)
    return denied and a_detector_fired(detections, limits)


def views_flip_votes(
    picture: VoteCount, views: Sequence[VoteCount], bounds: ScrutinyBounds, *, of: int
) -> bool | None:
    """Ask whether most crops and re-encodings take away many of the benign votes.

    Attack: adversarial pixels sit on a narrow spot, and most of their effect is gone after a crop.

    Returns:
        None while the views asked so far, of ``of`` in all, leave it open.
    """
    allowed = bounds.flipped_share * picture.total
    flipped = sum(picture.benign - view.benign > allowed for view in views)
    if 2 * flipped > of:
        return True
    return None if 2 * (flipped + of - len(views)) > of else False


def is_too_small(width_pixels: int, height_pixels: int, bounds: ScrutinyBounds) -> bool:
    """Ask whether a side is so short that the extractors would mostly see our own upscaling."""
    return min(width_pixels, height_pixels) < bounds.smallest_side_pixels


def is_blank(qualities: Sequence[int], bounds: ScrutinyBounds) -> bool:
    """Ask whether every frame is (nearly) flat: nothing was judged, so nothing was cleared."""
    return bool(qualities) and max(qualities) <= bounds.blank_quality


def _worst(outcomes: Sequence[Outcome]) -> Outcome:
    return max(outcomes, key=lambda outcome: outcome.severity)
