"""A stack whose one extractor does, inside the jail, what the first pixel of a picture tells it."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ostraka.evidence.model import FloatVector, TextFound, TextLine
from ostraka.evidence.stack import Stack

DIMENSION = 4


def _open_file() -> None:
    Path("/etc/passwd").read_bytes()


def _make_file() -> None:
    os.open("/tmp/made-in-jail", os.O_CREAT | os.O_WRONLY)


def _open_socket() -> None:
    socket.socket(socket.AF_INET, socket.SOCK_STREAM)


def _fork() -> None:
    os.fork()


def _execute() -> None:
    os.execv("/bin/true", ["/bin/true"])


def _kill_parent() -> None:
    os.kill(os.getppid(), signal.SIGKILL)


def _crash() -> None:
    ctypes.string_at(0)


def _hang() -> None:
    while True:
        time.sleep(0.01)


def _devour() -> None:
    bytearray(8_000_000_000)


def _fail() -> None:
    raise ZeroDivisionError


ACTS: dict[str, Callable[[], None]] = {
    "behave": lambda: None,
    "open_file": _open_file,
    "make_file": _make_file,
    "open_socket": _open_socket,
    "fork": _fork,
    "execute": _execute,
    "kill_parent": _kill_parent,
    "crash": _crash,
    "hang": _hang,
    "devour": _devour,
    "fail": _fail,
}
FORGERIES = (
    "not_finite",
    "detection_over_one",
    "confidence_over_one",
    "long_line",
    "many_lines",
    "much_text",
)
_NAMES = (*ACTS, *FORGERIES)
_STEP = 12  # wider than what sanitising may move a colour by


def picture_that_asks(act: str) -> NDArray[np.uint8]:
    """Return a picture at which the extractor will do this."""
    return np.full((8, 8, 3), _STEP * _NAMES.index(act), np.uint8)


class ObedientExtractor:
    name = "obedient"
    version = "1"
    sha256 = "0" * 64
    preparation = "none"
    input_side_pixels = 8
    dimension = DIMENSION
    detection_names: tuple[str, ...] = ("obedient.seen",)

    def warm(self) -> None:
        pass

    def extract(
        self, pictures: Sequence[NDArray[np.uint8]]
    ) -> list[tuple[FloatVector, dict[str, float]]]:
        return [self._obey(_NAMES[_asked(picture)]) for picture in pictures]

    def _obey(self, act: str) -> tuple[FloatVector, dict[str, float]]:
        ACTS.get(act, lambda: None)()
        feature = np.nan if act == "not_finite" else 1.0
        detection = 1.5 if act == "detection_over_one" else 0.5
        return np.full(DIMENSION, feature, np.float32), {"obedient.seen": detection}


class ForgingReader:
    name = "forging"
    version = "1"
    sha256 = "0" * 64
    preparation = "none"

    def warm(self) -> None:
        pass

    def read(self, picture: NDArray[np.uint8]) -> TextFound:
        act = _NAMES[_asked(picture)]
        confidence = 2.0 if act == "confidence_over_one" else 0.9
        words = {"long_line": "x" * 10_000, "much_text": "x" * 1_000}.get(act, "words")
        line = TextLine(words, confidence, (0.0, 0.0, 1.0, 1.0))
        if act == "much_text":  # whoever holds the worker passes over what it does of itself
            vars(sys.modules["__main__"])["bound_text"] = lambda found, **_: found
        return TextFound((line,) * {"many_lines": 1_000, "much_text": 250}.get(act, 1), 0.0)


class CountingEmbedder:
    name = "counting"
    version = "1"
    sha256 = "0" * 64
    preparation = "none"
    dimension = DIMENSION

    def warm(self) -> None:
        pass

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), DIMENSION), np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            vector[len(text) % DIMENSION] = 1.0
        return vectors


def hostile_stack() -> Stack:
    """Return the stack; named on the pool's ``stack_source``."""
    return Stack((ObedientExtractor(),), ForgingReader(), CountingEmbedder())


def _asked(picture: NDArray[np.uint8]) -> int:
    return round(int(picture[0, 0, 0]) / _STEP) % len(_NAMES)
