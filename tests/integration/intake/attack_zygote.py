"""A zygote whose children are in an attacker's hands: run as ``python attack_zygote.py LIMITS``.

It serves by the same code as the real one, but what its children run after the seal is one of the
attacks below, named by the picture's bytes. It stands in for a decoder that was exploited.
"""

from __future__ import annotations

import ctypes
import json
import mmap
import os
import resource
import socket
import struct
import sys
from collections.abc import Callable
from pathlib import Path

from ostraka.intake.answer import write_refusal
from ostraka.intake.zygote import decode_job, serve
from ostraka.limits import Limits

_LIBC = ctypes.CDLL(None, use_errno=True)
_ZYGOTE_PID = os.getpid()
_TARGET = ctypes.create_string_buffer(64)
_X86_64 = os.uname().machine == "x86_64"


def _syscall(x86_64: int, aarch64: int, *arguments: int | bytes | None) -> int:
    return int(_LIBC.syscall(x86_64 if _X86_64 else aarch64, *arguments))


def _executable_map() -> None:
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)


def _make_executable() -> None:
    _LIBC.mprotect(ctypes.c_void_p(ctypes.addressof(_TARGET) & ~4095), 4096, 7)


def _raise_own_limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


# Every one of these must be the child's last act.
ESCAPES: dict[bytes, Callable[[], object]] = {
    b"open a file": lambda: os.open("/etc/passwd", os.O_RDONLY),
    b"create a file": lambda: os.open("/tmp/ostraka-escaped", os.O_CREAT | os.O_WRONLY),
    b"open by openat2": lambda: _syscall(437, 437, -100, b"/etc/passwd", _TARGET.raw, 24),
    b"read its own memory map": lambda: Path("/proc/self/maps").read_bytes(),
    b"read its parent's memory": lambda: os.open(f"/proc/{_ZYGOTE_PID}/mem", os.O_RDONLY),
    b"list a folder": lambda: list(Path("/").iterdir()),
    b"ask for a file's metadata": lambda: Path("/etc/passwd").stat(),
    b"remove a file": lambda: Path("/tmp/ostraka-escaped").unlink(),
    b"open a TCP socket": lambda: socket.socket(socket.AF_INET),
    b"open a unix socket": lambda: socket.socket(socket.AF_UNIX),
    b"open a raw socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW),
    b"make a socket pair": socket.socketpair,
    b"make a pipe": os.pipe,
    b"fork": os.fork,
    b"fork by clone3": lambda: _syscall(435, 435, _TARGET.raw, 64),
    b"run a program": lambda: os.execv("/bin/sh", ["sh", "-c", "true"]),
    b"run a program by execveat": lambda: _syscall(322, 281, -100, b"/bin/sh", None, None, 0),
    b"trace its parent": lambda: _LIBC.ptrace(16, _ZYGOTE_PID, 0, 0),
    b"write its parent's memory": lambda: _syscall(311, 271, _ZYGOTE_PID, None, 0, None, 0, 0),
    b"kill its parent": lambda: os.kill(_ZYGOTE_PID, 9),
    b"kill everything": lambda: os.kill(-1, 9),
    b"hold its parent by pidfd": lambda: os.pidfd_open(_ZYGOTE_PID),
    b"make a memory file": lambda: os.memfd_create("code"),
    b"map executable memory": _executable_map,
    b"make memory executable": _make_executable,
    b"set up io_uring": lambda: _syscall(425, 425, 8, _TARGET.raw),
    b"load a BPF program": lambda: _syscall(321, 280, 5, _TARGET.raw, 64),
    b"make a namespace": lambda: _syscall(272, 97, 0x10000000),
    b"become root": lambda: os.setuid(0),
    b"raise its own limit": _raise_own_limit,
    b"put on another filter": lambda: _syscall(317, 277, 1, 0, _TARGET.raw),
    b"undo by prctl": lambda: _LIBC.prctl(4, 1, 0, 0, 0),
    b"handle page faults": lambda: _syscall(323, 282, 0),
    b"use keys": lambda: _syscall(250, 219, 0, 0, 0, 0, 0),
    b"mount": lambda: _LIBC.mount(b"none", b"/", b"tmpfs", 0, None),
    b"change the root": lambda: os.chroot("/"),
    b"speak as i386": lambda: _syscall(0x40000002, 0x40000002, b"/etc/passwd", 0),
}


def _probe_descriptors(answer: memoryview) -> None:
    """Try every descriptor number; an honest answer follows only when none could be used."""
    usable = 0
    for descriptor in range(256):
        for touch in (
            lambda number: os.write(number, b"x"),
            lambda number: os.lseek(number, 0, os.SEEK_CUR),
            os.close,
        ):
            try:
                touch(descriptor)
                usable += 1
            except OSError:
                pass
    write_refusal(answer, RuntimeError(f"{usable} usable"))
    struct.pack_into("<I", answer, 200, usable)


def _hog(answer: memoryview) -> None:
    held: list[bytearray] = []
    try:
        while True:
            held.append(bytearray(50_000_000))
    except MemoryError as error:
        write_refusal(answer, error)


def _loop(_: memoryview) -> None:
    while True:
        pass


def _forge(answer: memoryview) -> None:
    answer[:64] = struct.pack(
        "<10Id16x", 0x314B5453, 1, 4_000_000_000, 60_000, 60_000, 1, 1, 4_000_000_000, 0, 0, 0.0
    )


def _scribble(answer: memoryview) -> None:
    answer[:] = b"\xff" * len(answer)


OTHERS: dict[bytes, Callable[[memoryview], object]] = {
    b"use any descriptor": _probe_descriptors,
    b"eat memory": _hog,
    b"loop for ever": _loop,
    b"forge sizes": _forge,
    b"scribble over everything": _scribble,
    b"crash": lambda _: ctypes.string_at(0),
    b"abort": lambda _: os.abort(),
    b"leave silently": lambda _: os._exit(0),
    b"leave with a status": lambda _: os._exit(3),
}


def attack(given: memoryview, answer: memoryview, limits: Limits) -> None:
    name = bytes(given[:64]).rstrip(b"\x00")
    if name in ESCAPES:
        ESCAPES[name]()
        write_refusal(answer, RuntimeError("still alive"))
    elif name in OTHERS:
        OTHERS[name](answer)
    else:
        decode_job(given, answer, limits)


if __name__ == "__main__":
    serve(Limits(**json.loads(sys.argv[1])), job=attack)
