"""The doctor looks at the stack that was chosen, not at the one that ships."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from tests.doubles.larger_model import write_model

from ostraka.assembly.diagnosis import diagnose
from ostraka.assembly.settings import Settings
from ostraka.evidence.adopted import adopt


@pytest.mark.skipif(
    all(importlib.util.find_spec(name) for name in ("torch", "transformers")),
    reason="the extra 'vision' is installed",
)
def test_the_doctor_says_what_a_larger_stack_lacks(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model")
    adopt(folder)
    checks = {x.check: x for x in diagnose(Settings(home=tmp_path / "home", stack=folder))}
    assert not checks["models"].fine
    assert "ostraka[vision]" in checks["models"].found
    assert not checks["release"].fine
    assert "OSTRAKA_RELEASE" in checks["release"].found
