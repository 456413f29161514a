"""The Makefile's targets, where they do more than call a command."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("status", "told", "words"),
    [(0, 0, ""), (1, 0, "Went on without"), (2, 2, "Error 2")],
    ids=["all there", "some not reachable", "refused"],
)
def test_pictures_goes_on_without_what_it_cannot_reach(
    status: int, told: int, words: str, tmp_path: Path
) -> None:
    program = tmp_path / "ostraka"
    program.write_text(f"#!/bin/sh\necho missing: wesnoth\nexit {status}\n")
    program.chmod(0o755)
    # -o: set-up is taken as done, whatever the clock says
    done = subprocess.run(
        ["make", "-o", ".venv/.ready", "pictures", f"BIN={tmp_path}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin"},
    )
    assert done.returncode == told
    assert "missing: wesnoth" in done.stdout
    assert words in done.stdout + done.stderr
