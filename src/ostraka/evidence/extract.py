"""From the frames of one checked picture to its evidence; this runs inside the jail."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ostraka.evidence.bound_text import bound_text
from ostraka.evidence.extractor import TextReader
from ostraka.evidence.model import FrameEvidence, PictureEvidence, TextFound, TextPart
from ostraka.evidence.sanitise import sanitise
from ostraka.evidence.stack import LINES_A_PICTURE, Stack
from ostraka.evidence.windows import window_texts
from ostraka.limits import DEFAULT_LIMITS, Limits

Pixels = NDArray[np.uint8]

# One thread: a jailed process may start none.
cv2.setNumThreads(1)

_NOT_READ = TextFound((), 1.0)


def extract_frames(
    stack: Stack, frames: Sequence[Pixels], *, read_text: bool = True
) -> tuple[FrameEvidence, ...]:
    """Return the evidence of each frame; identical frames are looked at once."""
    seen: dict[tuple[tuple[int, ...], bytes], FrameEvidence] = {}
    evidence = []
    lines = 0
    for frame in frames:
        key = (frame.shape, hashlib.sha256(np.ascontiguousarray(frame).data).digest())
        if key not in seen:
            reader = stack.text_reader if read_text and lines < LINES_A_PICTURE else None
            found = _frame_evidence(stack, frame, reader=reader)
            lines += len(found.text.lines)
            seen[key] = replace(found, text=_NOT_READ) if read_text and reader is None else found
        evidence.append(seen[key])
    return tuple(evidence)


def extract_picture(
    stack: Stack,
    frames: Sequence[Pixels],
    *,
    canonical_sha256: str,
    caption: str = "",
    limits: Limits = DEFAULT_LIMITS,
) -> PictureEvidence:
    """Return all evidence of one picture, in this very process: no jail, no bounds.

    For tests, benchmarks and libraries that bring their own isolation; screening goes through
    :class:`ostraka.evidence.pool.ExtractorPool`.
    """
    found = bound_text(extract_frames(stack, frames), limits=limits)
    text = window_texts(found, caption, limits=limits)
    vectors = stack.text_embedder.embed([words for _, words in text.windows])
    parts = tuple(
        TextPart(origin, words, vector)
        for (origin, words), vector in zip(text.windows, vectors, strict=True)
    )
    return PictureEvidence(stack.identity(), canonical_sha256, found, parts, text.truncated)


def _frame_evidence(stack: Stack, frame: Pixels, *, reader: TextReader | None) -> FrameEvidence:
    """Return the evidence of one frame.

    The networks see sanitised pixels. The text reader sees the frame as it is: smoothing costs it
    small letters, and its answer is words, which have no small exact patterns to hide in.
    """
    clean = sanitise(frame)
    features = {}
    detections: dict[str, float] = {}
    for extractor in stack.pixel_extractors:
        ((vector, found),) = extractor.extract([clean])
        features[extractor.name] = vector
        detections |= found
    text = TextFound() if reader is None else reader.read(frame)
    return FrameEvidence(features, detections, text)
