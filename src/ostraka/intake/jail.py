"""The owner's end of the decoder's jail."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import threading
from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from ostraka.intake.answer import answer_bytes, read_answer
from ostraka.intake.errors import (
    DecoderCrashedError,
    DecoderDeniedError,
    DecoderUnavailableError,
    DecodeTimeoutError,
)
from ostraka.intake.model import DecodedPicture
from ostraka.intake.orders import ENDING, ORDER, Ended
from ostraka.isolation import LastWords, SharedBuffer, start_python
from ostraka.limits import Limits

ZYGOTE: Final = ("-m", "ostraka.intake.zygote")
# No secret of ours gets into the zygote. Large allocations in huge pages: a fresh child has
# every page of a picture to fault in, and small pages would cost a 12-megapixel JPEG 40 ms.
_ENVIRONMENT: Final = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}
_ATTEMPTS: Final = 2
_HANGING_SECONDS: Final = 10


class _Zygote:
    """One running zygote and the socket that commands it."""

    def __init__(self, arguments: Sequence[str], limits: Limits) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._last_words = LastWords()
        with theirs:
            self._process = start_python(
                [*arguments, json.dumps(asdict(limits))],
                environment=_ENVIRONMENT,
                stdin=theirs.fileno(),
                last_words=self._last_words,
                start_new_session=True,
            )
        self._socket = ours

    def order(self, descriptors: Sequence[int]) -> None:
        socket.send_fds(self._socket, [ORDER], list(descriptors))

    def stop(self) -> str:
        """End it at once, and its children with it, and return its last words."""
        self._socket.close()
        self._process.kill()
        self._process.wait()
        last_words = self._last_words.line()
        self._last_words.close()
        return last_words


class DecoderJail:
    """Runs each picture in a fresh jailed process; usable from several threads at once.

    Args:
        limits: Bounds of every child.
        zygote: What our interpreter runs, told the limits by one more argument.
    """

    def __init__(self, limits: Limits, *, zygote: Sequence[str] = ZYGOTE) -> None:
        self._limits = limits
        self._arguments = zygote
        self._last_words = ""
        self._lock = threading.Lock()
        self._zygote: _Zygote | None = None

    def decode(self, data: bytes) -> DecodedPicture:
        """Return the decoder's answer, held against the limits.

        Raises:
            SenderError: The picture is refused, or its decoder crashed or ran out of time.
            SuspectedAttackError: The decoder tried to leave its jail, or lied.
            DecoderUnavailableError: The jail cannot be kept up.
        """
        with SharedBuffer.holding(data) as given:
            for _ in range(_ATTEMPTS):
                with SharedBuffer.create(answer_bytes(self._limits)) as answer:
                    ending = self._run(given, answer)
                    if ending is not None:
                        self._judge(*ending)
                        return read_answer(answer.view, limits=self._limits)
        raise DecoderUnavailableError(
            "the decoder's jail ended twice without cause", detail=self._last_words
        )

    def close(self) -> None:
        """Stop the zygote; a later decode starts another."""
        with self._lock:
            self._replace(self._zygote)

    def _run(self, given: SharedBuffer, answer: SharedBuffer) -> tuple[int, int] | None:
        """Have one child run and return how it ended, None when the zygote itself is gone."""
        heard, told = os.pipe()
        try:
            try:
                zygote = self._ordered((given.descriptor, answer.descriptor, told))
            finally:
                os.close(told)
            message = self._hear(heard) if zygote else b""
        finally:
            os.close(heard)
        if len(message) == ENDING.size:
            kind, number = ENDING.unpack(message)
            return int(kind), int(number)
        with self._lock:
            self._replace(zygote)
        return None

    def _hear(self, report: int) -> bytes:
        """Wait for the zygote's report; empty when it died, or hangs well past every bound."""
        waiting = select.poll()
        waiting.register(report, select.POLLIN)
        patience_seconds = self._limits.decode_seconds + _HANGING_SECONDS
        if not waiting.poll(patience_seconds * 1000):
            return b""
        return os.read(report, ENDING.size)

    def _ordered(self, descriptors: Sequence[int]) -> _Zygote | None:
        with self._lock:
            if self._zygote is None:
                self._zygote = _Zygote(self._arguments, self._limits)
            zygote = self._zygote
            try:
                zygote.order(descriptors)
            except OSError:  # it has died since; the caller replaces it
                self._replace(zygote)
                return None
            return zygote

    def _replace(self, dead: _Zygote | None) -> None:
        """Forget a zygote, unless another thread has replaced it already."""
        if dead is not None and dead is self._zygote:
            self._zygote = None
            self._last_words = dead.stop()

    def _judge(self, kind: int, number: int) -> None:
        """Turn an ending other than a plain exit into its refusal."""
        if kind == Ended.TIMED_OUT:
            took, limit = number / 1000, self._limits.decode_seconds
            raise DecodeTimeoutError("decoding time", limit=limit, actual=took, unit="seconds")
        if kind == Ended.SIGNALLED and number == signal.SIGSYS:
            raise DecoderDeniedError("the decoder tried to leave its jail")
        if kind == Ended.SIGNALLED:
            raise DecoderCrashedError("the decoder crashed", detail=f"signal {number}")
        if number:
            raise DecoderUnavailableError("a child could not be jailed", detail=f"exit {number}")
