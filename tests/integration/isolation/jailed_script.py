"""A process that seals itself and tries things: ``jailed_script.py REPORT PROFILE DENIAL [NAME]``.

It writes one JSON object on the descriptor REPORT after all attempts, or makes the one that is
named, which must kill it.
"""

from __future__ import annotations

import ctypes
import json
import mmap
import os
import resource
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from ostraka.isolation import Denial, SealProfile, close_inherited, seal

_SOCKETS = socket.socketpair()
ATTEMPTS: dict[str, Callable[[], object]] = {
    "open a file": lambda: os.open("/etc/passwd", os.O_RDONLY),
    "write a file": lambda: os.open("/tmp/ostraka-escaped", os.O_CREAT | os.O_WRONLY),
    "list a folder": lambda: list(Path("/").iterdir()),
    "ask for metadata": lambda: Path("/etc/passwd").stat(),
    "open a socket": socket.socket,
    "fork": os.fork,
    "start a thread": lambda: threading.Thread(target=int).start(),
    "run a program": lambda: os.execv("/bin/true", ["true"]),
    "kill its parent": lambda: os.kill(os.getppid(), 9),
    "make a memory file": lambda: os.memfd_create("code"),
    "map executable memory": lambda: mmap.mmap(-1, 4096, prot=7),
    "raise its limit": lambda: resource.setrlimit(resource.RLIMIT_AS, (-1, -1)),
    "allocate beyond its bound": lambda: bytearray(900_000_000),
}
ORDINARY: dict[str, Callable[[], object]] = {
    "map memory": lambda: mmap.mmap(-1, 4096),
    "allocate within its bound": lambda: bytearray(100_000_000),
    "tell the time": time.time,
    "sleep": lambda: time.sleep(0.001),
    "speak on its socket": lambda: _SOCKETS[0].sendall(b"hello"),
    "listen on its socket": lambda: _SOCKETS[1].recv(5),
    "compute": lambda: sum(range(1_000_000)),
}


def outcome(attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except (OSError, MemoryError, RuntimeError, ValueError) as error:
        return type(error).__name__
    return "done"


def other_thread_is_sealed(go: threading.Event, seen: list[str]) -> None:
    go.wait()
    seen.append(outcome(ATTEMPTS["open a file"]))


def main() -> None:
    told_on, profile, denial = int(sys.argv[1]), SealProfile[sys.argv[2]], Denial(sys.argv[3])
    sockets = [descriptor.fileno() for descriptor in _SOCKETS]
    close_inherited(keep=(told_on, *sockets))
    go, seen = threading.Event(), list[str]()
    other = threading.Thread(target=other_thread_is_sealed, args=(go, seen))
    if denial is Denial.REFUSE:
        other.start()
    report = seal(
        profile, added_memory_bytes=500_000_000, cpu_seconds=20, open_files=64, on_denial=denial
    )
    if denial is Denial.KILL:
        ATTEMPTS[sys.argv[4]]()
        os._exit(0)
    go.set()
    other.join()
    told = {
        "report": asdict(report),
        "attempts": {name: outcome(attempt) for name, attempt in ATTEMPTS.items()},
        "ordinary": {name: outcome(attempt) for name, attempt in ORDINARY.items()},
        "other thread": seen,
        "dumpable": ctypes.CDLL(None).prctl(3, 0, 0, 0, 0),
    }
    os.write(told_on, json.dumps(told).encode())
    os._exit(0)


if __name__ == "__main__":
    main()
