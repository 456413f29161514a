"""An explanation for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ostraka.assembly.explaining.explanation import Counterfactual, Explanation, PolicyExplanation
from ostraka.moderation.scrutiny import Reason
from ostraka.moderation.verdict import Basis

_HEAT = " ·░▒▓█"
_INDENT = "  "
_REGIONS_NAMED_SINGLY = 4
_BASIS_WORDS = {
    Basis.NO_EVIDENCE: "there is no text, so there is nothing to vote on",
    Basis.UNTAUGHT: "nobody taught this policy; public detectors may ask for a person",
    Basis.FAILED: "evidence is missing or broken, so a person must look",
}


def explanation_lines(explanation: Explanation) -> Iterator[str]:
    """Yield the explanation line by line."""
    picture = explanation.picture
    size = f"{picture.format.upper()}, {picture.width_pixels} x {picture.height_pixels}"
    yield f"{explanation.name}: {explanation.outcome}"
    yield f"{_INDENT}{size}, {picture.frames} frame{'s' if picture.frames > 1 else ''}"
    yield f"{_INDENT}judged by release {explanation.release_id[:16]}"
    if explanation.caption:
        yield f"{_INDENT}caption: {explanation.caption}"
    for line in explanation.text:
        yield f"{_INDENT}text found: {line.words}  (confidence {line.confidence:.2f})"
    if explanation.unreadable_share:
        yield f"{_INDENT}text that could not be read covers {explanation.unreadable_share:.1%}"
    for name, value in explanation.detections.items():
        yield f"{_INDENT}public detector {name}: {value:.2f}"
    for policy in explanation.policies:
        yield ""
        yield from _policy_lines(policy)


def _policy_lines(policy: PolicyExplanation) -> Iterator[str]:
    yield f"{policy.title} ({policy.verdict.policy}): {policy.verdict.outcome}"
    yield from (_INDENT + line for line in policy_sentences(policy))
    yield from (_INDENT + line for line in _evidence_lines(policy))


def policy_sentences(policy: PolicyExplanation) -> Iterator[str]:
    """Yield what one policy's verdict rests on, in sentences."""
    verdict = policy.verdict
    if verdict.basis in _BASIS_WORDS:
        yield _BASIS_WORDS[verdict.basis]
    else:
        yield from _vote_lines(policy)
    for code in verdict.reasons:
        yield f"scrutiny: {Reason(code).words}"
    if policy.counterfactual is not None:
        yield counterfactual_words(policy.counterfactual)


def _vote_lines(policy: PolicyExplanation) -> Iterator[str]:
    verdict, votes = policy.verdict, policy.verdict.votes
    yield f"decided by {policy.weighed}"
    yield f"votes: {votes.block} block, {votes.benign} benign, {votes.unsure} unsure"
    if verdict.certificate is not None:
        held, unseen = verdict.certificate.held, verdict.certificate.no_silent_publish
        yield f"the votes say {verdict.model_outcome}, against any {_accounts(held)}"
        if unseen >= 0:
            yield f"they would not have said publish, against any {_accounts(unseen)}"
    yield f"the trusted base alone would say {verdict.base_outcome}{_emptiness(policy)}"
    if policy.score is not None:
        benign, block = policy.margins
        yield f"median score {policy.score:+.2f}: benign to {benign:+.2f}, block from {block:+.2f}"


def _accounts(count: int) -> str:
    return f"{count} account{'' if count == 1 else 's'}"


def _emptiness(policy: PolicyExplanation) -> str:
    """Return what a certificate is worth where members' rows changed nothing."""
    verdict = policy.verdict
    same = verdict.certificate is not None and verdict.base_outcome == verdict.model_outcome
    return ": members changed nothing, so these numbers are no gain" if same else ""


def _evidence_lines(policy: PolicyExplanation) -> Iterator[str]:
    if policy.score is None:
        return
    for found in policy.extractors:
        yield f"{found.extractor}: alone {found.alone:+.2f}, adds {found.part:+.2f} to the score"
    for near in policy.nearest:
        said = {True: "violating", False: "benign", None: "unlabelled"}[near.violates]
        yield f"alike {near.alike:.2f}: {near.concept} ({said}, {near.dataset})"
    yield from heat_lines(policy)


def heat_lines(policy: PolicyExplanation) -> Iterator[str]:
    """Yield the heat map as characters: the darker, the more the region speaks for violating."""
    hottest = max((drop for row in policy.heat for drop in row), default=0.0)
    if hottest <= 0:
        return
    yield "where it lies (hidden regions that lower the score; darker lowers it more):"
    for row in policy.heat:
        yield _INDENT + "".join(2 * _shade(drop / hottest) for drop in row)


def _shade(share: float) -> str:
    return _HEAT[max(0, min(len(_HEAT) - 1, round(share * (len(_HEAT) - 1))))]


def _places(regions: Sequence[tuple[int, int]]) -> str:
    """Return where regions lie: each one if few, else the rows and columns they span."""
    if len(regions) <= _REGIONS_NAMED_SINGLY:
        return ", ".join(f"row {row + 1} column {column + 1}" for row, column in regions)
    rows, columns = zip(*regions, strict=True)
    spans = (f"{min(places) + 1} to {max(places) + 1}" for places in (rows, columns))
    return "within rows {}, columns {}".format(*spans)


def counterfactual_words(found: Counterfactual) -> str:
    """Return what would have changed the verdict, in a sentence."""
    said = f"the votes would have said {found.outcome}"
    if found.words:
        words = ", ".join(f"“{word}”" for word in found.words)
        return f"without the word{'s' if len(found.words) > 1 else ''} {words} {said}"
    if found.regions:
        count = len(found.regions)
        which = "this region" if count == 1 else f"these {count} regions"
        return f"without {which} {said}: {_places(found.regions)}"
    return "no few regions or words were found without which the votes would have been milder"
