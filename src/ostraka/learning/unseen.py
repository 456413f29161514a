"""Sources that nothing was learned from: the honest estimate for a site's own pictures.

Each source is left out whole (rows, projection, shrinkage, margins), everything is learned anew
from the others, and the source is judged. Then an operator labels a few of its pictures: they join
the trusted base, and the rest of the source is judged again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from ostraka.ensemble import Ensemble
from ostraka.learning.evaluate import known, measure, score_rows
from ostraka.learning.evaluation import CurvePoint, UnseenSource
from ostraka.learning.examples import BENIGN, VIOLATES, Examples, Mask
from ostraka.learning.metrics import area_under_curve, balanced_accuracy
from ostraka.learning.progress import Progress
from ostraka.learning.split import share_of
from ostraka.learning.train import TrainedSpace, train_space
from ostraka.learning.training_settings import SIMULATION_KEY, TrainingSettings

LABELLED_COUNTS = (0, 5, 10, 20, 50)
LABELLED_WEIGHT = 10
"""How often a picture counts that an operator labelled for a new source: a declared choice."""

_REPEATS = 5
_LEAST_ROWS = 20


def measure_unseen(
    examples: Examples,
    *,
    policy: str,
    sources: Mapping[str, Mask],
    stack_id: str,
    settings: TrainingSettings,
    progress: Progress,
    asked_of: Mask | None = None,
) -> list[UnseenSource]:
    """Return the quality on each source (name -> its rows) when it was left out.

    ``asked_of``: which rows may be asked about; all by default. Lines are asked about only where no
    translation of theirs taught either.
    """
    progress.start(f"unseen sources ({policy})", total=len(sources))
    may_ask = np.ones(len(examples), dtype=np.bool_) if asked_of is None else asked_of
    found = []
    for name, theirs in sources.items():
        asked = examples.select(theirs & may_ask & (examples.labels_of(policy) >= BENIGN))
        if len(asked) >= _LEAST_ROWS:
            others = examples.select(~theirs)
            trained = train_space(others, stack_id=stack_id, settings=settings)
            found.append(_unseen_source(name, trained, asked, policy=policy))
        progress.advance()
    return found


def _unseen_source(
    name: str, trained: TrainedSpace, asked: Examples, *, policy: str
) -> UnseenSource:
    scored = score_rows(trained, asked, policy=policy)
    quality = measure(scored, rows_from=f"unseen source: {name}", certificates=True)
    both = quality.violating >= _LEAST_ROWS and quality.benign >= _LEAST_ROWS
    counts = [n for n in LABELLED_COUNTS if _enough(asked, policy, n)] if both else []
    curve = tuple(_curve_point(trained, asked, policy=policy, count=n) for n in counts)
    return UnseenSource(policy=policy, source=name, quality=quality, curve=curve)


def _enough(asked: Examples, policy: str, count: int) -> bool:
    """Ask whether so many can be labelled and as many objects of either kind be left to judge."""
    labels = asked.labels_of(policy)
    objects = (np.unique(asked.objects[labels == kind]).size for kind in (VIOLATES, BENIGN))
    return min(objects) >= count


def _curve_point(trained: TrainedSpace, asked: Examples, *, policy: str, count: int) -> CurvePoint:
    """Return the mean over a few choices of which pictures the operator labels."""
    results = [
        _with_labelled(trained, asked, policy=policy, chosen=_choose(asked, policy, count, repeat))
        for repeat in range(_REPEATS if count else 1)
    ]
    areas, accuracies = zip(*results, strict=True)
    return CurvePoint(
        labelled_pictures=count,
        auc=known(float(np.mean(areas))),
        balanced_accuracy=known(float(np.mean(accuracies))),
    )


def _choose(asked: Examples, policy: str, count: int, repeat: int) -> NDArray[np.bool_]:
    """Choose, by hash, half violating and half benign pictures, each of another object."""
    order = np.argsort([share_of(c, purpose=f"label {repeat}") for c in asked.content_sha256])
    chosen = np.zeros(len(asked), dtype=np.bool_)
    labels = asked.labels_of(policy)
    for kind, wanted in ((VIOLATES, count // 2), (BENIGN, count - count // 2)):
        of_kind = [int(i) for i in order if labels[i] == kind]
        chosen[list(_new_objects(of_kind, asked, wanted))] = True
    return chosen


def _new_objects(places: Iterable[int], asked: Examples, wanted: int) -> list[int]:
    seen: dict[str, int] = {}
    for place in places:
        seen.setdefault(str(asked.objects[place]), place)
    return list(seen.values())[:wanted]


def _with_labelled(
    trained: TrainedSpace, asked: Examples, *, policy: str, chosen: NDArray[np.bool_]
) -> tuple[float, float]:
    """Return (AUC, balanced accuracy) on the objects of which no picture was labelled."""
    rest = asked.select(~np.isin(asked.objects, asked.objects[chosen]))
    taught = _teach_base(trained, asked.select(chosen))
    vectors = trained.judge.projection.project_rows(rest.features)
    place = trained.table.policies.index(policy)
    heads = taught.heads()
    scores = np.median(heads.scores(vectors)[:, place][:, heads.adequate[place]], axis=1)
    violates = np.asarray(rest.labels_of(policy) == VIOLATES)
    return area_under_curve(scores, violates), balanced_accuracy(scores > 0.0, violates)


def _teach_base(trained: TrainedSpace, labelled: Examples) -> Ensemble:
    """Return the ensemble with the labelled pictures in its trusted base."""
    base = trained.ensemble.base_sums()
    if len(labelled):
        vectors = trained.judge.projection.project_rows(labelled.features)
        base.add(vectors, labelled.labels, weight=LABELLED_WEIGHT)
    taught = Ensemble(base, key=SIMULATION_KEY, settings=trained.settings)
    for shard in range(trained.settings.shard_count):
        taught.merge_shard(shard, trained.ensemble.shard_sums(shard))
    return taught
