"""``ostraka verify release`` for machines: the release that ships, and one that it is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ostraka.assembly.command_line import app
from ostraka.assembly.commands import verify
from ostraka.evidence.model import Space
from ostraka.learning.compare_rows import RowDifference, compare_rows
from ostraka.learning.release import STARTER_FOLDER


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    return {"OSTRAKA_HOME": str(tmp_path)}


def verified(home: dict[str, str], *, status: int) -> dict[str, Any]:
    arguments = ["verify", "release", "--json", "--against", str(STARTER_FOLDER)]
    done = CliRunner().invoke(app, arguments, env=home)
    assert done.exit_code == status, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_release_that_ships_is_equal_to_itself(home: dict[str, str]) -> None:
    found = verified(home, status=0)
    assert {line["space"] for line in found["against"]} == set(Space)
    assert all(line["equal"] for line in found["against"])
    assert found["rows"] == sum(line["shared_rows"] for line in found["against"])


def test_a_release_that_lacks_a_space_is_not_equal(
    home: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_text(here: Any, there: Any) -> tuple[RowDifference, ...]:
        return compare_rows(
            here, {space: there[space] for space in there if space is not Space.TEXT}
        )

    monkeypatch.setattr(verify, "compare_rows", without_text)
    lines = {line["space"]: line for line in verified(home, status=1)["against"]}
    assert lines["pixels"]["equal"]
    assert not lines["text"]["equal"]
    assert lines["text"]["rows_only_here"] > 0
