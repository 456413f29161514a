"""Finding out what a verdict rests on, by asking the same extractors and heads again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ostraka.assembly.compose import Instance
from ostraka.assembly.explaining.explanation import (
    Counterfactual,
    Explained,
    Explanation,
    ExtractorFound,
    NearestFound,
    PolicyExplanation,
    TextFoundLine,
)
from ostraka.assembly.finding.untrusted import UntrustedPicture
from ostraka.assembly.lines import PictureLine, PolicyLine
from ostraka.assembly.remembering.known_picture import KnownPicture
from ostraka.assembly.thumbnail import thumbnail
from ostraka.ensemble import Outcome
from ostraka.evidence.model import (
    IntegerVector,
    PictureEvidence,
    Space,
    TextFound,
    TextLine,
    TextOrigin,
)
from ostraka.evidence.windows import window_texts
from ostraka.intake import CheckedPicture
from ostraka.learning.progress import Progress
from ostraka.moderation.contributions import contributions
from ostraka.moderation.counterfactual import Word, deciding_regions, deciding_words
from ostraka.moderation.judge import PolicyRule, SpaceJudge, Weighed
from ostraka.moderation.occlusion import heat_map
from ostraka.moderation.verdict import Basis, PolicyVerdict
from ostraka.moderation.weigh import Item, Weighing, weigh_evidence
from ostraka.moderation.worst import deciding

_IMAGE_SIDE_PIXELS = 640
_NEAREST = 5
_WHOLE = (0.0, 0.0, 1.0, 1.0)


def explain_picture(
    instance: Instance, picture: UntrustedPicture, *, progress: Progress
) -> Explained:
    """Return everything that the verdict on a picture rests on.

    Raises:
        OstrakaError: the picture cannot be read, decoded or looked at.
    """
    data = picture.read()
    looked = instance.screening.look(data, caption=picture.caption)
    known, checked = looked.known, looked.decoded()
    verdict = instance.screening.verdict(looked, caption=picture.caption)
    case = _Case(instance, known, checked, picture.caption, progress)
    rules = [(space, rule) for space in instance.screening.judge.spaces for rule in space.rules]
    explanation = Explanation(
        name=picture.name,
        caption=picture.caption,
        release_id=verdict.release_id,
        outcome=verdict.outcome,
        picture=PictureLine.model_validate(known.summary),
        text=tuple(_text_lines(known.evidence)),
        unreadable_share=max(f.text.unreadable_share for f in known.evidence.frames),
        detections=_worst_detections(known.evidence),
        policies=tuple(
            case.policy(space, rule, found)
            for (space, rule), found in zip(rules, verdict.policies, strict=True)
        ),
    )
    return Explained(explanation, case.images())


@dataclass
class _Case:
    """One picture under question; remembers what was asked, since policies ask alike."""

    instance: Instance
    known: KnownPicture
    checked: CheckedPicture
    caption: str
    progress: Progress
    _asked: dict[bytes, Weighing] = field(default_factory=dict)
    _frames: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        judge = self.instance.screening.judge
        self._weighing = weigh_evidence(judge, self.known.evidence, caption=self.caption)

    def policy(
        self, space: SpaceJudge, rule: PolicyRule, verdict: PolicyVerdict
    ) -> PolicyExplanation:
        """Return why one policy's verdict is what it is."""
        items = [item for item in self._weighing.items if item.of(rule.policy.name) is not None]
        if not items or verdict.basis is not Basis.VOTES:
            return _nothing_voted(rule, verdict)
        item, weighed = _deciding(items, rule.policy.name)
        vector = space.project(self._features(space, item))
        parts = contributions(space, vector, rule.policy.name)
        heat, counterfactual = self._why(space, rule, item, weighed)
        return PolicyExplanation(
            verdict=PolicyLine.of(verdict),
            title=rule.policy.title,
            weighed=_item_name(item, self.known.evidence),
            score=weighed.score,
            base_score=weighed.base_score,
            margins=(-rule.thresholds.benign_margin, rule.thresholds.block_margin),
            extractors=tuple(
                ExtractorFound(extractor=name, alone=alone, part=parts[name])
                for name, alone in weighed.extractor_scores.items()
            ),
            strangeness=item.strangeness,
            nearest=self._nearest(space.space, vector, rule.policy.name),
            heat=heat,
            counterfactual=counterfactual,
        )

    def images(self) -> dict[str, bytes]:
        """Return, for each policy that reads pixels, the frame that decided, made smaller."""
        return {
            policy: thumbnail(self.checked.frames[index], side_pixels=_IMAGE_SIDE_PIXELS)
            for policy, index in self._frames.items()
        }

    def _why(
        self, space: SpaceJudge, rule: PolicyRule, item: Item, weighed: Weighed
    ) -> tuple[tuple[tuple[float, ...], ...], Counterfactual | None]:
        stopped = weighed.outcome is not Outcome.PUBLISH
        if space.space is Space.TEXT:
            return (), self._words(space, rule, weighed.outcome) if stopped else None
        frame = self.checked.frames[item.index]
        self._frames[rule.policy.name] = item.index

        def ask(frames: Sequence[NDArray[np.uint8]]) -> list[Weighed]:
            return [self._votes(found, rule) for found in self._weigh_frames(frames)]

        heat = heat_map(frame, score=weighed.score, ask=ask)
        rows = tuple(tuple(float(x) for x in row) for row in heat.drops)
        if not stopped:
            return rows, None
        found = deciding_regions(frame, heat, outcome=weighed.outcome, ask=ask)
        if found is None:
            return rows, Counterfactual()
        return rows, Counterfactual(outcome=found.outcome, regions=found.regions)

    def _weigh_frames(self, frames: Sequence[NDArray[np.uint8]]) -> list[Weighing]:
        keys = [hashlib.sha256(frame.tobytes()).digest() for frame in frames]
        new = {k: f for k, f in zip(keys, frames, strict=True) if k not in self._asked}
        self.progress.start("hiding regions", total=len(new))
        with ThreadPoolExecutor(self.instance.extractors.jobs) as threads:
            for key, found in zip(new, threads.map(self._weigh_frame, new.values()), strict=True):
                self._asked[key] = found
                self.progress.advance()
        return [self._asked[key] for key in keys]

    def _weigh_frame(self, frame: NDArray[np.uint8]) -> Weighing:
        sha256 = self.checked.canonical_sha256
        evidence = self.instance.extractors.extract(
            [frame], canonical_sha256=sha256, read_text=False
        )
        return weigh_evidence(self.instance.screening.judge, evidence)

    @staticmethod
    def _votes(weighing: Weighing, rule: PolicyRule) -> Weighed:
        return deciding(weighing.votes(rule.policy.name))

    def _words(self, space: SpaceJudge, rule: PolicyRule, outcome: Outcome) -> Counterfactual:
        words = [
            Word(TextOrigin.PICTURE, word)
            for line in _text_lines(self.known.evidence)
            for word in line.words.split()
        ]
        words += [Word(TextOrigin.CAPTION, word) for word in self.caption.split()]

        def ask(texts: Sequence[Sequence[Word]]) -> list[list[Weighed]]:
            return self._weigh_texts(space, rule, texts)

        found = deciding_words(words, outcome=outcome, ask=ask)
        if found is None:
            return Counterfactual()
        return Counterfactual(outcome=found.outcome, words=tuple(w.text for w in found.words))

    def _weigh_texts(
        self, space: SpaceJudge, rule: PolicyRule, texts: Sequence[Sequence[Word]]
    ) -> list[list[Weighed]]:
        windows = [_windows(words) for words in texts]
        every = [words for each in windows for words in each]
        vectors = iter(self.instance.extractors.embed(every))
        index = space.rules.index(rule)
        (extractor,) = space.projection.extractors
        return [
            [space.weigh(space.project({extractor: next(vectors)}))[index] for _ in each]
            for each in windows
        ]

    def _features(self, space: SpaceJudge, item: Item) -> dict[str, NDArray[np.float32]]:
        evidence, names = self.known.evidence, space.projection.extractors
        if item.space is Space.PIXELS:
            frame = evidence.frames[item.index]
            return {name: frame.features[name] for name in names}
        return dict.fromkeys(names, evidence.text_parts[item.index].features)

    def _nearest(
        self, space: Space, vector: IntegerVector, policy: str
    ) -> tuple[NearestFound, ...]:
        rows = self.instance.release.nearest(space, vector, count=_NEAREST)
        return tuple(
            NearestFound(
                concept=row.concept,
                dataset=row.dataset,
                source=row.source,
                violates=row.labels.get(policy),
                alike=cosine,
            )
            for row, cosine in rows
        )


def _nothing_voted(rule: PolicyRule, verdict: PolicyVerdict) -> PolicyExplanation:
    return PolicyExplanation(
        verdict=PolicyLine.of(verdict),
        title=rule.policy.title,
        weighed="",
        score=None,
        base_score=None,
        margins=(-rule.thresholds.benign_margin, rule.thresholds.block_margin),
        extractors=(),
        strangeness=None,
        nearest=(),
    )


def _deciding(items: Sequence[Item], policy: str) -> tuple[Item, Weighed]:
    said = [(item, weighed) for item in items if (weighed := item.of(policy)) is not None]
    chosen = deciding([weighed for _, weighed in said])
    return next((item, weighed) for item, weighed in said if weighed is chosen)


def _item_name(item: Item, evidence: PictureEvidence) -> str:
    if item.space is Space.TEXT:
        part = evidence.text_parts[item.index]
        return f"{part.origin}: {part.words}"
    return f"frame {item.index + 1} of {len(evidence.frames)}"


def _text_lines(evidence: PictureEvidence) -> list[TextFoundLine]:
    lines: dict[str, TextFoundLine] = {}
    for index, frame in enumerate(evidence.frames):
        for line in frame.text.lines:
            found = TextFoundLine(
                frame=index, words=line.words, confidence=line.confidence, box=line.box
            )
            lines.setdefault(line.words, found)
    return list(lines.values())


def _worst_detections(evidence: PictureEvidence) -> dict[str, float]:
    names = sorted({name for frame in evidence.frames for name in frame.detections})
    return {name: max(frame.detections[name] for frame in evidence.frames) for name in names}


def _windows(words: Sequence[Word]) -> list[str]:
    texts = {
        origin: " ".join(word.text for word in words if word.origin is origin)
        for origin in TextOrigin
    }
    picture = TextFound((TextLine(texts[TextOrigin.PICTURE], 1.0, _WHOLE),))
    return [w for _, w in window_texts([picture], texts[TextOrigin.CAPTION]).windows]
