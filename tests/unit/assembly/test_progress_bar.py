from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from ostraka.assembly.progress_bar import ProgressBar
from ostraka.assembly.session import Session
from ostraka.assembly.settings import Settings


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_without_a_terminal_long_work_says_a_line_a_minute_and_short_work_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = Clock()
    with ProgressBar(Session(Settings(home=tmp_path)), "learning", clock=clock) as bar:
        bar.start("features", total=500)
        for _ in range(200):
            clock.seconds += 1
            bar.advance()
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [f"features: {done} of 500" for done in (60, 120, 180)]


def test_where_the_number_of_steps_is_unknown_it_is_not_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = Clock()
    with ProgressBar(Session(Settings(home=tmp_path)), "screening", clock=clock) as bar:
        clock.seconds = 61
        bar.step("a picture")
    assert capsys.readouterr().err == "screening: 1\n"


@pytest.mark.parametrize("count", [lambda: None, lambda: 1 // 0])
def test_a_count_that_fails_says_nothing_and_the_bar_shows_no_end(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], count: Callable[[], int | None]
) -> None:
    clock = Clock()
    before = set(threading.enumerate())
    with ProgressBar(
        Session(Settings(home=tmp_path)), "screening", count=count, clock=clock
    ) as bar:
        for thread in set(threading.enumerate()) - before:
            thread.join()
        clock.seconds = 61
        bar.step("a picture")
    assert capfd.readouterr() == ("", "screening: 1\n")
