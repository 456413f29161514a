"""From evidence to a verdict: heads vote, the worst item decides, scrutiny has the last word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ostraka.ensemble import Outcome, VoteCount
from ostraka.evidence.model import PictureEvidence, Space
from ostraka.moderation.facts import PictureFacts
from ostraka.moderation.judge import Judge, PolicyRule
from ostraka.moderation.scrutiny import (
    DEFAULT_BOUNDS,
    Reason,
    ScrutinyBounds,
    scrutinise,
    views_flip_votes,
)
from ostraka.moderation.suspect import Case, KnownPictures, reasons_for
from ostraka.moderation.verdict import Basis, PolicyVerdict, Verdict
from ostraka.moderation.weigh import Weighing, weigh_evidence
from ostraka.moderation.worst import certify_worst, deciding, worst_outcome

Views = Sequence[Callable[[], PictureEvidence]]
"""Each takes the evidence of one crop or re-encoding of the picture."""


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a verdict may use besides the release and the evidence.

    ``caption``: the words the evidence was taken with. ``views`` cost time and are asked one
    by one, only where a publish hangs on scores near a margin, and only until they settle it.
    """

    facts: PictureFacts | None = None
    caption: str = ""
    known: KnownPictures | None = None
    views: Views = ()
    bounds: ScrutinyBounds = DEFAULT_BOUNDS


NOTHING_AROUND = Surroundings()


def judge_evidence(
    judge: Judge, evidence: PictureEvidence, *, around: Surroundings = NOTHING_AROUND
) -> Verdict:
    """Return the verdict on one picture: for every policy its votes, certificate and reasons.

    Anything that is missing or broken ends in review, never in publish.

    Raises:
        EvidenceMismatchError: the evidence comes from another stack than the release was made for.
    """
    weighing = weigh_evidence(judge, evidence, caption=around.caption)
    case = Case(
        evidence=evidence,
        weighing=weighing,
        facts=around.facts,
        known=around.known,
        bounds=around.bounds,
    )
    rules = [(space.space, rule) for space in judge.spaces for rule in space.rules]
    verdicts = [
        scrutinise(_model_verdict(rule, space, weighing), reasons_for(case, space, rule))
        for space, rule in rules
    ]
    doubtful = [
        space is Space.PIXELS and _hangs_on_a_margin(verdict, weighing, around.bounds)
        for verdict, (space, _) in zip(verdicts, rules, strict=True)
    ]
    unsettled = [place for place, doubt in enumerate(doubtful) if doubt]
    views: list[Weighing] = []
    for ask in around.views:
        if not unsettled:
            break
        views.append(weigh_evidence(judge, ask()))
        for place in list(unsettled):
            flipped = _flip(verdicts[place], weighing, views, around)
            if flipped is not None:
                unsettled.remove(place)
            if flipped:
                verdicts[place] = scrutinise(verdicts[place], [Reason.LOW_ROBUSTNESS])
    return Verdict(evidence.canonical_sha256, judge.release_id, tuple(verdicts))


def _model_verdict(rule: PolicyRule, space: Space, weighing: Weighing) -> PolicyVerdict:
    """Return what the votes alone say, before any check."""
    items = weighing.votes(rule.policy.name)
    if not items:
        return _without_votes(rule, _basis_without_items(space, weighing))
    if not rule.taught:
        return _without_votes(rule, Basis.UNTAUGHT)
    count = deciding(items).count
    outcome = worst_outcome([item.outcome for item in items])
    return PolicyVerdict(
        policy=rule.policy.name,
        outcome=outcome,
        model_outcome=outcome,
        basis=Basis.VOTES,
        votes=(count.block, count.benign, count.unsure),
        certificate=certify_worst(items, rule.thresholds),
        base_outcome=worst_outcome([item.base_outcome for item in items]),
    )


def _basis_without_items(space: Space, weighing: Weighing) -> Basis:
    nothing_lost = space is Space.TEXT and space not in weighing.missing
    return Basis.NO_EVIDENCE if nothing_lost else Basis.FAILED


def _without_votes(rule: PolicyRule, basis: Basis) -> PolicyVerdict:
    outcome = Outcome.REVIEW if basis is Basis.FAILED else Outcome.PUBLISH
    return PolicyVerdict(rule.policy.name, outcome, outcome, basis)


def _hangs_on_a_margin(verdict: PolicyVerdict, weighing: Weighing, bounds: ScrutinyBounds) -> bool:
    if verdict.outcome is not Outcome.PUBLISH or verdict.basis is not Basis.VOTES:
        return False
    votes = weighing.votes(verdict.policy)
    return any(weighed.slack < bounds.near_slack for weighed in votes)


def _flip(
    verdict: PolicyVerdict, weighing: Weighing, views: Sequence[Weighing], around: Surroundings
) -> bool | None:
    picture = deciding(weighing.votes(verdict.policy)).count
    others = [_view_count(view, verdict.policy, picture) for view in views]
    return views_flip_votes(picture, others, around.bounds, of=len(around.views))


def _view_count(view: Weighing, policy: str, picture: VoteCount) -> VoteCount:
    """Return the votes on a view; a view that could not be weighed has lost every benign vote."""
    items = view.votes(policy)
    return deciding(items).count if items else VoteCount(0, 0, picture.total)
