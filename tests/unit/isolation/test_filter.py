"""The filter's program, run on a model of the kernel's own interpreter."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ostraka.isolation import Denial, SealProfile
from ostraka.isolation.filter import compile_filter
from ostraka.isolation.syscalls import ARCHITECTURES, Architecture

ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050001, 0x80000000
PROT_READ, PROT_EXEC = 1, 4

X86_64, AARCH64 = ARCHITECTURES["x86_64"], ARCHITECTURES["aarch64"]
MACHINES = pytest.mark.parametrize("machine", [X86_64, AARCH64], ids=lambda machine: machine.name)
PROFILES = pytest.mark.parametrize("profile", list(SealProfile))

# Numbers by which a decoder could touch the world, from the kernel's tables.
DANGEROUS = {
    "x86_64": {
        "open": 2, "stat": 4, "socket": 41, "connect": 42, "clone": 56, "fork": 57, "vfork": 58,
        "execve": 59, "kill": 62, "fcntl": 72, "unlink": 87, "ptrace": 101, "setuid": 105,
        "personality": 135, "prctl": 157, "setrlimit": 160, "mount": 165, "openat": 257,
        "unshare": 272, "perf_event_open": 298, "prlimit64": 302, "process_vm_readv": 310,
        "process_vm_writev": 311, "seccomp": 317, "memfd_create": 319, "bpf": 321, "execveat": 322,
        "userfaultfd": 323, "pkey_mprotect": 329, "io_uring_setup": 425, "io_uring_enter": 426,
        "pidfd_open": 434, "clone3": 435, "openat2": 437, "pidfd_getfd": 438,
    },
    "aarch64": {
        "fcntl": 25, "openat": 56, "newfstatat": 79, "unshare": 97, "ptrace": 117, "kill": 129,
        "setuid": 146, "prctl": 167, "socket": 198, "connect": 203, "clone": 220, "execve": 221,
        "process_vm_readv": 270, "seccomp": 277, "memfd_create": 279, "bpf": 280, "execveat": 281,
        "userfaultfd": 282, "io_uring_setup": 425, "clone3": 435, "openat2": 437,
    },
}  # fmt: skip


def ask_the_kernel(
    program: bytes, number: int, *, audit_value: int, arguments: tuple[int, ...] = (0,) * 6
) -> int:
    """Interpret classic BPF over ``seccomp_data`` as ``kernel/seccomp.c`` does."""
    data = struct.pack("<IIQ6Q", number, audit_value, 0, *arguments)
    instructions = list(struct.iter_unpack("<HBBI", program))
    accumulator, at = 0, 0
    while True:
        code, if_true, if_false, value = instructions[at]
        at += 1
        if code == 0x20:
            (accumulator,) = struct.unpack_from("<I", data, value)
        elif code == 0x15:
            at += if_true if accumulator == value else if_false
        elif code == 0x45:
            at += if_true if accumulator & value else if_false
        else:
            assert code == 0x06, "no other instruction is ever written"
            return int(value)


def verdict(
    profile: SealProfile,
    machine: Architecture,
    number: int,
    *,
    denial: Denial = Denial.KILL,
    arguments: tuple[int, ...] = (0,) * 6,
) -> int:
    program = compile_filter(profile, architecture=machine, denial=denial)
    return ask_the_kernel(program, number, audit_value=machine.audit_value, arguments=arguments)


@MACHINES
@PROFILES
def test_every_dangerous_call_is_denied(profile: SealProfile, machine: Architecture) -> None:
    for name, number in DANGEROUS[machine.name].items():
        assert verdict(profile, machine, number) == KILL, name
        assert verdict(profile, machine, number, denial=Denial.REFUSE) == REFUSE, name


@MACHINES
@PROFILES
def test_only_the_declared_numbers_pass(profile: SealProfile, machine: Architecture) -> None:
    declared = profile.value
    names = declared.allowed | declared.allowed_without_execution | declared.allowed_without_address
    allowed = {machine.numbers[name] for name in names if name in machine.numbers}
    passing = {n for n in range(600) if verdict(profile, machine, n) == ALLOW}
    assert passing == allowed


@MACHINES
@PROFILES
@pytest.mark.parametrize("name", ["mmap", "mprotect"])
def test_memory_may_never_become_executable(
    profile: SealProfile, machine: Architecture, name: str
) -> None:
    for protection in range(8):
        arguments = (0, 4096, protection, 0, 0, 0)
        expected = KILL if protection & PROT_EXEC else ALLOW
        got = verdict(profile, machine, machine.numbers[name], arguments=arguments)
        assert got == expected


@MACHINES
@pytest.mark.parametrize("address", [1, 2**32, 2**63])
def test_a_worker_sends_to_its_peer_alone(machine: Architecture, address: int) -> None:
    number = machine.numbers["sendto"]
    addressed = (3, 0, 1, 0, address, 0)
    assert verdict(SealProfile.WORKER, machine, number) == ALLOW
    assert verdict(SealProfile.WORKER, machine, number, arguments=addressed) == KILL


@MACHINES
@PROFILES
@given(other=st.integers(0, 2**32 - 1), number=st.integers(0, 2**32 - 1))
def test_another_calling_convention_is_killed_whatever_it_asks(
    profile: SealProfile, machine: Architecture, other: int, number: int
) -> None:
    program = compile_filter(profile, architecture=machine, denial=Denial.REFUSE)
    if other != machine.audit_value:
        assert ask_the_kernel(program, number, audit_value=other) == KILL


@PROFILES
def test_the_x32_convention_does_not_slip_through(profile: SealProfile) -> None:
    for number in X86_64.numbers.values():
        assert verdict(profile, X86_64, number | 0x40000000) == KILL


def test_a_decoder_may_not_even_write() -> None:
    for name in ("read", "write", "sendto", "recvfrom", "close"):
        assert verdict(SealProfile.DECODER, X86_64, X86_64.numbers[name]) != ALLOW
