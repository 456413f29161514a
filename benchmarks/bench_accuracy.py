"""What fifty-one voting heads cost in accuracy, beside one head and beside logistic regression.

    .venv/bin/python benchmarks/bench_accuracy.py

On the release in force and the held-out concepts of its sources (needs `make pictures`; takes
minutes, most of them drawing and, the first time, extraction). The baseline that is not ours:
scikit-learn's logistic regression on the extractors' full outputs, standardised and class-balanced,
trained on the same rows as the release, its strength chosen by five folds of concepts among those
rows. It has no certificate and cannot forget.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegressionCV
from sklearn.metrics import balanced_accuracy_score, roc_auc_score
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ostraka.assembly.compose import open_release
from ostraka.assembly.settings import read_settings
from ostraka.evidence.stack import default_stack
from ostraka.learning.evaluate import measure, score_rows
from ostraka.learning.evaluate_starter import trained_spaces
from ostraka.learning.examples import BENIGN, VIOLATES, Examples
from ostraka.learning.gather import Gathered, gather
from ostraka.learning.progress import Silent
from ostraka.learning.split import Part, parts_of
from ostraka.learning.train import TrainedSpace

STRENGTHS = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03)
FOLDS = 5


def gathered() -> Gathered:
    settings = read_settings()
    return gather(
        settings.pictures_folder,
        stack=default_stack(),
        cache_folder=settings.training_cache_folder,
        progress=Silent(),
        jobs=settings.jobs,
    )


def regression(examples: Examples, policy: str) -> tuple[float, float]:
    """Return (AUC, balanced accuracy) of logistic regression on the full outputs."""
    asked = examples.select(examples.trainable & (examples.labels_of(policy) >= BENIGN))
    parts = parts_of(asked.concepts.tolist())
    rows = np.concatenate(list(asked.features.values()), axis=1)
    violates = asked.labels_of(policy) == VIOLATES
    train, test = parts == Part.TRAIN, parts == Part.TEST
    folds = GroupKFold(FOLDS).split(rows[train], groups=asked.concepts[train])
    model = make_pipeline(
        StandardScaler(),
        LogisticRegressionCV(
            Cs=STRENGTHS,
            cv=list(folds),
            class_weight="balanced",
            scoring="roc_auc",
            max_iter=3000,
            l1_ratios=(0,),
            use_legacy_attributes=False,
        ),
    )
    model.fit(rows[train], violates[train])
    scores = model.decision_function(rows[test])
    area = roc_auc_score(violates[test], scores)
    return float(area), float(balanced_accuracy_score(violates[test], scores > 0))


def report(trained: TrainedSpace, examples: Examples, policy: str) -> None:
    test = examples.trainable & (parts_of(examples.concepts.tolist()) == Part.TEST)
    scored = score_rows(trained, examples.select(np.asarray(test)), policy=policy)
    found = measure(scored, rows_from="held-out concepts", certificates=False)
    print(f"{policy}: {found.violating} violating and {found.benign} benign rows held out")
    ways = {
        "51 heads, majority vote": found.vote,
        "one head on all rows": found.one_head,
        "the trusted base alone": found.base,
    }
    for name, quality in ways.items():
        print(f"  {name:28} AUC {quality.auc:.3f}  balanced {quality.balanced_accuracy:.1%}")
    area, balanced = regression(examples, policy)
    print(f"  {'logistic regression, full':28} AUC {area:.3f}  balanced {balanced:.1%}")
    vote, one = found.vote.balanced_accuracy, found.one_head.balanced_accuracy
    assert vote is not None
    assert one is not None
    print(f"  vote minus one head: {100 * (vote - one):+.1f} points (target: at least -1.5)")


def main() -> None:
    settings = read_settings()
    release = open_release(settings, stack_id=default_stack().identity())
    if not Path(settings.pictures_folder).exists():
        raise SystemExit("no pictures: run `make pictures` first")
    everything = gathered()
    spaces = trained_spaces(release)
    for examples, policy in ((everything.pixels, "violence"), (everything.text, "incitement")):
        report(spaces[examples.space], examples, policy)


if __name__ == "__main__":
    main()
