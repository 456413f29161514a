"""Calibrating one space: its rules and limits, from trusted examples alone."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ostraka.ensemble import Ensemble, Heads, ShardSums, solve_heads
from ostraka.evidence.model import Space
from ostraka.evidence.projection import Projection
from ostraka.learning.calibrate import (
    calibrate_thresholds,
    detector_limits,
    spread_limit,
    upper_limit,
)
from ostraka.learning.concept_folds import out_of_fold_scores
from ostraka.learning.errors import TooFewExamplesError
from ostraka.learning.examples import BENIGN, VIOLATES, Examples, Labels
from ostraka.learning.row_table import RowTable
from ostraka.learning.training_settings import TrainingSettings
from ostraka.moderation.judge import PolicyRule, SpaceJudge
from ostraka.moderation.policy import Policy


def calibrate_space(
    calibration: Examples,
    projection: Projection,
    ensemble: Ensemble,
    *,
    base: RowTable,
    settings: TrainingSettings,
) -> SpaceJudge:
    """Return what judges the space, its limits set on trusted examples alone.

    Margins are set where the base's head meets concepts it has not seen: on calibration examples,
    and on the base's own rows by heads that saw the other folds of concepts. Violating concepts are
    few, and margins from a handful would be chance.

    Raises:
        TooFewExamplesError: there is nothing to calibrate on.
    """
    if not len(calibration):
        raise TooFewExamplesError(f"no calibration examples for {projection.space}")
    vectors = projection.project_rows(calibration.features)
    base_scores = ensemble.base_heads().scores(vectors)[:, :, 0]
    fold_scores = out_of_fold_scores(base, shrinkage=ensemble.settings.shrinkage)
    extractors = extractor_heads(projection, ensemble)
    parts = {
        name: alone.scores(vectors[:, projection.part_of(name)])[:, :, 0]
        for name, alone in extractors.items()
    }
    rules = tuple(
        _calibrate_policy(
            policy,
            calibration,
            scores=np.concatenate([base_scores[:, place], fold_scores[:, place]]),
            labels=np.concatenate([calibration.labels[:, place], base.labels[:, place]]),
            adequate=bool(ensemble.base_heads().adequate[place, 0]),
            extractor_scores={name: part[:, place] for name, part in parts.items()},
            settings=settings,
        )
        for place, policy in enumerate(_policies_of(projection.space, settings))
    )
    distances = projection.distances(calibration.features)
    limits = [upper_limit(column, share=settings.targets.strange) for column in distances.T]
    return SpaceJudge(
        projection=projection,
        rules=rules,
        heads=ensemble.heads(),
        base=ensemble.base_heads(),
        extractors=extractors,
        distance_limits=dict(zip(projection.extractors, limits, strict=True)),
    )


def _policies_of(space: Space, settings: TrainingSettings) -> tuple[Policy, ...]:
    return tuple(policy for policy in settings.policies if policy.space == space)


def _calibrate_policy(
    policy: Policy,
    calibration: Examples,
    *,
    scores: NDArray[np.float64],
    labels: Labels,
    adequate: bool,
    extractor_scores: Mapping[str, NDArray[np.float64]],
    settings: TrainingSettings,
) -> PolicyRule:
    benign = calibration.labels_of(policy.name) == BENIGN
    targets = settings.targets
    return PolicyRule(
        policy=policy,
        taught=adequate and bool((labels == VIOLATES).any()),
        thresholds=calibrate_thresholds(
            scores,
            labels,
            shard_count=settings.shard_count,
            targets=targets,
        ),
        spread_limit=spread_limit(extractor_scores, targets=targets),
        detector_limits=detector_limits(
            {name: values[benign] for name, values in calibration.detections.items()},
            policy.detectors,
            targets=targets,
        ),
    )


def extractor_heads(projection: Projection, ensemble: Ensemble) -> dict[str, Heads]:
    """Return each extractor's own heads, solved from its part of the trusted base's sums."""
    base, settings = ensemble.base_sums(), ensemble.settings
    return {
        name: solve_heads(
            part_of_sums(base, projection.part_of(name)),
            shrinkage=settings.shrinkage,
            minimum_rows=settings.minimum_rows,
        )
        for name in projection.extractors
    }


def part_of_sums(sums: ShardSums, part: slice) -> ShardSums:
    """Return the sums over some entries of the vectors: what those entries alone would have given.

    Nothing is added up anew: the sums of parts of vectors are parts of their sums.
    """
    moment = sums.second_moment[part, part]
    arrays = sums.arrays() | {
        "vector_sum": sums.vector_sum[part].astype(np.int64),
        "second_moment": moment[np.triu_indices(len(moment))].astype(np.int64),
        "class_sums": sums.class_sums[:, :, part].astype(np.int64),
    }
    return ShardSums.from_arrays(arrays, policies=sums.policies)
