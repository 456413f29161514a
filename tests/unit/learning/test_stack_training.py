from __future__ import annotations

from pathlib import Path

import pytest
from tests.doubles.larger_model import write_model

from ostraka.evidence.adopted import adopt, adopted_stack
from ostraka.evidence.model import Space
from ostraka.evidence.stack import default_stack
from ostraka.learning.stack_training import training_for
from ostraka.learning.training_settings import DEFAULT_TRAINING


def test_the_stack_that_ships_is_trained_as_ever() -> None:
    assert training_for(default_stack()) == DEFAULT_TRAINING


@pytest.mark.parametrize(("features", "axes"), [(768, 128), (256, 128), (32, 16), (1, 1)])
def test_another_extractor_has_axes_of_its_own(features: int, axes: int, tmp_path: Path) -> None:
    adopt(write_model(tmp_path / "model", hidden_size=features))
    found = training_for(adopted_stack(str(tmp_path / "model")))
    known = DEFAULT_TRAINING.spaces[Space.PIXELS].dimensions
    assert found.spaces[Space.PIXELS].dimensions == {**known, "siglip2_base_patch16_224": axes}
    assert found.spaces[Space.TEXT] == DEFAULT_TRAINING.spaces[Space.TEXT]
    assert sum(found.spaces[Space.PIXELS].dimensions.values()) <= 512
