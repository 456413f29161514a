"""The jail: a process that has sealed itself can compute, and nothing else.

It needs the standard library alone. A jailed child of a single-threaded parent looks like this::

    from ostraka.isolation import SealProfile, SharedBuffer, close_inherited, die_with_parent, seal

    with SharedBuffer.holding(hostile_bytes) as given, SharedBuffer.create(1_000_000) as answer:
        parent = os.getpid()
        if (child := os.fork()) == 0:
            die_with_parent(parent)
            close_inherited()  # the two maps stay
            seal(SealProfile.DECODER, added_memory_bytes=500_000_000, cpu_seconds=10)
            answer.view[:5] = work(given.view)
            os._exit(0)
        os.waitpid(child, 0)
        untrusted = bytes(answer.view[:5])

A persistent worker is started by ``start_python`` with ``pass_fds=(socket, buffer.descriptor)``::

    close_inherited(keep=(2, socket_descriptor, buffer_descriptor))
    buffer = SharedBuffer.attach(buffer_descriptor)
    ...load models and run each once...
    seal(SealProfile.WORKER, added_memory_bytes=3_000_000_000, open_files=64)
    while message := connection.recv(4096):  # a stream or seqpacket socket pair
        ...

Import everything and let lazy libraries open their files before the seal: nothing can be opened
after it. Threads that exist are sealed with the process; new ones cannot be started.
"""

from ostraka.isolation.errors import SealRefusedError, SharedBufferError
from ostraka.isolation.own_python import LastWords, start_python, thread_count
from ostraka.isolation.profile import Denial, SealProfile
from ostraka.isolation.seal import (
    SealReport,
    close_inherited,
    die_with_parent,
    seal,
    seal_is_possible,
)
from ostraka.isolation.shared_buffer import SharedBuffer

__all__ = [
    "Denial",
    "LastWords",
    "SealProfile",
    "SealRefusedError",
    "SealReport",
    "SharedBuffer",
    "SharedBufferError",
    "close_inherited",
    "die_with_parent",
    "seal",
    "seal_is_possible",
    "start_python",
    "thread_count",
]
