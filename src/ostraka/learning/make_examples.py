"""Turning what the extractors saw into labelled examples."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from ostraka.evidence.model import Space
from ostraka.learning.examples import Examples, label_matrix
from ostraka.learning.extract_features import Seen
from ostraka.learning.sources.model import LabelledLine, LabelledPicture


def pixel_examples(seen: Iterable[Seen], *, policies: tuple[str, ...]) -> Examples:
    """Return examples of the pixel space; of equal pictures the first counts."""
    unique = list({one.content_sha256: one for one in reversed(list(seen))}.values())[::-1]
    first = unique[0]
    return Examples(
        space=Space.PIXELS,
        policies=policies,
        features={
            name: np.stack([one.arrays[f"features/{name}"] for one in unique])
            for name in first.under("features/")
        },
        detections={
            name: np.concatenate([one.arrays[f"detections/{name}"] for one in unique])
            for name in first.under("detections/")
        },
        labels=label_matrix([one.picture.labels for one in unique], policies=policies),
        concepts=np.array([one.picture.concept for one in unique], dtype=np.str_),
        objects=np.array([_object_of(one.picture) for one in unique], dtype=np.str_),
        datasets=np.array([one.picture.dataset for one in unique], dtype=np.str_),
        uses=np.array([one.picture.use.value for one in unique], dtype=np.str_),
        content_sha256=np.array([one.content_sha256 for one in unique], dtype=np.str_),
    )


def _object_of(picture: LabelledPicture) -> str:
    """Return one name for all renditions of a drawing: "sword" and "sword-1" are one."""
    return f"{picture.dataset}/{re.sub(r'-[0-9]+$', '', picture.name)}"


def read_text_examples(
    seen: Iterable[Seen], *, embedder: str, policies: tuple[str, ...]
) -> Examples:
    """Return examples of the text space from what was read in pictures: a row for every window."""
    windows = [(one, row) for one in seen for row in one.arrays["text"]]
    return Examples(
        space=Space.TEXT,
        policies=policies,
        features={embedder: np.stack([row for _, row in windows])},
        detections={},
        labels=label_matrix([one.picture.labels for one, _ in windows], policies=policies),
        concepts=np.array([one.picture.concept for one, _ in windows], dtype=np.str_),
        objects=np.array([one.picture.concept for one, _ in windows], dtype=np.str_),
        datasets=np.array([one.picture.dataset for one, _ in windows], dtype=np.str_),
        uses=np.full(len(windows), "evaluate"),
        content_sha256=np.array([one.content_sha256 for one, _ in windows], dtype=np.str_),
    )


def line_examples(
    lines: Sequence[LabelledLine],
    embeddings: NDArray[np.float32],
    *,
    embedder: str,
    policies: tuple[str, ...],
) -> Examples:
    """Return examples of the text space from true text."""
    digests = [sha256(line.words.encode()).hexdigest() for line in lines]
    return Examples(
        space=Space.TEXT,
        policies=policies,
        features={embedder: embeddings},
        detections={},
        labels=label_matrix([line.labels for line in lines], policies=policies),
        concepts=np.array([line.concept for line in lines], dtype=np.str_),
        objects=np.array([line.concept for line in lines], dtype=np.str_),
        datasets=np.array([line.dataset for line in lines], dtype=np.str_),
        uses=np.full(len(lines), "train"),
        content_sha256=np.array(digests, dtype=np.str_),
    )
