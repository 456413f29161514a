"""The process that holds the models dies, is killed, or loses its place in the conversation."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from tests.doubles.hostile_stack import picture_that_asks

from ostraka.evidence.errors import ExtractorTimeoutError, NurseryLostError, PoolClosedError
from ostraka.evidence.pool import ExtractorPool
from ostraka.limits import DEFAULT_LIMITS

SHA = "ab" * 32
STACK = f"{Path(__file__).parents[2] / 'doubles' / 'hostile_stack.py'}:hostile_stack"
JOBS = 3


@pytest.fixture
def pool() -> Iterator[ExtractorPool]:
    limits = replace(DEFAULT_LIMITS, extract_seconds=3, extract_memory_bytes=500_000_000)
    with ExtractorPool(JOBS, limits, stack_source=STACK) as opened:
        yield opened


def words_of(pool: ExtractorPool, act: str = "behave") -> str:
    evidence = pool.extract([picture_that_asks(act)], canonical_sha256=SHA)
    return evidence.frames[0].text.words


def kill_nursery(pool: ExtractorPool) -> int:
    nursery = pool.worker_pids()[0]
    os.kill(nursery, signal.SIGKILL)
    return nursery


def wait_until(holds: Callable[[], bool]) -> None:
    for _ in range(200):
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError("it never came to be")


@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "once all workers are gone"])
def test_a_nursery_that_is_killed_costs_no_later_picture(
    pool: ExtractorPool, *, at_once: bool
) -> None:
    first = kill_nursery(pool)
    if not at_once:
        time.sleep(0.3)
    with ThreadPoolExecutor(JOBS) as threads:
        found = list(threads.map(lambda _: words_of(pool), range(20)))
    assert found == ["words"] * 20
    second = pool.worker_pids()[0]
    assert second != first
    assert [words_of(pool) for _ in range(2 * JOBS)] == ["words"] * 2 * JOBS
    assert pool.worker_pids()[0] == second  # no worker of the first was buried through the second


def hang_in_the_background(pool: ExtractorPool) -> tuple[threading.Thread, list[BaseException]]:
    faults: list[BaseException] = []

    def hang() -> None:
        try:
            words_of(pool, "hang")
        except BaseException as fault:  # noqa: BLE001 - the test looks at whatever it is
            faults.append(fault)

    thread = threading.Thread(target=hang)
    thread.start()
    wait_until(lambda: len(pool.worker_pids()) == JOBS)  # the nursery, and all workers but one
    time.sleep(0.2)
    return thread, faults


def test_a_picture_in_flight_when_the_nursery_dies_is_tried_again(pool: ExtractorPool) -> None:
    thread, faults = hang_in_the_background(pool)
    kill_nursery(pool)
    thread.join(20)
    assert [type(fault) for fault in faults] == [ExtractorTimeoutError]  # at the second try


def test_a_picture_under_which_the_nursery_dies_twice_is_held(pool: ExtractorPool) -> None:
    thread, faults = hang_in_the_background(pool)
    first = kill_nursery(pool)
    wait_until(lambda: pool.worker_pids()[0] != first)
    time.sleep(0.3)
    kill_nursery(pool)
    thread.join(20)
    assert [type(fault) for fault in faults] == [NurseryLostError]
    assert words_of(pool) == "words"


def test_a_picture_in_flight_when_the_pool_closes_is_held(pool: ExtractorPool) -> None:
    thread, faults = hang_in_the_background(pool)
    pool.close()
    thread.join(20)
    assert [type(fault) for fault in faults] == [PoolClosedError]


def test_a_nursery_that_is_asked_to_bury_a_stranger_lives_on(pool: ExtractorPool) -> None:
    nursery = pool._nursery
    assert nursery.status_of(os.getpid()) is None
    assert nursery.is_alive()
    assert words_of(pool) == "words"
    assert pool._nursery is nursery


def test_after_a_question_that_was_cut_short_a_nursery_is_asked_nothing_more(
    pool: ExtractorPool,
) -> None:
    """Or its late answer would tell how another worker ended."""
    nursery = pool._nursery
    nursery._socket.settimeout(0)
    for worker in pool.worker_pids()[1:]:
        os.kill(worker, signal.SIGKILL)
    time.sleep(0.2)
    assert words_of(pool) == "words"
    assert not nursery.is_alive()
    assert pool._nursery is not nursery
