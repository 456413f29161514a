"""The decoder's zygote: a single-threaded process that forks a fresh jailed child a picture.

It has Pillow loaded, reads no picture itself, and takes orders on standard input (a seqpacket
socket): one byte with three descriptors, which are the picture, the buffer for the answer, and a
pipe on which it says how the child ended. It leaves when its owner does, and its children with it.
"""

from __future__ import annotations

import gc
import json
import math
import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ostraka.intake.answer import write_decoded, write_refusal
from ostraka.intake.errors import DecoderUnavailableError
from ostraka.intake.orders import ENDING, ORDER, ORDER_DESCRIPTORS, Ended
from ostraka.intake.pixels import decode_pixels
from ostraka.intake.warm import warm_up
from ostraka.isolation import (
    Denial,
    SealProfile,
    SharedBuffer,
    close_inherited,
    die_with_parent,
    seal,
    thread_count,
)
from ostraka.limits import Limits

_CONTROL: Final = 0
_UNSEALED_STATUS: Final = 70

# What a child runs once it is sealed: picture, buffer for the answer, limits.
Job = Callable[[memoryview, memoryview, Limits], None]


@dataclass
class _Child:
    pid: int
    report: int
    started: float
    deadline: float
    timed_out: bool = False


def decode_job(given: memoryview, answer: memoryview, limits: Limits) -> None:
    """Decode one picture inside the jail; whatever goes wrong becomes an answer."""
    try:
        write_decoded(answer, decode_pixels(bytes(given), limits=limits))
    except Exception as error:  # noqa: BLE001 - the edge of a process: its parent holds the picture
        write_refusal(answer, error)


def serve(limits: Limits, *, job: Job = decode_job) -> None:
    """Take orders until the owner is gone.

    Args:
        limits: Bounds of every child.
        job: What a child runs in the jail.

    Raises:
        DecoderUnavailableError: Something has started threads, so nothing may be forked here.
    """
    warm_up(limits)
    _check_single_threaded()
    # Nothing of the zygote is ever collected, so its memory stays shared with the children.
    gc.disable()
    gc.freeze()
    children: dict[int, _Child] = {}
    with socket.socket(fileno=_CONTROL) as control, selectors.DefaultSelector() as waiting:
        waiting.register(control, selectors.EVENT_READ)
        while True:
            for key, _ in waiting.select(_until_next_deadline(children)):
                if key.fileobj is not control:
                    _report(children.pop(key.fd), waiting, key.fd)
                elif not _take_order(control, waiting, children, limits=limits, job=job):
                    return
            _kill_late(children)


def _check_single_threaded() -> None:
    """Refuse to go on with more than one thread.

    A child would have only the thread that forked, and for ever locked what the others held.
    """
    if (threads := thread_count()) != 1:
        raise DecoderUnavailableError(
            "the process that forks decoders must have one thread", detail=f"it has {threads}"
        )


def _take_order(
    control: socket.socket,
    waiting: selectors.BaseSelector,
    children: dict[int, _Child],
    *,
    limits: Limits,
    job: Job,
) -> bool:
    message, descriptors, _, _ = socket.recv_fds(control, len(ORDER), ORDER_DESCRIPTORS)
    if message != ORDER or len(descriptors) != ORDER_DESCRIPTORS:
        return False
    given, answer, report = descriptors
    _check_single_threaded()
    zygote_pid = os.getpid()
    pid = os.fork()
    if pid == 0:
        _run_jailed(given, answer, zygote_pid=zygote_pid, limits=limits, job=job)
    os.close(given)
    os.close(answer)
    watched = os.pidfd_open(pid)
    now = time.monotonic()
    children[watched] = _Child(pid, report, now, now + limits.decode_seconds)
    waiting.register(watched, selectors.EVENT_READ)
    return True


def _run_jailed(given: int, answer: int, *, zygote_pid: int, limits: Limits, job: Job) -> None:
    """Be the child: close everything, seal, work, leave. Never returns."""
    try:
        die_with_parent(zygote_pid)
        close_inherited(keep=(given, answer))
        given_buffer, answer_buffer = SharedBuffer.attach(given), SharedBuffer.attach(answer)
        close_inherited()  # the two maps stay
        seal(
            SealProfile.DECODER,
            added_memory_bytes=int(limits.decode_memory_bytes),
            cpu_seconds=int(limits.decode_seconds) + 1,
            on_denial=Denial.KILL,
        )
    except BaseException:  # noqa: BLE001 - nothing may return into the zygote's loop
        os._exit(_UNSEALED_STATUS)
    try:
        job(given_buffer.view, answer_buffer.view, limits)
    finally:
        os._exit(0)


def _report(child: _Child, waiting: selectors.BaseSelector, watched: int) -> None:
    waiting.unregister(watched)
    os.close(watched)
    _, status = os.waitpid(child.pid, 0)
    code = os.waitstatus_to_exitcode(status)
    if child.timed_out:
        took_seconds = time.monotonic() - child.started
        ending = (Ended.TIMED_OUT, math.ceil(took_seconds * 1000))
    elif code < 0:
        ending = (Ended.SIGNALLED, -code)
    else:
        ending = (Ended.EXITED, code)
    try:
        os.write(child.report, ENDING.pack(*ending))
    except BrokenPipeError:  # whoever asked has gone
        pass
    finally:
        os.close(child.report)


def _until_next_deadline(children: dict[int, _Child]) -> float | None:
    pending = [child.deadline for child in children.values() if not child.timed_out]
    return max(0.0, min(pending) - time.monotonic()) if pending else None


def _kill_late(children: dict[int, _Child]) -> None:
    now = time.monotonic()
    for watched, child in children.items():
        if child.deadline <= now and not child.timed_out:
            child.timed_out = True
            signal.pidfd_send_signal(watched, signal.SIGKILL)


def main() -> None:
    """Run as ``python -m ostraka.intake.zygote LIMITS``, the limits as a JSON object."""
    serve(Limits(**json.loads(sys.argv[1])))


if __name__ == "__main__":
    main()
