"""An extractor that was taken over by its pixels: it may lie or die, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.doubles.hostile_stack import FORGERIES, picture_that_asks

from ostraka.errors import OstrakaError, SuspectedAttackError
from ostraka.evidence.errors import (
    ExtractorCrashedError,
    ExtractorDeniedError,
    ExtractorFailedError,
    ExtractorTimeoutError,
    ForgedEvidenceError,
)
from ostraka.evidence.model import TextFound, TextLine
from ostraka.evidence.pool import ExtractorPool
from ostraka.evidence.windows import window_texts
from ostraka.limits import DEFAULT_LIMITS

SHA = "cd" * 32
STACK = f"{Path(__file__).parents[1] / 'doubles' / 'hostile_stack.py'}:hostile_stack"


@pytest.fixture(scope="module")
def pool() -> Iterator[ExtractorPool]:
    limits = replace(DEFAULT_LIMITS, extract_seconds=3, extract_memory_bytes=500_000_000)
    with ExtractorPool(1, limits, stack_source=STACK) as opened:
        yield opened


@pytest.fixture(autouse=True)
def works_before_and_after(pool: ExtractorPool) -> Iterator[None]:
    """Whatever one picture does to a worker, the pictures around it have their evidence."""
    well = picture_that_asks("behave")
    assert pool.extract([well], canonical_sha256=SHA).frames[0].text.words == "words"
    yield
    assert pool.extract([well], canonical_sha256=SHA).frames[0].text.words == "words"


@pytest.mark.parametrize(
    "act", ["open_file", "make_file", "open_socket", "fork", "execute", "kill_parent"]
)
def test_a_worker_that_reaches_outside_is_ended_and_known_for_it(
    pool: ExtractorPool, act: str
) -> None:
    nursery, worker = pool.worker_pids()
    with pytest.raises(ExtractorDeniedError) as caught:
        pool.extract([picture_that_asks(act)], canonical_sha256=SHA)
    assert isinstance(caught.value, SuspectedAttackError)
    assert not Path(f"/proc/{worker}").exists()
    assert Path(f"/proc/{nursery}").exists()
    assert not Path("/tmp/made-in-jail").exists()


def test_a_worker_that_crashes_costs_its_picture_alone(pool: ExtractorPool) -> None:
    with pytest.raises(ExtractorCrashedError):
        pool.extract([picture_that_asks("crash")], canonical_sha256=SHA)


def test_a_worker_that_hangs_is_ended_in_time(pool: ExtractorPool) -> None:
    started = time.monotonic()
    with pytest.raises(ExtractorTimeoutError):
        pool.extract([picture_that_asks("hang")], canonical_sha256=SHA)
    assert time.monotonic() - started < 6


@pytest.mark.parametrize("act", ["devour", "fail"])
def test_an_extractor_that_fails_says_so_without_its_secrets(pool: ExtractorPool, act: str) -> None:
    with pytest.raises(ExtractorFailedError) as caught:
        pool.extract([picture_that_asks(act)], canonical_sha256=SHA)
    assert "Error" not in str(caught.value)
    assert caught.value.detail


@pytest.mark.parametrize("forgery", FORGERIES)
def test_evidence_that_no_extractor_can_have_produced_is_refused(
    pool: ExtractorPool, forgery: str
) -> None:
    with pytest.raises((ForgedEvidenceError, ExtractorFailedError)):
        pool.extract([picture_that_asks(forgery)], canonical_sha256=SHA)


def test_more_text_than_the_pool_weighs_in_a_moment_is_refused(pool: ExtractorPool) -> None:
    """Attack: a minute of normalising, outside the jail, in the process that serves everybody."""
    started = time.monotonic()
    with pytest.raises(ForgedEvidenceError) as caught:
        pool.extract([picture_that_asks("much_text")], canonical_sha256=SHA)
    assert "more text" in caught.value.detail
    assert time.monotonic() - started < 2


def test_the_most_text_that_is_taken_over_is_weighed_within_seconds() -> None:
    marks = "\u0301\u0316" * 1_020  # reordering marks takes the square of their number
    most = int(DEFAULT_LIMITS.found_text_characters) // (len(marks) + 4)
    lines = tuple(TextLine(f"{i:04}{marks}", 1.0, (0.0, 0.0, 1.0, 1.0)) for i in range(most))
    started = time.monotonic()
    assert window_texts([TextFound(lines)], "").truncated
    assert time.monotonic() - started < 5


def test_every_fault_is_one_of_ours(pool: ExtractorPool) -> None:
    for act in ("crash", "fail", "open_file", "not_finite"):
        with pytest.raises(OstrakaError) as caught:
            pool.extract([picture_that_asks(act)], canonical_sha256=SHA)
        assert caught.value.code


def test_a_sealed_worker_has_a_filter_and_one_thread(pool: ExtractorPool) -> None:
    _, worker = pool.worker_pids()
    status = Path(f"/proc/{worker}/status").read_text()
    assert "Seccomp:\t2" in status
    assert "NoNewPrivs:\t1" in status
    assert "Threads:\t1" in status
    for held in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
        assert f"{held}:\t{0:016x}" in status
