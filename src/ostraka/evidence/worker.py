"""The extractor processes: a nursery that loads every model once, and the workers it forks.

The nursery (``python -m ostraka.evidence.worker SOCKET``) is a fresh, single-threaded process: it
loads and runs every model, and never sees a picture. Each worker is forked from it, so that all
workers share the weights' memory and a new one is there in milliseconds; it keeps its channel and
two shared buffers, seals itself, and only then is handed pixels.
"""

from __future__ import annotations

import array
import gc
import importlib
import importlib.util
import json
import os
import socket
import sys
import threading
import traceback
import warnings
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, cast

from ostraka.errors import OstrakaError
from ostraka.evidence.bound_text import bound_text
from ostraka.evidence.errors import ExtractorStartError
from ostraka.evidence.extract import extract_frames
from ostraka.evidence.layout import (
    ANSWERED,
    FAILED,
    LENGTH_BYTES,
    MESSAGE_BYTES,
    READY,
    Order,
    Reader,
    Writer,
    read_frames,
    read_texts,
    write_evidence,
    write_vectors,
)
from ostraka.evidence.stack import Stack
from ostraka.evidence.windows import window_texts
from ostraka.isolation import (
    Denial,
    SealProfile,
    SharedBuffer,
    close_inherited,
    die_with_parent,
    seal,
)
from ostraka.limits import Limits

_OPEN_FILES: Final = 64


def main() -> None:
    """Run the nursery on the socket whose descriptor is the first argument."""
    descriptor = int(sys.argv[1])
    # one place to write nothing to, so that a library's message never meets a shared buffer
    with Path(os.devnull).open("r+b") as nothing:
        for stream in (0, 1, 2):
            os.dup2(nothing.fileno(), stream)
    close_inherited(keep=(0, 1, 2, descriptor))
    NurseryProcess(socket.socket(fileno=descriptor)).serve()


class NurseryProcess:
    """Loads a stack once and forks a sealed worker whenever the pool asks for one."""

    def __init__(self, pool: socket.socket) -> None:
        self._pool = pool

    def serve(self) -> None:
        """Load, say so, then fork and bury workers until the pool closes the socket."""
        try:
            stack, limits = self._load(json.loads(self._pool.recv(MESSAGE_BYTES)))
        except OstrakaError as fault:
            return self._answer(error=fault.code, message=str(fault), detail=fault.detail)
        except Exception as fault:  # noqa: BLE001 - a process edge: the pool must hear of any fault
            detail = "".join(traceback.format_exception(fault))
            return self._answer(error="extractor_start", message=repr(fault), detail=detail)
        while True:
            message, descriptors, _, _ = socket.recv_fds(self._pool, MESSAGE_BYTES, 3)
            if not message:
                return None
            order = json.loads(message)
            if "bury" in order:
                self._answer(status=_end_of(order["bury"]))
            else:
                self._fork(stack, limits, descriptors)

    def _load(self, order: dict[str, Any]) -> tuple[Stack, Limits]:
        warnings.simplefilter("ignore")  # showing one opens source files, which the jail forbids
        limits = Limits(**order["limits"])
        stack = named_stack(order["stack"])
        stack.warm()
        if threading.active_count() != 1 or len(list(Path("/proc/self/task").iterdir())) != 1:
            raise ExtractorStartError("an extractor started threads, so it cannot be jailed")
        # What lives now is shared with every worker: the collector must not write into its pages.
        gc.collect()
        gc.freeze()
        self._answer(stack_id=stack.identity(), shape=asdict(stack.shape()))
        return stack, limits

    def _fork(self, stack: Stack, limits: Limits, descriptors: list[int]) -> None:
        nursery = os.getpid()
        worker = os.fork()
        if worker == 0:
            _work(stack, limits, descriptors, nursery=nursery)
        for descriptor in descriptors:
            os.close(descriptor)
        handle = os.pidfd_open(worker)
        message = json.dumps({"worker": worker}).encode()
        self._pool.sendmsg(
            [message], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [handle]))]
        )
        os.close(handle)

    def _answer(self, **fields: Any) -> None:  # noqa: ANN401 - one JSON message
        self._pool.sendall(json.dumps(fields).encode()[:MESSAGE_BYTES])


def _end_of(worker: int) -> int | None:
    """Return how a worker ended, or None for a process that is no worker of this nursery's."""
    try:
        _, status = os.waitpid(worker, 0)
    except ChildProcessError:
        return None
    return os.waitstatus_to_exitcode(status)


def named_stack(source: str) -> Stack:
    """Return the stack that ``module:function`` or ``/path/file.py:function`` builds.

    ``module:function(text)`` hands the function one text, such as a folder.
    """
    name, given = source, tuple[str, ...]()
    if source.endswith(")"):
        name, _, text = source[:-1].partition("(")
        given = (text,)
    place, _, function = name.rpartition(":")
    if place.endswith(".py"):
        spec = importlib.util.spec_from_file_location("ostraka_stack", place)
        if spec is None or spec.loader is None:
            raise ExtractorStartError(f"there is no stack at {source}")
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
    else:
        module = importlib.import_module(place)
    build = cast("Callable[..., Stack]", getattr(module, function))
    return build(*given)


def _work(stack: Stack, limits: Limits, descriptors: list[int], *, nursery: int) -> None:
    """Seal this fresh fork, then answer orders until the pool hangs up. Does not return."""
    try:
        die_with_parent(nursery)
        close_inherited(keep=descriptors)
        channel = socket.socket(fileno=descriptors[0])
        given, answer = (SharedBuffer.attach(descriptor) for descriptor in descriptors[1:])
        seal(
            SealProfile.WORKER,
            added_memory_bytes=int(limits.extract_memory_bytes),
            open_files=_OPEN_FILES,
            on_denial=Denial.KILL,
        )
        channel.sendall(READY)
        while channel.recv(1):
            channel.sendall(_answered(stack, limits, given.view, answer.view))
    except BaseException:  # noqa: BLE001 - a process edge: the nursery's code must never run here
        os._exit(1)
    os._exit(0)


def _answered(stack: Stack, limits: Limits, given: memoryview, answer: memoryview) -> bytes:
    """Write the answer to one order; on any fault only the fault's name."""
    outcome, writer = ANSWERED, Writer(answer[LENGTH_BYTES:])
    try:
        _obey(stack, limits, Reader(given), writer)
    except Exception as fault:  # noqa: BLE001 - a process edge: the pool holds this picture
        outcome, writer = FAILED, Writer(answer[LENGTH_BYTES:])
        writer.text(type(fault).__name__[:64])
    answer[:LENGTH_BYTES] = writer.length.to_bytes(LENGTH_BYTES, "little")
    return outcome


def _obey(stack: Stack, limits: Limits, reader: Reader, writer: Writer) -> None:
    order = reader.count(most=max(Order))
    if order == Order.EMBED:
        write_vectors(writer, stack.text_embedder.embed(read_texts(reader)))
        return
    frames, caption = read_frames(reader)
    found = extract_frames(stack, frames, read_text=order == Order.EXTRACT)
    evidence = bound_text(found, limits=limits)
    windows = window_texts(evidence, caption, limits=limits).windows
    vectors = stack.text_embedder.embed([words for _, words in windows])
    write_evidence(writer, stack.shape(), evidence, vectors)


if __name__ == "__main__":
    main()
