from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from ostraka.evidence.model import Space
from ostraka.learning.evaluate import ScoredRows, measure, score_rows, worst_windows
from ostraka.learning.evaluation import Evaluation
from ostraka.learning.examples import Examples
from ostraka.learning.progress import Silent
from ostraka.learning.report import percent, render_report, write_report
from ostraka.learning.split import Part, parts_of
from ostraka.learning.train import TrainedSpace
from ostraka.learning.training_settings import TrainingSettings
from ostraka.learning.unseen import measure_unseen

STACK_ID = "5" * 64


@pytest.fixture(scope="module")
def test_rows(examples: Examples) -> Examples:
    return examples.select(parts_of(examples.concepts.tolist()) == Part.TEST)


@pytest.fixture(scope="module")
def scored(trained: TrainedSpace, test_rows: Examples) -> ScoredRows:
    return score_rows(trained, test_rows, policy="violence")


@pytest.fixture(scope="module")
def evaluation(scored: ScoredRows, examples: Examples, settings: TrainingSettings) -> Evaluation:
    unseen = measure_unseen(
        examples,
        policy="violence",
        sources={
            "set 0": examples.datasets == "set-0",
            "<b>set 1</b>": examples.datasets == "set-1",
            "nothing": examples.datasets == "no-such",
        },
        stack_id=STACK_ID,
        settings=settings,
        progress=Silent(),
    )
    return Evaluation(
        held_out=(measure(scored, rows_from="held-out concepts", certificates=True),),
        groups=(),
        pipeline=(),
        unseen=tuple(unseen),
        unmeasured=("Real photographs <script>alert(1)</script>",),
    )


def test_what_is_measured_is_what_the_judge_would_say(
    trained: TrainedSpace, test_rows: Examples, scored: ScoredRows
) -> None:
    found = measure(scored, rows_from="x", certificates=True)
    vectors = trained.judge.projection.project_rows(test_rows.features)
    weighed = [trained.judge.weigh(vector)[0] for vector in vectors]
    violates = test_rows.labels[:, 0] == 1
    blocked = np.array([w.outcome.value == "block" for w in weighed])
    base_blocked = np.array([w.base_outcome.value == "block" for w in weighed])
    assert found.vote.recall == pytest.approx(blocked[violates].mean(), abs=1e-4)
    assert found.base.recall == pytest.approx(base_blocked[violates].mean(), abs=1e-4)
    assert np.allclose(scored.vote_score, [w.score for w in weighed])
    held = np.array([w.certificate.held >= 1 for w in weighed])
    assert found.certified[1].true_block == pytest.approx(
        (blocked & held)[violates].mean(), abs=1e-4
    )


def test_certified_shares_start_at_the_plain_rate_and_end_at_nothing(
    evaluation: Evaluation,
) -> None:
    (found,) = evaluation.held_out
    assert found.certified[0].true_block == found.vote.recall
    assert found.certified[0].true_publish == found.vote.benign_published
    assert found.certified[-1].true_block == 0.0
    assert found.certified[-1].true_publish == 0.0
    assert [point.accounts for point in found.certified] == list(range(4))


def test_a_picture_is_as_bad_as_its_worst_window(scored: ScoredRows) -> None:
    pictures = np.array([f"picture {i // 2}" for i in range(scored.violates.size)])
    worst = worst_windows(scored, pictures)
    assert worst.base.size == np.unique(pictures).size
    first = np.flatnonzero(pictures == "picture 0")
    place = np.unique(pictures).tolist().index("picture 0")
    assert worst.base[place] == scored.base[first].max()
    assert np.array_equal(worst.vote[place], scored.vote[first].max(axis=0))


def test_an_unseen_source_taught_nothing_and_a_few_labels_help_or_not(
    evaluation: Evaluation,
) -> None:
    assert [u.source for u in evaluation.unseen] == ["set 0", "<b>set 1</b>"]
    for unseen in evaluation.unseen:
        assert [p.labelled_pictures for p in unseen.curve] == [0, 5, 10, 20, 50]
        assert unseen.curve[0].auc == unseen.quality.vote.auc
        assert all(p.auc is not None and p.auc > 0.8 for p in unseen.curve)


def test_the_report_is_whole_and_asks_nobody_else(evaluation: Evaluation, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_report(evaluation, path, title="A & B")
    html = path.read_text("utf-8")
    assert html.count("<svg") == 8
    assert "A &amp; B" in html
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert "<b>set 1" not in html
    outside = set(re.findall(r"""(?:src|href)=["'](?!#)([^"']*)""", html))
    assert outside == set()


def test_the_same_evaluation_gives_the_same_report(evaluation: Evaluation) -> None:
    assert render_report(evaluation) == render_report(evaluation)


def test_an_evaluation_survives_its_release(evaluation: Evaluation) -> None:
    assert Evaluation.model_validate_json(evaluation.model_dump_json()) == evaluation


def test_what_was_not_measured_is_a_dash() -> None:
    assert (percent(None), percent(float("nan")), percent(0.123)) == ("-", "-", "12.3 %")


def test_pixels_are_the_measured_space(trained: TrainedSpace) -> None:
    assert trained.table.space is Space.PIXELS
