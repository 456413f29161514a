from __future__ import annotations

import threading
from pathlib import Path

import pytest

from ostraka.evidence.errors import ExtractorStartError
from ostraka.evidence.pool import ExtractorPool
from ostraka.isolation import LastWords, start_python, thread_count


def last_words_of(program: str) -> str:
    words = LastWords()
    start_python(["-c", program], environment={}, last_words=words).wait(20)
    found = words.line()
    words.close()
    return found


def test_the_last_line_that_says_anything_is_remembered() -> None:
    assert last_words_of("import sys; sys.stderr.write('first\\nlast \\n\\n')") == "last"
    assert last_words_of("raise ValueError('why')") == "ValueError: why"
    assert last_words_of("pass") == ""


def test_last_words_are_printable_and_bounded() -> None:
    assert last_words_of("import sys; sys.stderr.write('a\\x1b[31mb' + 'x' * 9_999)")[:7] == "x" * 7
    assert last_words_of("import sys; sys.stderr.write('a\\x1b[31mb')") == "a?[31mb"
    assert len(last_words_of("import sys; sys.stderr.write('x' * 100_000)")) == 300


def test_last_words_are_gone_once_closed() -> None:
    words = LastWords()
    words.close()
    assert words.line() == ""


def test_our_processes_know_nothing_of_our_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SECRET", "secret")
    said = "import os, sys; sys.stderr.write(f'{os.environ.get(\"A_SECRET\")} {os.getcwd()}')"
    assert last_words_of(said) == "None /"


def test_importing_numpy_starts_no_threads_in_our_processes() -> None:
    program = (
        "import sys, numpy, scipy.linalg\n"
        "from ostraka.isolation import thread_count\n"
        "sys.stderr.write(str(thread_count()))"
    )
    assert last_words_of(program) == "1"


def test_threads_are_counted_whoever_started_them() -> None:
    before, done = thread_count(), threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    assert thread_count() == before + 1
    done.set()
    thread.join()


def test_a_nursery_that_dies_says_its_last_words_to_the_log_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "traceback.py").write_text("raise ImportError('no tracebacks here')")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ExtractorStartError) as caught:
        ExtractorPool(1)
    assert "ImportError: no tracebacks here" in caught.value.detail
    assert "tracebacks" not in str(caught.value)
