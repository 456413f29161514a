"""What a sealed process may still ask of the kernel."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum

_MEMORY_AND_EXIT = frozenset(
    {
        "brk", "munmap", "mremap", "madvise", "futex", "sched_yield", "getrandom",
        "clock_gettime", "clock_getres", "gettimeofday", "time",
        "rt_sigreturn", "restart_syscall", "exit", "exit_group",
    }
)  # fmt: skip

# Asked by libc and Python in harmless passing (abort(), a message on standard error, counting
# cores): refused, but never taken for an attack, so that a plain crash is told apart from one.
_REFUSED_QUIETLY = frozenset(
    {
        "rt_sigaction", "rt_sigprocmask", "tgkill", "getpid", "gettid", "sched_getaffinity",
        "sysinfo", "getcpu", "write", "writev", "close", "fstat", "lseek",
    }
)  # fmt: skip


class Denial(StrEnum):
    """What befalls a sealed process that asks for more than its profile."""

    REFUSE = "refuse"  # EPERM: the caller learns nothing but "no"
    KILL = "kill"  # SIGSYS: the process dies at once, and its parent can tell why


@dataclass(frozen=True)
class _Profile:
    allowed: frozenset[str]
    # allowed while the protection argument asks for no executable memory
    allowed_without_execution: frozenset[str]
    # allowed while the destination address is NULL (a connected socket)
    allowed_without_address: frozenset[str]
    refused_quietly: frozenset[str]


class SealProfile(Enum):
    """The two declared jails.

    ``DECODER`` computes in memory that it has and asks for more memory; it neither reads nor writes
    any descriptor (input and output are mapped before the seal) and leaves by ``os._exit``.

    ``WORKER`` also speaks on descriptors that are open already (``read``, ``write``, ``send``,
    ``recv``, ``poll``, ``close``) and sleeps. Give it a connected stream or seqpacket socket pair,
    never a datagram one: ``sendmsg`` carries its address in memory, where no filter can look.

    Neither may open, create, stat or list a file, make a socket, process or thread, signal or trace
    another process, map executable memory, or raise its own limits.
    """

    DECODER = _Profile(
        allowed=_MEMORY_AND_EXIT,
        allowed_without_execution=frozenset({"mmap", "mprotect"}),
        allowed_without_address=frozenset(),
        refused_quietly=_REFUSED_QUIETLY,
    )
    WORKER = _Profile(
        allowed=_MEMORY_AND_EXIT
        | {
            "read", "readv", "write", "writev", "close", "fstat", "lseek", "poll", "ppoll",
            "recvfrom", "recvmsg", "sendmsg", "nanosleep", "clock_nanosleep", "getpid", "gettid",
            "getcpu", "rt_sigprocmask",
        },
        allowed_without_execution=frozenset({"mmap", "mprotect"}),
        allowed_without_address=frozenset({"sendto"}),
        refused_quietly=frozenset({"rt_sigaction", "tgkill", "sched_getaffinity", "sysinfo"}),
    )  # fmt: skip
