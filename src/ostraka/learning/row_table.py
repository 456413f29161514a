"""Many training rows of one space as columns: how a release keeps them, exactly."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ostraka.evidence.model import UNIT, Space
from ostraka.learning.examples import UNLABELLED, Labels
from ostraka.learning.row import LabelSource, TrainingRow

Strings = NDArray[np.str_]


@dataclass(frozen=True)
class RowTable:
    """Rows of one space; ``vectors`` is int32 (rows, dimension), ``labels`` int8 (rows, policies).

    ``contributors`` are pseudonyms, "" for the trusted base.
    """

    space: Space
    stack_id: str
    policies: tuple[str, ...]
    vectors: NDArray[np.int32]
    labels: Labels
    contributors: Strings
    sources: Strings
    content_sha256: Strings
    concepts: Strings
    datasets: Strings

    def __len__(self) -> int:
        return int(self.vectors.shape[0])

    def row(self, index: int) -> TrainingRow:
        """Return one row."""
        pairs = zip(self.policies, self.labels[index].tolist(), strict=True)
        return TrainingRow(
            space=self.space,
            vector=self.vectors[index],
            labels={policy: bool(label) for policy, label in pairs if label != UNLABELLED},
            contributor=str(self.contributors[index]),
            source=LabelSource(str(self.sources[index])),
            content_sha256=str(self.content_sha256[index]),
            stack_id=self.stack_id,
            concept=str(self.concepts[index]),
            dataset=str(self.datasets[index]),
        )

    def rows(self) -> Iterator[TrainingRow]:
        """Yield every row."""
        return (self.row(index) for index in range(len(self)))

    def select(self, index: NDArray[np.bool_] | NDArray[np.intp]) -> RowTable:
        """Return the rows that a mask or an index names."""
        return RowTable(
            space=self.space,
            stack_id=self.stack_id,
            policies=self.policies,
            vectors=self.vectors[index],
            labels=self.labels[index],
            contributors=self.contributors[index],
            sources=self.sources[index],
            content_sha256=self.content_sha256[index],
            concepts=self.concepts[index],
            datasets=self.datasets[index],
        )


def row_entry(row: TrainingRow) -> bytes:
    """Return the byte string that stands for a row in a manifest: every field, length-prefixed.

    Nothing is left out, so neither a vector, nor a label, nor who brought it can be changed under a
    manifest's root.
    """
    labels = ",".join(f"{name}={int(value)}" for name, value in sorted(row.labels.items()))
    fields = (
        row.space.value.encode(),
        row.vector.astype("<i4").tobytes(),
        labels.encode(),
        row.contributor.encode(),
        row.source.value.encode(),
        row.content_sha256.encode(),
        row.stack_id.encode(),
        row.concept.encode(),
        row.dataset.encode(),
    )
    return b"".join(struct.pack("<Q", len(field)) + field for field in fields)


def nearest_rows(
    table: RowTable, vector: NDArray[np.int32], *, count: int
) -> list[tuple[TrainingRow, float]]:
    """Return the ``count`` rows most like ``vector``, each with its cosine, most alike first."""
    rows = table.vectors.astype(np.float64)
    lengths = np.linalg.norm(rows, axis=1) * np.linalg.norm(vector.astype(np.float64))
    cosines = (rows @ vector.astype(np.float64)) / np.maximum(lengths, 1.0)
    order = np.argsort(-cosines, kind="stable")[:count]
    return [(table.row(int(i)), float(cosines[i])) for i in order]


def rows_to_arrays(table: RowTable) -> dict[str, NDArray[np.generic]]:
    """Return the numeric columns; a vector's entries fit int16, since |entry| <= ``UNIT``."""
    assert np.abs(table.vectors).max(initial=0) <= UNIT
    digests = b"".join(bytes.fromhex(value) for value in table.content_sha256.tolist())
    return {
        "vectors": table.vectors.astype(np.int16),
        "labels": table.labels,
        "content_sha256": np.frombuffer(digests, dtype=np.uint8).reshape(-1, 32),
        "contributors": _codes(table.contributors),
        "sources": _codes(table.sources),
        "concepts": _codes(table.concepts),
        "datasets": _codes(table.datasets),
    }


def _codes(values: Strings) -> NDArray[np.int32]:
    return np.unique(values, return_inverse=True)[1].astype(np.int32)


def rows_to_names(table: RowTable) -> dict[str, list[str]]:
    """Return the words that the coded columns of :func:`rows_to_arrays` stand for."""
    columns = {
        "contributors": table.contributors,
        "sources": table.sources,
        "concepts": table.concepts,
        "datasets": table.datasets,
    }
    return {name: np.unique(column).tolist() for name, column in columns.items()}


def rows_from_arrays(
    space: Space,
    *,
    stack_id: str,
    policies: tuple[str, ...],
    arrays: Mapping[str, NDArray[np.generic]],
    names: Mapping[str, list[str]],
) -> RowTable:
    """Return the table that :func:`rows_to_arrays` and :func:`rows_to_names` were taken from.

    Raises:
        KeyError, IndexError, ValueError: the parts do not fit together.
    """
    columns = {
        name: np.array(names[name], dtype=np.str_)[arrays[name]]
        for name in ("contributors", "sources", "concepts", "datasets")
    }
    digests = [row.tobytes().hex() for row in arrays["content_sha256"]]
    table = RowTable(
        space=space,
        stack_id=stack_id,
        policies=policies,
        vectors=arrays["vectors"].astype(np.int32),
        labels=arrays["labels"].astype(np.int8),
        content_sha256=np.array(digests, dtype=np.str_),
        **columns,
    )
    counts = {len(table), table.labels.shape[0], *(column.size for column in columns.values())}
    if len(counts) != 1 or table.labels.shape[1:] != (len(policies),):
        raise ValueError("columns of different lengths")
    return table
