"""Evidence meets heads: every frame and every window of text becomes votes, for every policy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ostraka.evidence.errors import UnusableFeaturesError
from ostraka.evidence.model import (
    FloatVector,
    FrameEvidence,
    PictureEvidence,
    Space,
    TextOrigin,
    TextPart,
)
from ostraka.evidence.windows import WindowedText, window_texts
from ostraka.moderation.errors import EvidenceMismatchError
from ostraka.moderation.judge import Judge, SpaceJudge, Weighed


@dataclass(frozen=True)
class Item:
    """One frame or window of text, weighed for every policy of its space.

    ``origin`` is None for a frame. ``strangeness`` over 1 is out of distribution.
    """

    space: Space
    index: int
    origin: TextOrigin | None
    weighed: tuple[Weighed, ...]
    strangeness: float

    def of(self, policy: str) -> Weighed | None:
        """Return what was said for one policy, or None where it is judged by other evidence."""
        return next((weighed for weighed in self.weighed if weighed.policy.name == policy), None)


@dataclass(frozen=True)
class Weighing:
    """All items of one picture; what could not be weighed, and whether text was too long to be."""

    items: tuple[Item, ...]
    missing: frozenset[Space]
    text_truncated: bool

    def of(self, space: Space) -> tuple[Item, ...]:
        """Return the items of one kind of evidence."""
        return tuple(item for item in self.items if item.space is space)

    def votes(self, policy: str) -> tuple[Weighed, ...]:
        """Return what each item said for one policy; empty where none could be weighed for it."""
        said = (item.of(policy) for item in self.items)
        return tuple(weighed for weighed in said if weighed is not None)


def weigh_evidence(judge: Judge, evidence: PictureEvidence, *, caption: str = "") -> Weighing:
    """Return the votes on every part of a picture's evidence.

    Args:
        judge: the release that judges.
        evidence: of the stack that the release was made with.
        caption: the words that the evidence was taken with, so that a lost part is noticed.

    Raises:
        EvidenceMismatchError: the evidence comes from another stack.
    """
    if evidence.stack_id != judge.stack_id:
        raise EvidenceMismatchError(expected=judge.stack_id, actual=evidence.stack_id)
    text = window_texts(evidence.frames, caption)
    missing = set(_lost_spaces(evidence, text))
    items: list[Item] = []
    for space_judge in judge.spaces:
        for index, part in enumerate(_parts(evidence, space_judge.space)):
            item = _weigh_part(space_judge, part, index)
            if item is None:
                missing.add(space_judge.space)
            else:
                items.append(item)
    return Weighing(tuple(items), frozenset(missing), text.truncated or evidence.text_truncated)


def _lost_spaces(evidence: PictureEvidence, text: WindowedText) -> Iterator[Space]:
    if not evidence.frames:
        yield Space.PIXELS
    if [(part.origin, part.words) for part in evidence.text_parts] != list(text.windows):
        yield Space.TEXT


def _parts(evidence: PictureEvidence, space: Space) -> Sequence[FrameEvidence | TextPart]:
    return evidence.frames if space is Space.PIXELS else evidence.text_parts


def _weigh_part(judge: SpaceJudge, part: FrameEvidence | TextPart, index: int) -> Item | None:
    features = _features(judge, part)
    try:
        weighed = judge.weigh(judge.project(features))
        strangeness = judge.strangeness(features)
    except UnusableFeaturesError:
        return None
    origin = part.origin if isinstance(part, TextPart) else None
    return Item(judge.space, index, origin, weighed, strangeness)


def _features(judge: SpaceJudge, part: FrameEvidence | TextPart) -> Mapping[str, FloatVector]:
    if isinstance(part, FrameEvidence):
        return {
            name: part.features[name]
            for name in judge.projection.extractors
            if name in part.features
        }
    return dict.fromkeys(judge.projection.extractors, part.features)
