"""What the operator named cannot be written: said at once, in their words, before any work."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.doubles.plain_user import renounce_root_powers

PROGRAM = Path(sys.executable).parent / "ostraka"


def run(home: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [PROGRAM, *map(str, arguments)],
        env={**kept, "OSTRAKA_HOME": str(home)},
        preexec_fn=renounce_root_powers,
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )


def fault(done: subprocess.CompletedProcess[str]) -> str:
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert "our fault" not in line
    return line


@pytest.mark.parametrize("command", [["scan", "x.png"], ["explain", "x.png"], ["evaluate"]])
def test_a_report_that_cannot_be_written_is_the_operators_fault(
    tmp_path: Path, command: list[str]
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    words = fault(run(tmp_path / "home", *command, "--report", tmp_path))
    assert words == f"ostraka: cannot write to {tmp_path}: it is a folder; name a file in it"
    words = fault(run(tmp_path / "home", *command, "--report", closed / "report.html"))
    assert words == f"ostraka: cannot write to {closed}: Permission denied"


@pytest.mark.parametrize("command", ["scan", "explain"])
def test_a_home_that_cannot_be_written_is_the_operators_fault(tmp_path: Path, command: str) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    words = fault(run(closed / "home", command, "x.png"))
    assert "cannot keep keys (OSTRAKA_HOME) in" in words
    assert words.endswith("Permission denied")


def test_a_release_that_cannot_be_written_is_the_operators_fault(tmp_path: Path) -> None:
    closed, file = tmp_path / "closed", tmp_path / "file"
    closed.mkdir(mode=0o500)
    file.write_text("")
    train = ["train", "--starter", "--out"]
    words = fault(run(tmp_path / "home", *train, closed / "release"))
    assert words == f"ostraka: cannot write to {closed}: Permission denied"
    words = fault(run(tmp_path / "home", *train, file))
    assert words == f"ostraka: cannot write to {file}: there is a file where a folder is needed"
    words = fault(run(closed / "home", *train, tmp_path / "release"))
    assert words.endswith("trusted: Permission denied")


def test_samples_that_cannot_be_written_are_the_operators_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    words = fault(run(tmp_path / "home", "samples", tmp_path / "file"))
    assert words.endswith("file: there is a file where a folder is needed")
