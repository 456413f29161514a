"""A profile as the kernel's own filter program.

Source: Linux ``Documentation/userspace-api/seccomp_filter.rst``; classic BPF over ``seccomp_data``
(number at 0, architecture at 4, six 64-bit arguments from 16, little-endian on both machines).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from ostraka.isolation.profile import Denial, SealProfile
from ostraka.isolation.syscalls import Architecture

_LOAD_WORD, _JUMP_EQUAL, _JUMP_ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_NUMBER_OFFSET, _ARCHITECTURE_OFFSET, _ARGUMENTS_OFFSET = 0, 4, 16
_PROTECTION_ARGUMENT, _ADDRESS_ARGUMENT = 2, 4
_PROT_EXEC = 0x4

_ALLOW = 0x7FFF0000
_KILL_PROCESS = 0x80000000
_REFUSE = 0x00050000 | 1  # SECCOMP_RET_ERRNO with EPERM


def compile_filter(profile: SealProfile, *, architecture: Architecture, denial: Denial) -> bytes:
    """Return the array of ``sock_filter`` that lets through what the profile allows alone."""
    denied = _KILL_PROCESS if denial is Denial.KILL else _REFUSE
    return b"".join(_program(profile, architecture=architecture, denied=denied))


def _program(profile: SealProfile, *, architecture: Architecture, denied: int) -> Iterator[bytes]:
    yield _instruction(_LOAD_WORD, _ARCHITECTURE_OFFSET)
    yield from _unless_equal(architecture.audit_value, _KILL_PROCESS)
    yield _instruction(_LOAD_WORD, _NUMBER_OFFSET)
    declared = profile.value
    for number in _numbers(declared.allowed, architecture):
        yield from _if_equal(number, [_instruction(_RETURN, _ALLOW)])
    for number in _numbers(declared.allowed_without_execution, architecture):
        yield from _if_equal(number, _allow_unless_bits(_PROTECTION_ARGUMENT, _PROT_EXEC, denied))
    for number in _numbers(declared.allowed_without_address, architecture):
        yield from _if_equal(number, _allow_if_null(_ADDRESS_ARGUMENT, denied))
    for number in _numbers(declared.refused_quietly, architecture):
        yield from _if_equal(number, [_instruction(_RETURN, _REFUSE)])
    yield _instruction(_RETURN, denied)


def _numbers(names: frozenset[str], architecture: Architecture) -> list[int]:
    # a name without a number (``poll`` and ``time`` on aarch64) does not exist there
    return sorted(architecture.numbers[name] for name in names if name in architecture.numbers)


def _instruction(code: int, value: int, *, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, if_true, if_false, value)


def _if_equal(value: int, then: list[bytes]) -> list[bytes]:
    return [_instruction(_JUMP_EQUAL, value, if_false=len(then)), *then]


def _unless_equal(value: int, verdict: int) -> list[bytes]:
    return [_instruction(_JUMP_EQUAL, value, if_true=1), _instruction(_RETURN, verdict)]


def _allow_unless_bits(argument: int, bits: int, denied: int) -> list[bytes]:
    return [
        _instruction(_LOAD_WORD, _ARGUMENTS_OFFSET + 8 * argument),
        _instruction(_JUMP_ANY_BIT, bits, if_false=1),
        _instruction(_RETURN, denied),
        _instruction(_RETURN, _ALLOW),
    ]


def _allow_if_null(argument: int, denied: int) -> list[bytes]:
    low = _ARGUMENTS_OFFSET + 8 * argument
    return [
        _instruction(_LOAD_WORD, low),
        *_unless_equal(0, denied),
        _instruction(_LOAD_WORD, low + 4),
        *_unless_equal(0, denied),
        _instruction(_RETURN, _ALLOW),
    ]
