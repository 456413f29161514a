"""Training: from labelled examples to projections, rows, sums, heads and calibrated rules.

The order matters and is the same at every site: split by concept, set the trusted base apart, fit
the projection and choose the shrinkage on the base alone, turn examples into rows, add rows to
sums, solve heads, calibrate on trusted examples that no head has seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ostraka.ensemble import Ensemble, EnsembleSettings, ShardSums
from ostraka.evidence.projection import Projection
from ostraka.learning.calibrate_space import calibrate_space
from ostraka.learning.concept_folds import choose_shrinkage
from ostraka.learning.examples import Examples
from ostraka.learning.fit_projection import fit_projection
from ostraka.learning.row import LabelSource
from ostraka.learning.row_table import RowTable
from ostraka.learning.split import Part, contributors_of, parts_of
from ostraka.learning.training_settings import (
    DEFAULT_TRAINING,
    SIMULATION_KEY,
    TrainingSettings,
)
from ostraka.moderation.judge import SpaceJudge


@dataclass(frozen=True)
class TrainedSpace:
    """What training one space gives: the rows, their sums by shard, and what judges."""

    table: RowTable
    ensemble: Ensemble
    judge: SpaceJudge

    @property
    def settings(self) -> EnsembleSettings:
        """How the ensemble was built."""
        return self.ensemble.settings


def train_space(
    examples: Examples, *, stack_id: str, settings: TrainingSettings = DEFAULT_TRAINING
) -> TrainedSpace:
    """Train one space from examples that may train.

    Examples that only evaluate are left out, whatever the caller hands in.
    """
    trusted = examples.select(examples.trainable)
    parts = parts_of(trusted.concepts.tolist())
    training = trusted.select(parts == Part.TRAIN)
    table, projection = make_rows(training, stack_id=stack_id, settings=settings)
    ensemble = teach(table, settings=settings)
    calibration = trusted.select(parts == Part.CALIBRATE)
    base = table.select(table.contributors == "")
    judge = calibrate_space(calibration, projection, ensemble, base=base, settings=settings)
    return TrainedSpace(table, ensemble, judge)


def make_rows(
    training: Examples, *, stack_id: str, settings: TrainingSettings
) -> tuple[RowTable, Projection]:
    """Return the rows of training examples, and the projection fitted on the trusted base."""
    contributors = np.array(
        contributors_of(
            training.concepts.tolist(),
            training.content_sha256.tolist(),
            base_share=settings.base_share,
            accounts=settings.accounts,
        ),
        dtype=np.str_,
    )
    base = contributors == ""
    space = settings.spaces[training.space]
    projection = fit_projection(
        training.space,
        {name: values[base] for name, values in training.features.items()},
        dimensions=space.dimensions,
        whitening=space.whitening,
    )
    table = RowTable(
        space=training.space,
        stack_id=stack_id,
        policies=training.policies,
        vectors=projection.project_rows(training.features),
        labels=training.labels,
        contributors=contributors,
        sources=np.where(base, LabelSource.TRUSTED.value, LabelSource.SIMULATED.value),
        content_sha256=training.content_sha256,
        concepts=training.concepts,
        datasets=training.datasets,
    )
    return table, projection


def teach(table: RowTable, *, settings: TrainingSettings) -> Ensemble:
    """Return the ensemble that these rows teach; the shrinkage is chosen on the base alone."""
    space = settings.spaces[table.space]
    base = table.select(table.contributors == "")
    shrinkage = choose_shrinkage(base, candidates=space.shrinkages)
    return sum_rows(
        table,
        key=SIMULATION_KEY,
        settings=EnsembleSettings(
            shard_count=settings.shard_count,
            base_weight=space.base_weight,
            shrinkage=shrinkage,
            minimum_rows=settings.minimum_rows,
        ),
    )


def sum_rows(table: RowTable, *, key: bytes, settings: EnsembleSettings) -> Ensemble:
    """Return the ensemble over ``table``: exact sums, so the order of rows does not matter."""
    base = table.contributors == ""
    sums = ShardSums(table.vectors.shape[1], table.policies)
    sums.add(table.vectors[base], table.labels[base])
    ensemble = Ensemble(sums, key=key, settings=settings)
    for account in np.unique(table.contributors[~base]).tolist():
        own = table.contributors == account
        ensemble.learn(account, table.vectors[own], table.labels[own])
    return ensemble
