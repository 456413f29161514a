"""The gate that every row passes: whole numbers of bounded length, labels of three values."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ostraka.ensemble.errors import ExactnessError, ShapeError
from ostraka.limits import DEFAULT_LIMITS

FloatArray = NDArray[np.float64]

VIOLATES, BENIGN, UNLABELLED = 1, 0, -1
"""The label values of a row for one policy."""

LENGTH_LIMIT = DEFAULT_LIMITS.vector_length


def checked_rows(vectors: NDArray[Any], *, dimension: int) -> FloatArray:
    """Return ``vectors`` (n, dimension) as float64, having made sure that they are integers.

    Raises:
        ShapeError: not (n, dimension).
        ExactnessError: a fraction, NaN or infinity, or a row longer than :data:`LENGTH_LIMIT`.
    """
    if vectors.ndim != 2 or vectors.shape[1] != dimension:  # noqa: PLR2004 -- rows and entries
        raise ShapeError(f"vectors have shape {vectors.shape}, not (rows, {dimension})")
    # Wider floats than float64 would lose their fractions in the conversion, unseen.
    if vectors.dtype.kind not in "iuf" or vectors.dtype.itemsize > np.dtype(np.float64).itemsize:
        raise ExactnessError(f"vectors of type {vectors.dtype} are not integers")
    rows = vectors.astype(np.float64)
    if not np.array_equal(np.rint(rows), rows):
        raise ExactnessError("vectors hold fractions or NaN; round them before they teach")
    if not bool((np.einsum("ij,ij->i", rows, rows) <= LENGTH_LIMIT**2).all()):
        raise ExactnessError(f"a vector is longer than {LENGTH_LIMIT:g}")
    return rows


def checked_labels(labels: NDArray[Any], *, row_count: int, policy_count: int) -> NDArray[np.int8]:
    """Return ``labels`` (n, policies) as int8 of 1 (violates), 0 (benign) and -1 (unlabelled)."""
    if labels.shape != (row_count, policy_count):
        raise ShapeError(f"labels have shape {labels.shape}, not ({row_count}, {policy_count})")
    if labels.dtype.kind not in "iu" or not np.isin(labels, (VIOLATES, BENIGN, UNLABELLED)).all():
        raise ShapeError("labels are 1 (violates), 0 (benign) or -1 (unlabelled)")
    return labels.astype(np.int8)
