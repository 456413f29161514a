"""Numbers of the system calls that the jail speaks of, for each architecture it knows.

Source: Linux ``arch/x86/entry/syscalls/syscall_64.tbl`` and ``include/uapi/asm-generic/unistd.h``.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Architecture:
    """One machine's calling convention, as the kernel's filter sees it.

    ``audit_value`` is what the kernel reports for it; a call under any other convention (i386 on
    x86_64) is killed, since its numbers mean other calls. The x32 convention shares the value but
    sets bit 30 of the number, so it never equals a number of the table.
    """

    name: str
    audit_value: int
    numbers: Mapping[str, int]


_X86_64 = Architecture(
    "x86_64",
    0xC000003E,
    MappingProxyType(
        {
            "read": 0, "write": 1, "close": 3, "fstat": 5, "poll": 7, "lseek": 8, "mmap": 9,
            "mprotect": 10, "munmap": 11, "brk": 12, "rt_sigaction": 13, "rt_sigprocmask": 14,
            "rt_sigreturn": 15, "readv": 19, "writev": 20, "sched_yield": 24, "mremap": 25,
            "madvise": 28, "nanosleep": 35, "getpid": 39, "sendto": 44, "recvfrom": 45,
            "sendmsg": 46, "recvmsg": 47, "exit": 60, "gettimeofday": 96, "sysinfo": 99,
            "gettid": 186, "time": 201, "futex": 202, "sched_getaffinity": 204,
            "restart_syscall": 219, "clock_gettime": 228, "clock_getres": 229,
            "clock_nanosleep": 230, "exit_group": 231, "tgkill": 234, "ppoll": 271,
            "getcpu": 309, "seccomp": 317, "getrandom": 318, "close_range": 436,
            "landlock_create_ruleset": 444, "landlock_restrict_self": 446,
        }
    ),
)  # fmt: skip

_AARCH64 = Architecture(
    "aarch64",
    0xC00000B7,
    MappingProxyType(
        {
            "close": 57, "lseek": 62, "read": 63, "write": 64, "readv": 65,
            "writev": 66, "ppoll": 73, "fstat": 80, "exit": 93, "exit_group": 94,
            "futex": 98, "nanosleep": 101, "clock_gettime": 113, "clock_getres": 114,
            "clock_nanosleep": 115, "sched_getaffinity": 123, "sched_yield": 124,
            "restart_syscall": 128, "tgkill": 131, "rt_sigaction": 134,
            "rt_sigprocmask": 135, "rt_sigreturn": 139, "getcpu": 168,
            "gettimeofday": 169, "getpid": 172, "gettid": 178, "sysinfo": 179,
            "sendto": 206, "recvfrom": 207, "sendmsg": 211, "recvmsg": 212, "brk": 214,
            "munmap": 215, "mremap": 216, "mmap": 222, "mprotect": 226, "madvise": 233,
            "seccomp": 277, "getrandom": 278, "close_range": 436,
            "landlock_create_ruleset": 444, "landlock_restrict_self": 446,
        }
    ),
)  # fmt: skip

ARCHITECTURES: Mapping[str, Architecture] = MappingProxyType(
    {architecture.name: architecture for architecture in (_X86_64, _AARCH64)}
)


def this_architecture() -> Architecture | None:
    """Return the machine's architecture, or None where the jail has no table for it."""
    return ARCHITECTURES.get(platform.machine())
