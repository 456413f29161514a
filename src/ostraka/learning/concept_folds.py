"""Folds of concepts of the trusted base: what it can tell of kinds of things it has not seen."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ostraka.ensemble import Heads, ShardSums, solve_heads
from ostraka.learning.examples import BENIGN, VIOLATES
from ostraka.learning.metrics import area_under_curve
from ostraka.learning.row_table import RowTable
from ostraka.learning.split import share_of


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
