"""Sealing a process: from here on it can compute, and nothing else."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ostraka.isolation import kernel
from ostraka.isolation.errors import SealRefusedError
from ostraka.isolation.filter import compile_filter
from ostraka.isolation.profile import Denial, SealProfile
from ostraka.isolation.syscalls import Architecture, this_architecture

_LARGEST_DESCRIPTOR = 2**32 - 2


@dataclass(frozen=True, kw_only=True)
class SealReport:
    """What holds this process, besides the filter; Landlock is a second wall, where offered."""

    architecture: str
    landlock_abi: int
    address_space_bytes: int


def close_inherited(keep: Iterable[int] = ()) -> None:
    """Close every open descriptor but those named, standard streams included.

    Call it before anything is mapped: Python's ``mmap`` keeps a descriptor of its own.
    """
    architecture = this_architecture()
    first = 0
    for kept in sorted(set(keep)):
        if kept > first:
            kernel.close_descriptors(first, kept - 1, architecture=architecture)
        first = kept + 1
    kernel.close_descriptors(first, _LARGEST_DESCRIPTOR, architecture=architecture)


def die_with_parent(expected_parent_pid: int) -> None:
    """Have this process killed when its parent ends, or leave at once if it has ended already.

    The kernel watches the parent's *thread* that forked: use it only where that thread lives as
    long as the process (a single-threaded zygote). Elsewhere, leave at the end of a socket's input.
    """
    kernel.die_with_parent_thread()
    if os.getppid() != expected_parent_pid:
        os._exit(1)


def seal(
    profile: SealProfile,
    *,
    added_memory_bytes: int,
    cpu_seconds: int | None = None,
    open_files: int = 0,
    on_denial: Denial = Denial.REFUSE,
) -> SealReport:
    """Give up, for ever and for every thread, what ``profile`` does not allow.

    Capabilities go with it, those of the calling thread alone: Linux lets no thread drop another's.
    A thread that keeps root's is still held by the filter, which allows no call that asks for one.

    Args:
        profile: The calls that remain allowed.
        added_memory_bytes: Address space that may be added to what the process has now.
        cpu_seconds: Processor time from the process's start; None for a persistent worker.
        open_files: Bound on descriptor numbers; ``poll`` needs it above their count.
        on_denial: EPERM to the caller, or death by SIGSYS that the parent can see.

    Raises:
        SealRefusedError: The kernel or the architecture cannot hold the promise.
    """
    architecture = this_architecture()
    address_space_bytes = _address_space_bytes() + added_memory_bytes
    try:
        kernel.become_unobservable()
        kernel.renounce_privileges()
        kernel.drop_capabilities()
        abi = _restrict_files(architecture)  # needs a descriptor, so it precedes the bounds
        _bound_resources(address_space_bytes, cpu_seconds=cpu_seconds, open_files=open_files)
    except OSError as error:
        raise SealRefusedError("the jail's bounds could not be set", detail=str(error)) from error
    if architecture is None or not _install(profile, architecture, on_denial):
        raise SealRefusedError("this machine offers no seccomp filter, so the jail would not hold")
    return SealReport(
        architecture=architecture.name,
        landlock_abi=abi,
        address_space_bytes=address_space_bytes,
    )


def seal_is_possible() -> bool:
    """Return whether :func:`seal` can hold its promise on this machine."""
    return this_architecture() is not None and kernel.filter_is_offered()


def _address_space_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_bytes().split()[0])
    return pages * resource.getpagesize()


def _bound_resources(address_space_bytes: int, *, cpu_seconds: int | None, open_files: int) -> None:
    _bound(resource.RLIMIT_AS, address_space_bytes)
    _bound(resource.RLIMIT_CORE, 0)
    _bound(resource.RLIMIT_FSIZE, 0)
    _bound(resource.RLIMIT_NPROC, 0)
    if cpu_seconds is not None:
        _bound(resource.RLIMIT_CPU, cpu_seconds)
    _bound(resource.RLIMIT_NOFILE, open_files)


def _bound(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (bound, bound))


def _restrict_files(architecture: Architecture | None) -> int:
    """Apply Landlock where there is one; the filter denies the same calls, so this may fail."""
    if architecture is None:
        return 0
    abi = kernel.landlock_abi(architecture)
    try:
        if abi:
            kernel.restrict_by_landlock(abi, architecture=architecture)
    except OSError:
        return 0
    return abi


def _install(profile: SealProfile, architecture: Architecture, denial: Denial) -> bool:
    try:
        kernel.install_filter(
            compile_filter(profile, architecture=architecture, denial=denial),
            architecture=architecture,
        )
    except OSError:
        return False
    return True
