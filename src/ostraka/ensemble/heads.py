"""Heads: one linear judgement a shard and policy, solved from sums and scored without rounding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ostraka.ensemble.errors import CorruptArraysError, EnsembleSettingError, ShapeError
from ostraka.ensemble.rows import FloatArray, checked_rows
from ostraka.ensemble.sums import ShardSums

GRID = 2.0**-35
"""Weights and biases are whole multiples of this, so that a score is an exact sum.

Rows are integers at most 2^16 long and weights at most 1 long, so every partial sum of a score is
a multiple of 2^-35 below 2^17: 52 bits. A score is therefore the same in any batch, on any number
of threads and on any machine, and a verdict cannot hang on how pictures were grouped. The price
is an error of |x|_1 * 2^-36, under 2e-6 for a unit row of 512 entries.
"""

_WEIGHT_LENGTH_LIMIT = 1.0
_BIAS_LIMIT = 2.0**16
_LEAST_SHRINKAGE = 1e-6


@dataclass(frozen=True, eq=False)
class Heads:
    """k heads for each of p policies, over vectors of d entries.

    Args:
        policies: names, in the order of the first axis.
        weights: float64 (p, k, d) on :data:`GRID`.
        biases: float64 (p, k) on :data:`GRID`.
        adequate: bool (p, k); a head that is not adequate is always unsure.
    """

    policies: tuple[str, ...]
    weights: FloatArray
    biases: FloatArray
    adequate: NDArray[np.bool_]

    def __post_init__(self) -> None:
        heads = self.weights.shape[:2]
        if self.weights.ndim != 3 or heads != self.biases.shape or heads != self.adequate.shape:  # noqa: PLR2004 -- p, k, d
            raise ShapeError("weights, biases and adequacy do not fit together")
        if heads[0] != len(self.policies):
            raise ShapeError("every policy needs its heads")
        for values in (self.weights, self.biases, self.adequate):
            values.flags.writeable = False

    @property
    def dimension(self) -> int:
        """Entries of the vectors these heads weigh."""
        return int(self.weights.shape[2])

    @property
    def adequate_counts(self) -> dict[str, int]:
        """How many heads of each policy have enough to go on; beside every certificate."""
        counts = self.adequate.sum(axis=1)
        return {policy: int(n) for policy, n in zip(self.policies, counts, strict=True)}

    def scores(self, vectors: NDArray[Any]) -> FloatArray:
        """Return the scores (n, p, k) of integer vectors (n, d): one matrix product, exact.

        +1 is where a head's violating rows lie on average, -1 where its benign rows lie.
        """
        rows = checked_rows(vectors, dimension=self.dimension)
        products = rows @ self.weights.reshape(-1, self.dimension).T
        return products.reshape(len(rows), *self.biases.shape) + self.biases

    @classmethod
    def stack(cls, heads: Sequence[Heads]) -> Self:
        """Return all these heads as one ensemble, in order."""
        if len({(h.policies, h.dimension) for h in heads}) != 1:
            raise ShapeError("only heads for the same policies and vectors stack")
        weights = np.concatenate([h.weights for h in heads], axis=1)
        biases = np.concatenate([h.biases for h in heads], axis=1)
        adequate = np.concatenate([h.adequate for h in heads], axis=1)
        return cls(heads[0].policies, weights, biases, adequate)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return copies of weights, biases and adequacy by name."""
        arrays = {"weights": self.weights, "biases": self.biases, "adequate": self.adequate}
        return {name: values.copy() for name, values in arrays.items()}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], *, policies: tuple[str, ...]) -> Self:
        """Return the heads that :meth:`arrays` gave out.

        Raises:
            CorruptArraysError: other types, or numbers that scores would round.
        """
        kinds = {name: values.dtype for name, values in arrays.items()}
        if kinds != {"weights": np.float64, "biases": np.float64, "adequate": np.bool_}:
            raise CorruptArraysError("heads are float64 weights and biases, bool adequate")
        weights, biases = arrays["weights"].copy(), arrays["biases"].copy()
        if not (_exact(weights) & _exact(biases)) or not _scorable(weights, biases).all():
            raise CorruptArraysError("heads off the grid, or too long to be scored exactly")
        return cls(policies, weights, biases, arrays["adequate"].copy())


def solve_heads(
    sums: ShardSums,
    *,
    shrinkage: float,
    minimum_rows: int,
    class_rows: NDArray[Any] | None = None,
) -> Heads:
    """Return one head a policy by shrinkage LDA; every policy shares one factorisation.

    With S the covariance of *all* rows of the shard, w solves (1-l) S + l tr(S)/d I against the
    difference m of the class means, and is scaled so that the mean of the violating rows scores
    +1 and that of the benign rows -1. Textbooks use the covariance W within the classes. The
    direction is the same: S = W + c m m' for some c >= 0, so with A = (1-l) W + ridge and a ridge
    that both share, Sherman-Morrison gives

        (A + (1-l) c m m')^-1 m = A^-1 m / (1 + (1-l) c m' A^-1 m),

    a positive multiple of A^-1 m, and the normalisation fixes the scale. Rows that are unlabelled
    for a policy inform S alone: W is then S - c m m', the spread once the two classes are aligned.

    Args:
        sums: of one shard, trusted base included.
        shrinkage: l in [1e-6, 1].
        minimum_rows: rows of either class below which a head is not adequate (a one-class shard
            would agree with everything, and its certificate would be large but empty).
        class_rows: (policies, 2) rows to count instead of the weighted counts of ``sums``.
    """
    if not _LEAST_SHRINKAGE <= shrinkage <= 1 or minimum_rows < 1:
        raise EnsembleSettingError("shrinkage is in [1e-6, 1], minimum_rows at least 1")
    counts = sums.class_counts
    rows = counts if class_rows is None else np.minimum(class_rows, counts)
    enough = np.all(rows >= minimum_rows, axis=1)
    means = np.asarray(sums.class_sums / np.maximum(counts, 1)[:, :, np.newaxis])
    differences = means[:, 1] - means[:, 0]
    try:
        directions = np.linalg.solve(_shrunk_covariance(sums, shrinkage), differences.T).T
    except np.linalg.LinAlgError:  # no rows, or one vector over and over: nothing to tell apart
        directions = np.zeros_like(differences)
    return _normalised(sums.policies, np.asarray(directions), means, enough)


def _shrunk_covariance(sums: ShardSums, shrinkage: float) -> FloatArray:
    count = max(sums.row_count, 1)
    mean = sums.vector_sum / count
    covariance = sums.second_moment / count - np.outer(mean, mean)
    ridge = shrinkage * float(covariance.trace()) / sums.dimension
    return np.asarray((1 - shrinkage) * covariance + ridge * np.eye(sums.dimension))


def _normalised(
    policies: tuple[str, ...],
    directions: FloatArray,
    means: FloatArray,
    enough: NDArray[np.bool_],
) -> Heads:
    gaps = np.einsum("pd,pd->p", directions, means[:, 1] - means[:, 0])
    apart = gaps > 0
    scale = np.where(apart, 2.0 / np.where(apart, gaps, 1.0), 0.0)
    weights = _on_grid(directions * scale[:, np.newaxis])
    biases = _on_grid(-np.einsum("pd,pd->p", weights, means.mean(axis=1)))
    adequate = enough & apart & _scorable(weights, biases)
    # What must not be heard is not kept either: a head that may not vote has no weights.
    weights[~adequate], biases[~adequate] = 0.0, 0.0
    return Heads(policies, weights[:, np.newaxis], biases[:, np.newaxis], adequate[:, np.newaxis])


def _on_grid(values: FloatArray) -> FloatArray:
    return np.rint(values / GRID) * GRID + 0.0  # + 0.0: one zero, not two


def _exact(values: FloatArray) -> bool:
    return bool(np.isfinite(values).all() and np.array_equal(_on_grid(values), values))


def _scorable(weights: FloatArray, biases: FloatArray) -> NDArray[np.bool_]:
    short = np.linalg.norm(weights, axis=-1) <= _WEIGHT_LENGTH_LIMIT
    return np.asarray(short & (np.abs(biases) <= _BIAS_LIMIT))
