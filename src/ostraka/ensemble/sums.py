"""A shard is a sum: what an ensemble has learned, as exact integers that can be taken back."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ostraka.ensemble.errors import (
    CorruptArraysError,
    EnsembleSettingError,
    ExactnessError,
    NeverAddedError,
    ShapeError,
)
from ostraka.ensemble.moments import Moments
from ostraka.ensemble.rows import FloatArray, checked_labels, checked_rows
from ostraka.limits import DEFAULT_LIMITS

_ROWS_AT_ONCE = 4096
_LAYOUT = b"ostraka shard sums 1\n"


class ShardSums:
    """Counts, sums and one second-moment matrix of integer rows, exact whatever the order.

    One matrix serves all policies: rows that are unlabelled for a policy count in it, and a head
    solved from the *total* covariance points the same way as one solved from the covariance within
    the classes (see :func:`ostraka.ensemble.heads.solve_heads`).

    Why it is exact. Entries are integers, weights are positive integers. Let D_i = sum w x_i^2 be
    the diagonal of the second moment. Over any subset of the rows (so for every intermediate
    result of any summation order) Cauchy-Schwarz bounds abs(sum w x_i x_j) by sqrt(D_i D_j) <=
    max(D_i, D_j), and abs(x_i) <= x_i^2 for integers bounds every vector sum and class sum by D_i.
    So where D_i < 2^53 for all i, nothing was ever rounded. The check itself cannot be fooled by
    rounding: D_i adds up terms that are not negative, the first partial sum to reach 2^53 is
    rounded to no less than 2^53, and later terms only raise it. Merged sums are sums of the joint
    rows, so the same check on them suffices. After subtraction of rows that were added, the sums
    are those of the surviving rows. Where they never were added, abs(S_ij) <= max(D_i, D_j) < 2^53
    is checked on the result: a difference of integers below 2^53 that is itself below 2^53 is
    exact, and one that is not is rounded to no less than 2^53 and refused.
    """

    def __init__(self, dimension: int, policies: tuple[str, ...]) -> None:
        if not 1 <= dimension <= DEFAULT_LIMITS.vector_dimension:
            raise EnsembleSettingError(f"a vector of {dimension} entries is outside the limits")
        if not policies or len(set(policies)) != len(policies) or not all(policies):
            raise EnsembleSettingError("policies need distinct names, at least one")
        self.dimension = dimension
        self.policies = tuple(policies)
        self._moments = Moments.zero(dimension=dimension, policy_count=len(policies))

    @classmethod
    def of(cls, vectors: NDArray[Any], labels: NDArray[Any], *, policies: tuple[str, ...]) -> Self:
        """Return the sums of these rows alone, each with weight 1 (arguments as :meth:`add`)."""
        sums = cls(vectors.shape[-1], policies)
        sums.add(vectors, labels)
        return sums

    @property
    def row_count(self) -> int:
        """Rows held, each counted with its weight."""
        return int(self._moments.row_count)

    @property
    def vector_sum(self) -> FloatArray:
        """Sum of all vectors, (dimension,); read only, as are the other arrays."""
        return _read_only(self._moments.vector_sum)

    @property
    def second_moment(self) -> FloatArray:
        """Sum of the outer products of all vectors with themselves, (dimension, dimension)."""
        return _read_only(self._moments.second_moment)

    @property
    def class_counts(self) -> FloatArray:
        """Rows labelled benign and violating, (policies, 2), each counted with its weight."""
        return _read_only(self._moments.class_counts)

    @property
    def class_sums(self) -> FloatArray:
        """Sums of the vectors labelled benign and violating, (policies, 2, dimension)."""
        return _read_only(self._moments.class_sums)

    def add(self, vectors: NDArray[Any], labels: NDArray[Any], *, weight: int = 1) -> None:
        """Learn rows: all of them, or none where an error is raised.

        Args:
            vectors: integers, (n, dimension), of any numeric type.
            labels: (n, policies): 1 violates, 0 benign, -1 unlabelled.
            weight: how often each row counts, a positive integer.

        Raises:
            ExactnessError: a fraction, NaN, infinity, an overlong row, or sums that reach 2^53.
            ShapeError: shapes or label values that do not fit.
        """
        rows = self._moments_of(vectors, labels, weight=weight)
        self._moments = _exact(self._moments.combined(rows, np.add))

    def subtract(self, vectors: NDArray[Any], labels: NDArray[Any], *, weight: int = 1) -> None:
        """Forget rows that were added with the same labels and weight: bit for bit as if never.

        Raises:
            NeverAddedError: the rows cannot all be in these sums. (That they can is no proof that
                they are: the rows' manifest is.)
        """
        rows = self._moments_of(vectors, labels, weight=weight)
        self._moments = _possible(self._moments.combined(rows, np.subtract))

    def merge(self, other: ShardSums) -> None:
        """Take in sums made elsewhere."""
        self._moments = _exact(self._moments.combined(self._fitting(other), np.add))

    def scaled(self, weight: int) -> Self:
        """Return the sums as if every row had been added ``weight`` times."""
        return self._with(_exact(self._moments.scaled(_checked_weight(weight))))

    def copy(self) -> Self:
        """Return sums that change on their own."""
        return self._with(self._moments)  # the arrays are replaced, never written into

    def __add__(self, other: ShardSums) -> Self:
        sums = self.copy()
        sums.merge(other)
        return sums

    def __sub__(self, other: ShardSums) -> Self:
        return self._with(_possible(self._moments.combined(self._fitting(other), np.subtract)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ShardSums) or self.policies != other.policies:
            return False
        return all(map(np.array_equal, self._moments, other._moments))

    __hash__ = None  # type: ignore[assignment]  # sums change; sha256() names a state

    def sha256(self) -> str:
        """Return the SHA-256 of a canonical layout, in hex: equal where and only where sums are.

        The layout: a version line, the dimension, the policies (each as length and UTF-8), then
        every array of :meth:`arrays` in its fixed order, all numbers little-endian int64.
        """
        digest = hashlib.sha256(_LAYOUT)
        digest.update(_int64([self.dimension, len(self.policies)]))
        for policy in self.policies:
            name = policy.encode()
            digest.update(_int64([len(name)]) + name)
        for values in self.arrays().values():
            digest.update(_int64(values))
        return digest.hexdigest()

    def arrays(self) -> dict[str, NDArray[np.int64]]:
        """Return the state as int64 arrays; of the symmetric matrix, the upper triangle by rows."""
        return self._moments.packed()

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], *, policies: tuple[str, ...]) -> Self:
        """Return the sums that :meth:`arrays` gave out.

        Raises:
            CorruptArraysError: missing or misshapen arrays, or numbers that no rows add up to.
        """
        moments = Moments.unpacked(arrays, policy_count=len(policies))
        sums = cls(moments.vector_sum.size, policies)
        sums._moments = moments
        return sums

    def save(self, path: Path) -> None:
        """Write the sums to ``path`` as a compressed npz of plain integer arrays."""
        names = np.array(self.policies)
        with path.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, policies=names, **self.arrays())

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read sums that :meth:`save` wrote; a file is data, never code.

        Raises:
            CorruptArraysError: anything but such a file.
        """
        try:
            _check_unpacked_size(path)
            with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
            policies = tuple(str(name) for name in arrays.pop("policies"))
        except _UNREADABLE as error:
            raise CorruptArraysError(f"{path.name} holds no sums", detail=repr(error)) from error
        return cls.from_arrays(arrays, policies=policies)

    def _moments_of(self, vectors: NDArray[Any], labels: NDArray[Any], *, weight: int) -> Moments:
        rows = checked_rows(vectors, dimension=self.dimension)
        marks = checked_labels(labels, row_count=len(rows), policy_count=len(self.policies))
        # Starting from +0.0 keeps -0.0, a product of a negative and nothing, out of the sums.
        total = Moments.zero(dimension=self.dimension, policy_count=len(self.policies))
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            part = slice(start, start + _ROWS_AT_ONCE)
            total = _exact(total.combined(Moments.of(rows[part], marks[part]), np.add))
        return _exact(total.scaled(_checked_weight(weight)))

    def _fitting(self, other: ShardSums) -> Moments:
        if self.dimension != other.dimension or self.policies != other.policies:
            raise ShapeError("sums of other dimensions or policies cannot be combined")
        return other._moments

    def _with(self, moments: Moments) -> Self:
        sums = type(self)(self.dimension, self.policies)
        sums._moments = moments  # noqa: SLF001 -- of the object made one line above
        return sums


# What numpy raises for a missing, torn or foreign file, an npy file or a pickle.
_UNREADABLE = (OSError, ValueError, KeyError, EOFError, TypeError, zipfile.BadZipFile)


_UNPACKED_BYTES_LIMIT = 64_000_000
"""Far over what the largest sums take: a small file must not unpack to gigabytes."""


def _check_unpacked_size(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        size_bytes = sum(member.file_size for member in archive.infolist())
    if size_bytes > _UNPACKED_BYTES_LIMIT:
        limit = _UNPACKED_BYTES_LIMIT
        raise CorruptArraysError(f"{path.name} unpacks to {size_bytes:,} bytes, limit {limit:,}")


def _exact(moments: Moments) -> Moments:
    if not moments.exact():
        raise ExactnessError("the weighted sum of squares would reach 2^53")
    return moments


def _possible(moments: Moments) -> Moments:
    if not moments.possible():
        raise NeverAddedError("these sums do not hold the rows that were to be subtracted")
    return moments


def _checked_weight(weight: int) -> float:
    if type(weight) is not int or not 1 <= weight <= DEFAULT_LIMITS.row_weight:
        raise ExactnessError("a weight is an integer from 1 to the limit")
    return float(weight)


def _read_only(values: FloatArray) -> FloatArray:
    view = values.view()
    view.flags.writeable = False
    return view


def _int64(values: NDArray[np.int64] | list[int]) -> bytes:
    return np.asarray(values, dtype="<i8").tobytes()
