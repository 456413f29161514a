"""Training the starter release: gather, train, measure, write, sign, load again, verify."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from pydantic import JsonValue

from ostraka.evidence.model import Space
from ostraka.evidence.stack import Stack, default_stack
from ostraka.learning.evaluate_starter import evaluate_trained
from ostraka.learning.evaluation import Evaluation
from ostraka.learning.examples import Examples
from ostraka.learning.gather import Gathered, gather
from ostraka.learning.progress import Progress, Silent
from ostraka.learning.release import Release, load_release
from ostraka.learning.sign import SigningKey
from ostraka.learning.sources.data_sheet import data_sheet
from ostraka.learning.train import TrainedSpace, train_space
from ostraka.learning.training_settings import DEFAULT_TRAINING, TrainingSettings
from ostraka.learning.verify_release import verify_release
from ostraka.learning.write_release import ReleasePapers, write_release


def train_starter(
    pictures_folder: Path,
    out_folder: Path,
    *,
    cache_folder: Path,
    key: SigningKey,
    progress: Progress | None = None,
    settings: TrainingSettings = DEFAULT_TRAINING,
    stack: Stack | None = None,
    jobs: int = 2,
) -> Release:
    """Train, measure and sign a release from the fetched pictures; return it loaded and verified.

    Args:
        pictures_folder: where the picture packages lie.
        out_folder: the release's folder; replaced whole.
        cache_folder: where evidence is kept, so that an interrupted training resumes.
        key: signs the release.
        progress: hears how far it is.
        settings: what decides the training.
        stack: the extractors; those that ship with Ostraka by default.
        jobs: pictures looked at at a time.
    """
    shown = progress or Silent()
    gathered = gather(
        pictures_folder,
        stack=stack or default_stack(),
        cache_folder=cache_folder,
        progress=shown,
        jobs=jobs,
    )
    spaces = train_gathered(gathered, settings=settings)
    evaluation = evaluate_trained(spaces, gathered, settings=settings, progress=shown)
    sheet: list[JsonValue] = [e.model_dump(mode="json") for e in data_sheet(pictures_folder)]
    papers = ReleasePapers(
        created=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        data_sheet=sheet,
        evaluation=evaluation.model_dump(mode="json"),
        summary=summary_of(evaluation),
    )
    write_release(out_folder, list(spaces.values()), papers=papers, key=key)
    release = load_release(out_folder, stack_id=gathered.stack_id, trusted_keys=[key.trusted])
    verify_release(release)
    return release


def train_gathered(
    gathered: Gathered, *, settings: TrainingSettings = DEFAULT_TRAINING
) -> dict[Space, TrainedSpace]:
    """Return what every space learns from the gathered examples."""
    examples: tuple[Examples, ...] = (gathered.pixels, gathered.text)
    return {
        each.space: train_space(each, stack_id=gathered.stack_id, settings=settings)
        for each in examples
    }


def summary_of(evaluation: Evaluation) -> dict[str, JsonValue]:
    """Return the figures that are signed with the release itself: on held-out concepts."""
    return {
        found.policy: {
            "auc": found.vote.auc,
            "balanced_accuracy": found.vote.balanced_accuracy,
            "balanced_accuracy_base_alone": found.base.balanced_accuracy,
            "balanced_accuracy_one_head": found.one_head.balanced_accuracy,
            "violating_published": found.vote.violating_published,
            "benign_blocked": found.vote.benign_blocked,
            "review": found.vote.review,
        }
        for found in evaluation.held_out
    }
