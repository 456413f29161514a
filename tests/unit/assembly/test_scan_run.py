from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ostraka.assembly.scan_run import ScanRun
from ostraka.assembly.session import Session
from ostraka.assembly.settings import Settings
from ostraka.assembly.totals import Totals


def last_sentence(home: Path, *, cache_bytes: int = 10, fresh: bool = False) -> str:
    settings = Settings(home=home, cache_bytes=cache_bytes)
    run = ScanRun(session=Session(settings), settings=settings, pictures=[], fresh=fresh)
    return run._sentences(Totals(), stopped=True)[-1]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "The same command goes on where it was: evidence is remembered."),
        (
            {"fresh": True},
            "Without --fresh the command goes on where it was: evidence is remembered.",
        ),
        ({"cache_bytes": 0}, "OSTRAKA_CACHE_BYTES is 0, nothing is remembered."),
        ({"cache_bytes": 0, "fresh": True}, "OSTRAKA_CACHE_BYTES is 0, nothing is remembered."),
    ],
)
def test_a_stopped_run_says_truly_how_to_go_on(
    tmp_path: Path, options: dict[str, Any], words: str
) -> None:
    (tmp_path / "cache").mkdir()
    said = last_sentence(tmp_path, **options)
    assert said.startswith("Stopped early. ")
    assert said.endswith(words)


def test_a_run_that_could_remember_nothing_says_so(tmp_path: Path) -> None:
    said = last_sentence(tmp_path)
    assert said.endswith(f"begins anew: nothing was remembered in {tmp_path}/cache.")


def test_a_run_that_was_not_stopped_says_nothing_of_it(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    run = ScanRun(session=Session(settings), settings=settings, pictures=[])
    assert not any("Stopped" in said for said in run._sentences(Totals(), stopped=False))
