"""The pool's side of the extractor processes: starting them, talking to them, ending them."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, Final

from ostraka.evidence.errors import (
    ExtractorCrashedError,
    ExtractorDeniedError,
    ExtractorStartError,
    ExtractorTimeoutError,
    NurseryLostError,
)
from ostraka.evidence.layout import MESSAGE_BYTES, READY, EvidenceShape, ExtractorShape
from ostraka.isolation import LastWords, SharedBuffer, start_python
from ostraka.limits import Limits

_START_SECONDS: Final = 120.0
_ENVIRONMENT: Final = {
    "ORT_DISABLE_TELEMETRY": "1",
    "PYTHONUTF8": "1",
    "PYTHONWARNINGS": "ignore",
}
"""What the processes may know of their surroundings, besides where modules are."""


class Nursery:
    """A process that has every model loaded and forks sealed workers on demand; thread-safe."""

    def __init__(self, stack_source: str, limits: Limits) -> None:
        self._lock = threading.Lock()
        self._out_of_step = False
        self._handle = -1
        self._last_words = LastWords()
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.settimeout(_START_SECONDS)
        with theirs:
            self._process = start_python(
                ["-m", "ostraka.evidence.worker", str(theirs.fileno())],
                environment=_ENVIRONMENT,
                last_words=self._last_words,
                pass_fds=(theirs.fileno(),),
            )
        try:
            # Not Popen.poll(): it says "alive" whenever another thread is asking, too.
            self._handle = os.pidfd_open(self._process.pid)
            answer = self._ask({"stack": stack_source, "limits": asdict(limits)})
        except BaseException:
            self.close()
            raise
        self.stack_id: str = answer["stack_id"]
        self.shape = _shape(answer["shape"])

    @property
    def pid(self) -> int:
        """The process that holds the weights."""
        return self._process.pid

    def is_alive(self) -> bool:
        """Say whether the process still runs, and its answers are those to our questions."""
        handle = self._handle
        return not self._out_of_step and handle >= 0 and not _has_ended(handle)

    def fork(self, *, given_bytes: int, answer_bytes: int) -> Worker:
        """Return a new worker that has sealed itself.

        Raises:
            NurseryLostError: the nursery is gone.
            ExtractorStartError: the jail cannot hold here.
        """
        given, answer = SharedBuffer.create(given_bytes), SharedBuffer.create(answer_bytes)
        channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            with theirs, self._question():
                descriptors = [theirs.fileno(), given.descriptor, answer.descriptor]
                socket.send_fds(self._socket, [b"{}"], descriptors)
                message, handles, _, _ = socket.recv_fds(self._socket, MESSAGE_BYTES, 1)
                pid: int = json.loads(message)["worker"]  # no message: the nursery hung up
        except BaseException:
            channel.close()
            given.close()
            answer.close()
            raise
        worker = Worker(pid, handles[0], channel, nursery=self, given=given, answer=answer)
        try:
            worker.await_byte(timeout_seconds=_START_SECONDS, expected=READY)
        except ExtractorCrashedError as fault:
            worker.end()
            if not self.is_alive():
                raise self._gone(fault) from fault
            raise ExtractorStartError(
                "an extractor worker could not seal itself on this machine"
            ) from fault
        except BaseException:
            worker.end()
            raise
        return worker

    def status_of(self, pid: int) -> int | None:
        """Return how a worker that was killed ended: an exit code, or minus a signal's number.

        None where nobody can tell: the nursery is gone, and its workers with it.
        """
        with contextlib.suppress(ExtractorStartError):
            status: int | None = self._ask({"bury": pid})["status"]
            return status
        return None

    def close(self) -> None:
        """End the nursery; its workers end with it."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # also wakes whoever waits for an answer
        self._socket.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._last_words.close()
        with self._lock:
            self._out_of_step = True
            handle, self._handle = self._handle, -1
        if handle >= 0:
            os.close(handle)

    @contextlib.contextmanager
    def _question(self) -> Iterator[None]:
        """Have the socket alone for one question and its answer.

        Whoever is cut short leaves an answer behind that the next would take for its own: a worker
        buried for another. So after that nothing more is asked of this nursery.
        """
        with self._lock:
            try:
                self._check_step()
                yield
            except (OSError, ValueError) as fault:
                self._out_of_step = True
                raise self._gone(fault) from fault
            except BaseException:
                self._out_of_step = True
                raise

    def _check_step(self) -> None:
        if self._out_of_step:
            raise ConnectionError("an earlier question was cut short")

    def _gone(self, fault: Exception) -> NurseryLostError:
        last = self._last_words.line()
        detail = f"{fault!r}; its last words: {last}" if last else repr(fault)
        return NurseryLostError("the process that holds the models is gone", detail=detail)

    def _ask(self, message: dict[str, Any]) -> dict[str, Any]:
        with self._question():
            self._socket.sendall(json.dumps(message).encode())
            answer: dict[str, Any] = json.loads(self._socket.recv(MESSAGE_BYTES))
        if "error" in answer:
            raise ExtractorStartError(
                f"the extractors do not start: {answer['message']}", detail=answer["detail"]
            )
        return answer


class Worker:
    """One sealed process: a byte asks, a byte answers, the rest lies in shared memory."""

    def __init__(
        self,
        pid: int,
        handle: int,
        channel: socket.socket,
        *,
        nursery: Nursery,
        given: SharedBuffer,
        answer: SharedBuffer,
    ) -> None:
        self.nursery = nursery
        self.pid = pid
        self.given = given
        self.answer = answer
        self._handle = handle  # names this very process, even once its number is another's
        self._channel = channel

    def ask(self, *, timeout_seconds: float) -> bytes:
        """Have the order in ``given`` obeyed and return the byte that says how it went."""
        try:
            self._channel.sendall(b"?")
        except OSError as fault:
            raise _crashed() from fault
        return self.await_byte(timeout_seconds=timeout_seconds)

    def await_byte(self, *, timeout_seconds: float, expected: bytes | None = None) -> bytes:
        """Return the next byte from the worker, or raise how it failed to send one."""
        self._channel.settimeout(timeout_seconds)
        try:
            byte = self._channel.recv(1)
        except TimeoutError as fault:
            raise ExtractorTimeoutError(f"no evidence after {timeout_seconds:g} seconds") from fault
        except OSError as fault:
            raise _crashed() from fault
        if not byte or byte != (expected or byte):
            raise _crashed()
        return byte

    def is_alive(self) -> bool:
        """Say whether the process still runs."""
        return not _has_ended(self._handle)

    def end(self) -> int | None:
        """End the process, give its memory back, and return how it ended.

        An exit code, or minus a signal's number. Only the nursery that forked it can tell: to any
        other its number names nobody, or a stranger. None where that nursery is gone.
        """
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, signal.SIGKILL)
        os.close(self._handle)
        self._channel.close()
        self.given.close()
        self.answer.close()
        return self.nursery.status_of(self.pid)


def death(status: int | None) -> ExtractorCrashedError | ExtractorDeniedError | NurseryLostError:
    """Return the error that a worker's end stands for: a fault, or a call the jail forbids.

    Where nobody can tell how it ended, its nursery ended first.
    """
    if status is None:
        return NurseryLostError("the process that holds the models died at this picture")
    if status == -signal.SIGSYS:
        return ExtractorDeniedError(
            "an extractor worker asked for something its jail forbids and was ended"
        )
    return _crashed(f"exit status {status}")


def _crashed(detail: str = "") -> ExtractorCrashedError:
    return ExtractorCrashedError("an extractor worker died at this picture", detail=detail)


def _has_ended(handle: int) -> bool:
    """Say whether the process that a pidfd names has ended."""
    poll = select.poll()  # select() takes no descriptor above 1023
    poll.register(handle, select.POLLIN)
    return bool(poll.poll(0))


def _shape(described: dict[str, Any]) -> EvidenceShape:
    extractors = tuple(
        ExtractorShape(each["name"], each["dimension"], tuple(each["detection_names"]))
        for each in described["extractors"]
    )
    return EvidenceShape(extractors, described["text_dimension"])
