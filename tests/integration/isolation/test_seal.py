"""The seal on a real process: what it can no longer do, and what it still can."""

from __future__ import annotations

import functools
import json
import os
import signal
import subprocess
import sys
from typing import Any

import pytest
from tests.integration.isolation import jailed_script

from ostraka.isolation import Denial, SealRefusedError, seal_is_possible

SCRIPT = jailed_script.__file__


def run(*arguments: str) -> tuple[int, bytes]:
    """Run the script with a pipe for its report."""
    heard, told = os.pipe()
    process = subprocess.Popen([sys.executable, SCRIPT, str(told), *arguments], pass_fds=(told,))
    os.close(told)
    with os.fdopen(heard, "rb") as report:
        words = report.read()
    return process.wait(), words


@functools.cache
def told_by_a_worker() -> dict[str, Any]:
    status, words = run("WORKER", Denial.REFUSE)
    assert status == 0
    told: dict[str, Any] = json.loads(words)
    return told


def test_this_machine_can_hold_the_promise() -> None:
    assert seal_is_possible()
    report = told_by_a_worker()["report"]
    assert report["landlock_abi"] >= 0


@pytest.mark.parametrize("name", jailed_script.ATTEMPTS)
def test_a_sealed_worker_is_refused_when_it_tries_to(name: str) -> None:
    refused = told_by_a_worker()["attempts"][name]
    assert refused in {"PermissionError", "MemoryError", "RuntimeError", "ValueError"}


@pytest.mark.parametrize("name", jailed_script.ORDINARY)
def test_a_sealed_worker_can_still(name: str) -> None:
    assert told_by_a_worker()["ordinary"][name] == "done"


def test_threads_that_run_already_are_sealed_too() -> None:
    assert told_by_a_worker()["other thread"] == ["PermissionError"]


CAPABILITIES = """
import os, sys
from ostraka.isolation import SealProfile, close_inherited, seal
if sys.argv[1] == "an ordinary user" and os.getuid() == 0:
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
status = os.open("/proc/self/status", os.O_RDONLY)
close_inherited(keep=(1, 2, status))
seal(SealProfile.WORKER, added_memory_bytes=10**9, open_files=9)
os.write(1, os.read(status, 65_536))
"""


@pytest.mark.parametrize("who", ["whoever tests", "an ordinary user"])
def test_a_sealed_process_has_no_capability_of_any_kind(who: str) -> None:
    said = subprocess.run(
        [sys.executable, "-c", CAPABILITIES, who], check=True, text=True, stdout=subprocess.PIPE
    ).stdout
    held = {
        name: int(mask, 16)
        for name, _, mask in (line.partition(":\t") for line in said.splitlines())
        if name.startswith("Cap")
    }
    if who == "an ordinary user" or os.getuid() != 0:
        held.pop("CapBnd")  # only root may empty it; it bounds what a program gains, here nothing
    assert held
    assert not any(held.values())


@pytest.mark.parametrize("name", ["open a file", "open a socket", "fork", "run a program"])
@pytest.mark.parametrize("profile", ["DECODER", "WORKER"])
def test_where_asked_a_denial_is_death_that_the_parent_sees(profile: str, name: str) -> None:
    status, _ = run(profile, Denial.KILL, name)
    assert status == -signal.SIGSYS


PROGRAM = """
import importlib
from ostraka.isolation import SealProfile, SealRefusedError, seal
module = importlib.import_module("ostraka.isolation.seal")
{change}
try:
    report = seal(SealProfile.DECODER, added_memory_bytes=10**9, open_files=9)
except SealRefusedError as error:
    print("refused:", error)
else:
    print("went on:", report.landlock_abi)
"""
NO_FILTER = """
def missing(*_, **__):
    raise OSError("Function not implemented")
module.kernel.install_filter = missing
"""
FILTER_HELD_BACK = "\nmodule.kernel.install_filter = lambda *_, **__: None"
NO_TABLE = "module.this_architecture = lambda: None"
NO_BOUNDS = "module.kernel.renounce_privileges = lambda: (_ for _ in ()).throw(OSError())"
NO_DROP = "module.kernel.drop_capabilities = lambda: (_ for _ in ()).throw(OSError())"
NO_LANDLOCK = "module.kernel.landlock_abi = lambda _: 0"
LANDLOCK_FAILS = """
def fails(*_, **__):
    raise OSError("Operation not supported")
module.kernel.restrict_by_landlock = fails
"""


def outcome(change: str) -> str:
    program = PROGRAM.format(change=change)
    return subprocess.run(
        [sys.executable, "-c", program], check=True, text=True, stdout=subprocess.PIPE
    ).stdout


@pytest.mark.parametrize("change", [NO_FILTER, NO_TABLE], ids=["no seccomp", "no table"])
def test_without_a_filter_the_seal_refuses(change: str) -> None:
    assert "refused: this machine offers no seccomp filter" in outcome(change)


@pytest.mark.parametrize("change", [NO_BOUNDS, NO_DROP], ids=["privileges", "capabilities"])
def test_without_its_bounds_the_seal_refuses(change: str) -> None:
    assert "refused: the jail's bounds could not be set" in outcome(change)


@pytest.mark.parametrize("change", [NO_LANDLOCK, LANDLOCK_FAILS], ids=["missing", "failing"])
def test_landlock_is_a_second_wall_that_may_be_missing(change: str) -> None:
    # the filter is held back so that the process can still say what happened
    assert outcome(change + FILTER_HELD_BACK) == "went on: 0\n"


def test_the_refusal_is_the_operators_to_mend() -> None:
    assert SealRefusedError.code == "seal_refused"
