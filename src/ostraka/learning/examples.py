"""Labelled examples as they come from the extractors: raw features, before any projection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ostraka.evidence.model import Space

VIOLATES = 1
BENIGN = 0
UNLABELLED = -1

Labels = NDArray[np.int8]
Mask = NDArray[np.bool_]


def label_matrix(labels: Sequence[Mapping[str, bool]], *, policies: Sequence[str]) -> Labels:
    """Return int8 (rows, policies): 1 violates, 0 benign, -1 unlabelled."""
    rows = [[int(row[p]) if p in row else UNLABELLED for p in policies] for row in labels]
    return np.array(rows, dtype=np.int8).reshape(len(labels), len(policies))


@dataclass(frozen=True)
class Examples:
    """Labelled examples of one space.

    ``features`` maps an extractor's name to (rows, n) float32, ``detections`` a detection's name to
    (rows,) float32; ``labels`` is (rows, policies); ``concepts`` are the groups that a split keeps
    together (a kind of thing), ``objects`` the single thing depicted, drawn once or several times;
    ``uses`` says what a source's licence and role allow: ``train`` or ``evaluate``.
    """

    space: Space
    policies: tuple[str, ...]
    features: Mapping[str, NDArray[np.float32]]
    detections: Mapping[str, NDArray[np.float32]]
    labels: Labels
    concepts: NDArray[np.str_]
    objects: NDArray[np.str_]
    datasets: NDArray[np.str_]
    uses: NDArray[np.str_]
    content_sha256: NDArray[np.str_]

    def __len__(self) -> int:
        return int(self.labels.shape[0])

    @cached_property
    def trainable(self) -> Mask:
        """Which rows may train at all."""
        return np.asarray(self.uses == "train")

    def labels_of(self, policy: str) -> Labels:
        """Return the int8 labels for one policy."""
        return np.asarray(self.labels[:, self.policies.index(policy)])

    def select(self, mask: Mask | NDArray[np.intp]) -> Examples:
        """Return the rows that ``mask`` (or an index) names."""
        return Examples(
            space=self.space,
            policies=self.policies,
            features={name: value[mask] for name, value in self.features.items()},
            detections={name: value[mask] for name, value in self.detections.items()},
            labels=self.labels[mask],
            concepts=self.concepts[mask],
            objects=self.objects[mask],
            datasets=self.datasets[mask],
            uses=self.uses[mask],
            content_sha256=self.content_sha256[mask],
        )
