"""The fixed projection: raw features of several extractors to one short integer vector.

It is fitted on trusted pictures alone and never changes within a release, so no member can move it.
Each extractor keeps its own block of the vector, so that "the extractors disagree" can be asked of
the blocks, and each block has the same length, so that no extractor can drown the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ostraka.evidence.errors import UnusableFeaturesError
from ostraka.evidence.model import UNIT, FloatVector, IntegerVector, Space

FloatMatrix = NDArray[np.float64]

_SMALLEST_LENGTH = 1e-9
"""A projected block shorter than this has no direction: the features carry nothing."""


@dataclass(frozen=True)
class Block:
    """One extractor's part of a projection.

    ``mean`` is (n,); ``axes`` is (n, m), orthonormal columns of falling variance; ``variances`` is
    (m,), what trusted pictures vary along each axis; ``rest_variance`` is their mean variance along
    each of the n - m directions left out; ``whitening`` divides axis i by ``variances[i] **
    (whitening / 2)``: 0 keeps the variances, 1 makes them equal.
    """

    extractor: str
    mean: NDArray[np.float32]
    axes: NDArray[np.float32]
    variances: NDArray[np.float32]
    rest_variance: float
    whitening: float

    @property
    def dimension(self) -> int:
        """Entries that this block takes in the projected vector."""
        return int(self.axes.shape[1])

    @cached_property
    def _axes(self) -> FloatMatrix:
        return self.axes.astype(np.float64)

    @cached_property
    def _lengths(self) -> NDArray[np.float64]:
        return np.asarray(self.variances.astype(np.float64) ** (self.whitening / 2.0))

    def coordinates(self, features: NDArray[np.float32]) -> FloatMatrix:
        """Return (rows, m) coordinates along the axes, not yet scaled.

        Raises:
            UnusableFeaturesError: a row is all zero, not finite, or of another size.
        """
        rows = np.atleast_2d(features).astype(np.float64)
        if rows.shape[1:] != self.mean.shape:
            raise UnusableFeaturesError(
                f"features of {self.extractor} have another size than the projection was fitted on"
            )
        if not np.isfinite(rows).all():
            raise UnusableFeaturesError(f"features of {self.extractor} are not finite")
        if not rows.any(axis=1).all():
            raise UnusableFeaturesError(f"features of {self.extractor} are all zero")
        return np.asarray((rows - self.mean) @ self._axes)

    def directions(self, features: NDArray[np.float32]) -> FloatMatrix:
        """Return (rows, m) unit vectors."""
        scaled = self.coordinates(features) / self._lengths
        lengths = np.linalg.norm(scaled, axis=1, keepdims=True)
        if lengths.min(initial=np.inf) < _SMALLEST_LENGTH:
            raise UnusableFeaturesError(f"features of {self.extractor} have no direction")
        return np.asarray(scaled / lengths)

    def distances(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return (rows,) squared Mahalanobis distances per dimension; about 1 for trusted pictures.

        Source: the covariance is that of probabilistic PCA (Tipping and Bishop 1999, section 3):
        the kept axes with their variances, all others with the mean of what is left.
        """
        coordinates = self.coordinates(features)
        rows = np.atleast_2d(features).astype(np.float64) - self.mean
        kept = (coordinates**2 / self.variances).sum(axis=1)
        rest = np.maximum((rows**2).sum(axis=1) - (coordinates**2).sum(axis=1), 0.0)
        if self.rest_variance > 0.0:
            kept = kept + rest / self.rest_variance
        return np.asarray(kept / self.mean.size)


@dataclass(frozen=True)
class Projection:
    """All blocks of one space, in their order in the vector."""

    space: Space
    blocks: tuple[Block, ...]

    @property
    def dimension(self) -> int:
        """Entries of a projected vector."""
        return sum(block.dimension for block in self.blocks)

    @property
    def extractors(self) -> tuple[str, ...]:
        """Names of the extractors, in the order of their blocks."""
        return tuple(block.extractor for block in self.blocks)

    def part_of(self, extractor: str) -> slice:
        """Return where the extractor's block lies in a projected vector."""
        start = 0
        for block in self.blocks:
            if block.extractor == extractor:
                return slice(start, start + block.dimension)
            start += block.dimension
        raise KeyError(extractor)

    def project(self, features: Mapping[str, FloatVector]) -> IntegerVector:
        """Return the int32 vector of one picture: about ``UNIT`` long.

        Raises:
            UnusableFeaturesError: an extractor is missing or its features are unusable.
        """
        rows = self.project_rows({name: value[None, :] for name, value in features.items()})
        return np.asarray(rows[0])

    def project_rows(self, features: Mapping[str, NDArray[np.float32]]) -> NDArray[np.int32]:
        """Return (rows, dimension) int32 vectors; ``features`` holds (rows, n) for each name."""
        share = 1.0 / np.sqrt(len(self.blocks))
        parts = [share * b.directions(self._of(features, b.extractor)) for b in self.blocks]
        return np.asarray(np.rint(np.hstack(parts) * UNIT), dtype=np.int32)

    def distances(self, features: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float64]:
        """Return (rows, blocks): how far each row lies from what trusted pictures look like."""
        parts = [b.distances(self._of(features, b.extractor)) for b in self.blocks]
        return np.stack(parts, axis=1)

    @staticmethod
    def _of(features: Mapping[str, NDArray[np.float32]], name: str) -> NDArray[np.float32]:
        if name not in features:
            raise UnusableFeaturesError(f"features of {name} are missing")
        return features[name]
