"""The few calls that Python's standard library does not offer, through libc."""

from __future__ import annotations

import ctypes
import errno
import os
import signal
from collections.abc import Callable

from ostraka.isolation.syscalls import Architecture

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_GET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 4, 21, 38
_PR_CAPBSET_DROP, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 24, 47, 4
_CAPABILITY_VERSION_3, _CAPABILITIES = 0x20080522, 64
_SECCOMP_SET_MODE_FILTER, _SECCOMP_FILTER_ALL_THREADS = 1, 1
_INSTRUCTION_BYTES = 8

# Landlock's rights to files, ports and scopes by the ABI that brought them
# (Linux include/uapi/linux/landlock.h).
_FILE_RIGHTS_BY_ABI = ((1, 13), (2, 14), (3, 15), (5, 16))
_PORT_RIGHTS, _PORT_ABI = 0b11, 4
_SCOPES, _SCOPE_ABI = 0b11, 6
_LANDLOCK_ASK_VERSION = 1

_libc = ctypes.CDLL(None, use_errno=True)


class _FilterProgram(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


def _control(option: int, value: int) -> None:
    zero = ctypes.c_ulong(0)
    if _libc.prctl(option, ctypes.c_ulong(value), zero, zero, zero) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _call(number: int, *arguments: object) -> int:
    result = int(_libc.syscall(ctypes.c_long(number), *arguments))
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def die_with_parent_thread() -> None:
    """Have the kernel kill this process when the *thread* that forked it ends."""
    _control(_PR_SET_PDEATHSIG, signal.SIGKILL)


def become_unobservable() -> None:
    """Deny core dumps, ptrace and ``/proc/PID/mem`` to processes of the same user."""
    _control(_PR_SET_DUMPABLE, 0)


def renounce_privileges() -> None:
    """Give up for ever what a set-user-id program could give; the kernel asks it of a filter."""
    _control(_PR_SET_NO_NEW_PRIVS, 1)


def drop_capabilities() -> None:
    """Give up every capability of this thread, for good: as root it may then do what anyone may.

    The bounding set can be emptied only by who may change it (root). Anyone else keeps a set that
    gives nothing, since new privileges were renounced before.
    """
    _tolerating({errno.EPERM, errno.EINVAL}, _empty_bounding_set)
    # Linux before 4.3 has no ambient set.
    _tolerating({errno.EINVAL}, lambda: _control(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL))
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    none = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; low halves, then high
    if _libc.capset(header, none) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _empty_bounding_set() -> None:
    for capability in range(_CAPABILITIES):  # ends with EINVAL after the last that the kernel has
        _control(_PR_CAPBSET_DROP, capability)


def _tolerating(numbers: set[int], call: Callable[[], None]) -> None:
    try:
        call()
    except OSError as error:
        if error.errno not in numbers:
            raise


def close_descriptors(first: int, last: int, *, architecture: Architecture | None) -> None:
    """Close every descriptor from ``first`` to ``last``, both included."""
    if architecture is not None:
        try:
            _call(
                architecture.numbers["close_range"],
                ctypes.c_uint(first),
                ctypes.c_uint(last),
                ctypes.c_uint(0),
            )
        except OSError:  # a kernel before 5.9
            pass
        else:
            return
    os.closerange(first, min(last + 1, os.sysconf("SC_OPEN_MAX")))


def install_filter(program: bytes, *, architecture: Architecture) -> None:
    """Put a filter program on every thread of this process, for good."""
    # Held until the call returns; the kernel copies it.
    instructions = ctypes.create_string_buffer(program, len(program))
    declared = _FilterProgram(
        len(program) // _INSTRUCTION_BYTES, ctypes.cast(instructions, ctypes.c_char_p)
    )
    blocking_thread = _call(
        architecture.numbers["seccomp"],
        ctypes.c_uint(_SECCOMP_SET_MODE_FILTER),
        ctypes.c_uint(_SECCOMP_FILTER_ALL_THREADS),
        ctypes.byref(declared),
    )
    if blocking_thread:
        raise OSError(f"thread {blocking_thread} has a filter of its own")


def filter_is_offered() -> bool:
    """Return whether this kernel knows seccomp at all."""
    zero = ctypes.c_ulong(0)
    return int(_libc.prctl(_PR_GET_SECCOMP, zero, zero, zero, zero)) >= 0


def landlock_abi(architecture: Architecture) -> int:
    """Return the version of Landlock that the kernel offers, 0 for none."""
    try:
        return _call(
            architecture.numbers["landlock_create_ruleset"],
            ctypes.c_void_p(None),
            ctypes.c_size_t(0),
            ctypes.c_uint32(_LANDLOCK_ASK_VERSION),
        )
    except OSError:
        return 0


def restrict_by_landlock(abi: int, *, architecture: Architecture) -> None:
    """Deny this thread every file and port that Landlock's ``abi`` can deny: an empty ruleset."""
    bits = max(count for since, count in _FILE_RIGHTS_BY_ABI if abi >= since)
    ruleset = _Ruleset(
        (1 << bits) - 1,
        _PORT_RIGHTS if abi >= _PORT_ABI else 0,
        _SCOPES if abi >= _SCOPE_ABI else 0,
    )
    size = 24 if abi >= _SCOPE_ABI else 16 if abi >= _PORT_ABI else 8
    descriptor = _call(
        architecture.numbers["landlock_create_ruleset"],
        ctypes.byref(ruleset),
        ctypes.c_size_t(size),
        ctypes.c_uint32(0),
    )
    try:
        _call(
            architecture.numbers["landlock_restrict_self"],
            ctypes.c_int(descriptor),
            ctypes.c_uint32(0),
        )
    finally:
        os.close(descriptor)
