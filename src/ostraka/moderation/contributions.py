"""Which extractor said how much of a score."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ostraka.evidence.model import IntegerVector
from ostraka.moderation.judge import SpaceJudge


def contributions(judge: SpaceJudge, vector: IntegerVector, policy: str) -> Mapping[str, float]:
    """Return each extractor's part of the mean head's score.

    A head is linear, so its score is the sum of what each extractor's block of the vector adds,
    and of a constant that is the same for every picture. Over 0 speaks for violating.
    """
    index = judge.heads.policies.index(policy)
    adequate = judge.heads.adequate[index]
    if not adequate.any():
        return dict.fromkeys(judge.projection.extractors, 0.0)
    weights = judge.heads.weights[index][adequate].mean(axis=0)
    products = weights * np.asarray(vector, dtype=np.float64)
    projection = judge.projection
    return {name: float(products[projection.part_of(name)].sum()) for name in projection.extractors}
