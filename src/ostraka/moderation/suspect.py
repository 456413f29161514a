"""Which redundancy checks speak up about one picture, for one policy.

:mod:`ostraka.moderation.scrutiny` holds the checks; this module hands each the values it asks for.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from ostraka.ensemble import Outcome
from ostraka.evidence.model import PictureEvidence, Space, TextOrigin
from ostraka.intake.fingerprint import Fingerprint
from ostraka.moderation import scrutiny
from ostraka.moderation.facts import PictureFacts
from ostraka.moderation.judge import PolicyRule
from ostraka.moderation.scrutiny import Reason, ScrutinyBounds
from ostraka.moderation.weigh import Weighing


class KnownPictures(Protocol):
    """Banks of fingerprints: blocked pictures, and allowed exceptions to them."""

    def is_near_blocked(self, fingerprint: Fingerprint) -> bool:
        """Say whether a blocked picture is near and no allowed exception is."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """Everything that the checks may look at."""

    evidence: PictureEvidence
    weighing: Weighing
    facts: PictureFacts | None
    known: KnownPictures | None
    bounds: ScrutinyBounds


def reasons_for(case: Case, space: Space, rule: PolicyRule) -> list[Reason]:
    """Return every reason why a person should look, in a fixed order."""
    checks = _pixel_checks if space is Space.PIXELS else _text_checks
    return [
        reason for reason, speaks in (*_common_checks(case, space), *checks(case, rule)) if speaks
    ]


Checked = Iterator[tuple[Reason, bool]]


def _common_checks(case: Case, space: Space) -> Checked:
    yield Reason.EVIDENCE_MISSING, space in case.weighing.missing
    yield Reason.NEAR_BLOCKED, _is_near_blocked(case)


def _pixel_checks(case: Case, rule: PolicyRule) -> Checked:
    yield from _detector_checks(case, rule)
    facts = case.facts
    if facts is not None:
        small = scrutiny.is_too_small(facts.width_pixels, facts.height_pixels, case.bounds)
        yield Reason.TOO_SMALL, small
        qualities = [fingerprint.quality for fingerprint in facts.fingerprints]
        yield Reason.BLANK, scrutiny.is_blank(qualities, case.bounds)
        yield Reason.FRAMES_LEFT_OUT, facts.frames_left_out > 0
    if rule.taught:
        yield Reason.EXTRACTORS_DISAGREE, _extractors_disagree(case, rule)
        yield Reason.TEXT_CONTRADICTS_PIXELS, _text_contradicts_pixels(case, rule)
        yield Reason.OUT_OF_DISTRIBUTION, _is_strange(case, Space.PIXELS)


def _text_checks(case: Case, rule: PolicyRule) -> Checked:
    shares = [frame.text.unreadable_share for frame in case.evidence.frames]
    yield Reason.UNREADABLE_TEXT, scrutiny.text_is_unreadable(shares, case.bounds)
    yield Reason.TOO_MUCH_TEXT, case.weighing.text_truncated
    if rule.taught:
        yield Reason.TEXTS_CONTRADICT, _texts_contradict(case, rule)
        yield Reason.OUT_OF_DISTRIBUTION, _is_strange(case, Space.TEXT)


def _detector_checks(case: Case, rule: PolicyRule) -> Checked:
    limits = rule.detector_limits
    for frame in case.evidence.frames:
        values = {name: frame.detections.get(name, math.nan) for name in limits}
        broken = not all(map(math.isfinite, values.values()))
        yield Reason.EVIDENCE_MISSING, broken
        yield Reason.DETECTOR_FIRED, scrutiny.a_detector_fired(values, limits)
        yield Reason.DETECTORS_DISAGREE, scrutiny.detectors_disagree(values, limits, case.bounds)


def _is_near_blocked(case: Case) -> bool:
    if case.known is None or case.facts is None:
        return False
    return any(case.known.is_near_blocked(fingerprint) for fingerprint in case.facts.fingerprints)


def _extractors_disagree(case: Case, rule: PolicyRule) -> bool:
    votes = case.weighing.votes(rule.policy.name)
    return any(weighed.extractors_disagree for weighed in votes)


def _is_strange(case: Case, space: Space) -> bool:
    return scrutiny.is_out_of_distribution([item.strangeness for item in case.weighing.of(space)])


def _text_contradicts_pixels(case: Case, rule: PolicyRule) -> bool:
    words = [weighed.score for item in case.weighing.of(Space.TEXT) for weighed in item.weighed]
    frames = case.weighing.votes(rule.policy.name)
    shares = [weighed.count.benign / weighed.count.total for weighed in frames]
    return scrutiny.text_contradicts_pixels(words, min(shares, default=0.0), case.bounds)


def _texts_contradict(case: Case, rule: PolicyRule) -> bool:
    outcomes: dict[TextOrigin | None, list[Outcome]] = {}
    for item in case.weighing.items:
        weighed = item.of(rule.policy.name)
        if weighed is not None:
            outcomes.setdefault(item.origin, []).append(weighed.outcome)
    caption, picture = (outcomes.get(origin, []) for origin in TextOrigin)
    return scrutiny.texts_contradict(caption, picture)
