"""The five exact sums behind a shard, and the checks that keep them exact."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ostraka.ensemble.errors import CorruptArraysError
from ostraka.ensemble.rows import BENIGN, VIOLATES, FloatArray
from ostraka.limits import DEFAULT_LIMITS

EXACT_LIMIT = 2.0**53
"""Below this, float64 holds every integer and adds integers without rounding."""


class Moments(NamedTuple):
    """Weighted sums over rows of d entries with labels for p policies, all integers in float64.

    ``class_counts`` is (p, 2) and ``class_sums`` (p, 2, d): benign first, violating second.
    """

    row_count: FloatArray
    vector_sum: FloatArray
    second_moment: FloatArray
    class_counts: FloatArray
    class_sums: FloatArray

    @classmethod
    def zero(cls, *, dimension: int, policy_count: int) -> Moments:
        """Return the moments of no rows at all."""
        square, classes = (dimension, dimension), (policy_count, 2)
        shapes = ((), (dimension,), square, classes, (*classes, dimension))
        return cls(*(np.zeros(shape) for shape in shapes))

    @classmethod
    def of(cls, rows: FloatArray, marks: NDArray[np.int8]) -> Moments:
        """Return the moments of checked rows (n, d) with checked labels (n, p)."""
        classes = np.stack([marks == BENIGN, marks == VIOLATES], axis=2).astype(np.float64)
        class_sums = np.tensordot(classes, rows, axes=(0, 0))
        count = np.array(float(len(rows)))
        return cls(count, rows.sum(axis=0), rows.T @ rows, classes.sum(axis=0), class_sums)

    def combined(self, other: Moments, operation: np.ufunc) -> Moments:
        """Return ``operation`` of each pair of sums."""
        return Moments(*map(operation, self, other))

    def scaled(self, factor: float) -> Moments:
        """Return every sum times ``factor``."""
        return Moments(*(factor * values for values in self))

    def exact(self) -> bool:
        """Whether nothing was rounded in making these sums out of integers (see ``ShardSums``)."""
        return bool(self.row_count < EXACT_LIMIT and (self.diagonal < EXACT_LIMIT).all())

    def possible(self) -> bool:
        """Whether some rows may add up to these sums: necessary conditions, all of them exact."""
        diagonal = self.diagonal
        bounds = (
            self.exact(),
            (diagonal >= 0) & (self.row_count >= 0),
            np.abs(self.second_moment) <= np.maximum.outer(diagonal, diagonal),
            np.abs(self.vector_sum) <= diagonal,
            np.abs(self.class_sums) <= diagonal,
            self.class_counts >= 0,
            self.class_counts.sum(axis=1) <= self.row_count,
            self.row_count > 0 or not diagonal.any(),
        )
        return all(np.all(bound) for bound in bounds)

    @property
    def diagonal(self) -> FloatArray:
        """Sum of squares of each entry."""
        return self.second_moment.diagonal()

    def packed(self) -> dict[str, NDArray[np.int64]]:
        """Return the sums as int64 by name; of the symmetric matrix, its upper triangle by rows."""
        upper = self.second_moment[np.triu_indices(len(self.vector_sum))]
        return {
            name: values.astype(np.int64)
            for name, values in self._replace(second_moment=upper)._asdict().items()
        }

    @classmethod
    def unpacked(cls, arrays: Mapping[str, NDArray[Any]], *, policy_count: int) -> Moments:
        """Return the moments that :meth:`packed` gave out.

        Raises:
            CorruptArraysError: missing or misshapen arrays, or numbers that no rows add up to.
        """
        if set(arrays) != set(cls._fields) or any(a.dtype != np.int64 for a in arrays.values()):
            raise CorruptArraysError(f"sums are int64 arrays: {', '.join(cls._fields)}")
        # Before anything is made of it: the matrix takes the square of what a file declares.
        if arrays["vector_sum"].size > DEFAULT_LIMITS.vector_dimension:
            raise CorruptArraysError("sums of longer vectors than the limits allow")
        stored = cls(**{name: values.astype(np.float64) for name, values in arrays.items()})
        dimension = stored.vector_sum.size
        upper = np.triu_indices(dimension)
        zero = cls.zero(dimension=dimension, policy_count=policy_count)
        expected = zero._replace(second_moment=zero.second_moment[upper])
        if [a.shape for a in stored] != [a.shape for a in expected]:
            raise CorruptArraysError("the arrays of the sums do not fit together")
        zero.second_moment[upper] = stored.second_moment
        symmetric = zero.second_moment + np.triu(zero.second_moment, 1).T
        moments = stored._replace(second_moment=symmetric)
        if not moments.possible():
            raise CorruptArraysError("no rows add up to these sums")
        return moments
