"""What commands leave behind is what the inventory declares, and nothing outside the home."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from ostraka.assembly.stores import INVENTORY
from ostraka.inventory import StoreKind

PROGRAM = Path(sys.executable).parent / "ostraka"


def store_of(path: str, declared: frozenset[str]) -> str:
    """Return the declared folder that a file lies in; the file's own name where there is none."""
    parents = [parent.as_posix() for parent in Path(path).parents]
    return next((parent for parent in parents if parent in declared), path)


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], list[str]]:
    """Return the files that the commands left in a fresh home, and those left elsewhere."""
    root = tmp_path_factory.mktemp("fresh")
    home, elsewhere = root / "home", root / "elsewhere"
    elsewhere.mkdir()
    picture = root / "picture.png"
    Image.linear_gradient("L").convert("RGB").save(picture)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(elsewhere),
        "TMPDIR": str(elsewhere),
        "OSTRAKA_HOME": str(home),
        "OSTRAKA_JOBS": "1",
    }
    for arguments in (["samples"], ["scan", picture]):
        done = subprocess.run(
            [PROGRAM, *arguments],
            env=environment,
            cwd=elsewhere,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode in {0, 1}, done.stderr
    return files_in(home), files_in(elsewhere)


def files_in(folder: Path) -> list[str]:
    return [p.relative_to(folder).as_posix() for p in folder.rglob("*") if not p.is_dir()]


def test_a_fresh_home_holds_nothing_undeclared(left: tuple[list[str], list[str]]) -> None:
    declared = frozenset(store.location for store in INVENTORY.stores)
    found = frozenset(store_of(path, declared) for path in left[0])
    assert {"cache", "keys", "samples"} <= found
    assert INVENTORY.undeclared(StoreKind.FOLDER, found) == frozenset()


def test_nothing_is_left_outside_the_home(left: tuple[list[str], list[str]]) -> None:
    assert left[1] == []
