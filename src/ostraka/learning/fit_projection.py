"""Fitting the projection: principal axes of trusted training pictures, one block an extractor."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ostraka.evidence.model import Space
from ostraka.evidence.projection import Block, Projection
from ostraka.learning.errors import TooFewExamplesError


def fit_projection(
    space: Space,
    features: Mapping[str, NDArray[np.float32]],
    *,
    dimensions: Mapping[str, int],
    whitening: float,
) -> Projection:
    """Return the projection fitted on ``features`` (extractor -> (rows, n)), trusted rows alone.

    Args:
        space: the kind of evidence.
        features: raw features of trusted training examples.
        dimensions: extractor -> axes kept; its order is the order of the blocks.
        whitening: 0 keeps the axes' variances, 1 makes them equal.

    Raises:
        TooFewExamplesError: fewer rows than axes.
    """
    blocks = tuple(
        _fit_block(name, features[name], dimension=dimension, whitening=whitening)
        for name, dimension in dimensions.items()
    )
    return Projection(space, blocks)


def _fit_block(
    extractor: str, features: NDArray[np.float32], *, dimension: int, whitening: float
) -> Block:
    rows = features.astype(np.float64)
    count, size = rows.shape
    if count <= dimension or dimension > size:
        raise TooFewExamplesError(f"{count} examples cannot give {extractor} {dimension} axes")
    mean = rows.mean(axis=0)
    centred = rows - mean
    variances, axes = np.linalg.eigh(centred.T @ centred / count)
    variances, axes = variances[::-1], axes[:, ::-1]
    kept = variances[:dimension]
    if kept[-1] <= kept[0] * np.finfo(np.float32).eps:
        raise TooFewExamplesError(f"{extractor} varies along fewer than {dimension} axes")
    rest = float(np.clip(variances[dimension:], 0.0, None).mean()) if size > dimension else 0.0
    return Block(
        extractor=extractor,
        mean=mean.astype(np.float32),
        axes=_signed(axes[:, :dimension]).astype(np.float32),
        variances=kept.astype(np.float32),
        rest_variance=rest,
        whitening=whitening,
    )


def _signed(axes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn every axis so that its largest entry is positive: an eigenvector's sign is arbitrary."""
    largest = axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])]
    return np.asarray(axes * np.sign(largest))
