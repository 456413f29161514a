"""Evidence from jailed workers: every core busy, every bound kept, one crash costs one picture."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from ostraka.errors import LimitExceededError, OstrakaError
from ostraka.evidence.errors import (
    ExtractorCrashedError,
    ExtractorFailedError,
    ExtractorStartError,
    NurseryLostError,
    PoolClosedError,
    TooManyPixelsError,
)
from ostraka.evidence.layout import (
    ANSWERED,
    LENGTH_BYTES,
    Reader,
    Writer,
    forged,
    read_evidence,
    read_vectors,
    write_frames,
    write_texts,
)
from ostraka.evidence.model import FrameEvidence, PictureEvidence, TextPart
from ostraka.evidence.nursery import Nursery, Worker, death
from ostraka.evidence.windows import WindowedText, normalise, window_texts
from ostraka.limits import DEFAULT_LIMITS, Limits

Pixels = NDArray[np.uint8]
_Result = TypeVar("_Result")

DEFAULT_STACK: Final = "ostraka.evidence.stack:default_stack"
_TEXTS_A_TURN: Final = 64
_COLOURS: Final = 3
_UTF8_BYTES: Final = 4
_HEADER_BYTES: Final = 4_096
_NAME_BYTES: Final = 80


@dataclass
class _Place:
    """Where a worker stands while nobody uses it; empty after its worker was ended."""

    worker: Worker | None = None


class ExtractorPool:
    """Persistent, sealed extractor workers; any number of threads may ask at once.

    Args:
        jobs: workers; None means one for each processor that this process may use.
        limits: bounds in force; time and memory are a worker's, for one picture.
        stack_source: what builds the stack (see :func:`ostraka.evidence.worker.named_stack`).

    Raises:
        ExtractorStartError: a model or the jail is missing on this machine.
    """

    def __init__(
        self,
        jobs: int | None = None,
        limits: Limits = DEFAULT_LIMITS,
        *,
        stack_source: str = DEFAULT_STACK,
    ) -> None:
        self.jobs = jobs or len(os.sched_getaffinity(0))
        self._limits = limits
        self._stack_source = stack_source
        self._closed = False
        self._lock = threading.Lock()
        self._nursery = Nursery(stack_source, limits)
        self.stack_id = self._nursery.stack_id
        self._shape = self._nursery.shape
        self._idle: queue.LifoQueue[_Place] = queue.LifoQueue()
        try:
            for _ in range(self.jobs):
                place = _Place()
                self._refill(place)
                self._idle.put(place)
        except BaseException:
            self.close()
            raise

    def extract(
        self,
        frames: Sequence[Pixels],
        *,
        canonical_sha256: str,
        caption: str = "",
        read_text: bool = True,
    ) -> PictureEvidence:
        """Return the evidence of one checked picture; blocks until a worker is free.

        Args:
            frames: the picture's frames, uint8 (height, width, 3).
            canonical_sha256: what the evidence is bound to.
            caption: words that belong to the picture.
            read_text: False where nobody will ask for the text in the picture: half the work. Such
                evidence must never decide a policy that reads text.

        Raises:
            TooManyPixelsError: more or larger frames than a checked picture has.
            ExtractorTimeoutError, ExtractorCrashedError, ExtractorFailedError: this picture's
                evidence is lost; the worker is replaced and others are not touched.
            ExtractorDeniedError, ForgedEvidenceError: as above, and hardly by accident.
            NurseryLostError: the process that holds the models died under it twice.
        """
        self._check_frames(frames)
        # Normalised before it is cut, or invisible characters would push words out of sight; one
        # character too many is kept, so that an over-long caption is still seen to be over-long.
        caption = normalise(caption)[: int(self._limits.text_characters) + 1]

        def look(worker: Worker) -> tuple[list[FrameEvidence], WindowedText, NDArray[np.float32]]:
            with worker.given.view as view:
                write_frames(Writer(view), frames, caption, read_text=read_text)
            reader = self._asked(worker)
            found = read_evidence(reader, self._shape, frame_count=len(frames), limits=self._limits)
            # The windows are worked out here again: a worker sends vectors for them, never words.
            text = window_texts(found, caption, limits=self._limits)
            return found, text, read_vectors(reader, self._shape, count=len(text.windows))

        found, text, vectors = self._with_worker(look)
        parts = tuple(
            TextPart(origin, words, vector)
            for (origin, words), vector in zip(text.windows, vectors, strict=True)
        )
        return PictureEvidence(self.stack_id, canonical_sha256, tuple(found), parts, text.truncated)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return float32 (len(texts), dimension): texts on their own, normalised like windows."""
        plain = [normalise(text) for text in texts]
        for text in plain:
            if len(text) > self._limits.text_characters:
                raise LimitExceededError(
                    "characters of one text", limit=self._limits.text_characters, actual=len(text)
                )
        turns = [plain[i : i + _TEXTS_A_TURN] for i in range(0, len(plain), _TEXTS_A_TURN)]
        empty = np.zeros((0, self._shape.text_dimension), np.float32)
        with ThreadPoolExecutor(self.jobs) as threads:
            return np.concatenate([empty, *threads.map(self._embed_turn, turns)])

    def worker_pids(self) -> tuple[int, ...]:
        """Return the process numbers of the nursery and its idle workers, for measurements."""
        workers = [place.worker for place in list(self._idle.queue)]
        return (self._nursery.pid, *(worker.pid for worker in workers if worker is not None))

    def close(self) -> None:
        """End all workers; whoever asks from now on gets :class:`PoolClosedError`."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        for place in list(self._idle.queue):
            self._emptied(place)
        self._nursery.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _embed_turn(self, texts: Sequence[str]) -> NDArray[np.float32]:
        def embed(worker: Worker) -> NDArray[np.float32]:
            with worker.given.view as view:
                write_texts(Writer(view), texts)
            return read_vectors(self._asked(worker), self._shape, count=len(texts))

        return self._with_worker(embed)

    def _asked(self, worker: Worker) -> Reader:
        """Have the worker obey and return a private copy of its answer, to be read with care."""
        outcome = worker.ask(timeout_seconds=self._limits.extract_seconds)
        # Copied before it is looked at: the worker could change it between check and use.
        with worker.answer.view as view:
            length = int.from_bytes(view[:LENGTH_BYTES], "little")
            if length > len(view) - LENGTH_BYTES:
                raise forged(ValueError(f"{length} bytes of answer"))
            content = bytes(view[LENGTH_BYTES : LENGTH_BYTES + length])
        if outcome != ANSWERED:
            raise ExtractorFailedError(
                "an extractor failed at this picture", detail=repr(content[:_NAME_BYTES])
            )
        return Reader(content)

    def _with_worker(self, act: Callable[[Worker], _Result]) -> _Result:
        """Return what ``act`` makes of a worker; where the nursery dies under it, once again."""
        try:
            with self._worker() as worker:
                return act(worker)
        except NurseryLostError:
            with self._worker() as worker:
                return act(worker)

    @contextmanager
    def _worker(self) -> Iterator[Worker]:
        """Lend a living worker; whatever goes wrong with it, replace it and free its place."""
        place = self._idle.get()
        try:
            yield self._living(place)
        except BaseException as fault:
            cause = self._emptied(place)
            if isinstance(fault, ExtractorCrashedError) and cause is not None:
                raise cause from fault
            raise
        finally:
            self._idle.put(place)

    def _living(self, place: _Place) -> Worker:
        if self._closed:
            raise PoolClosedError("the pool of extractors is closed")
        if place.worker is None or not place.worker.is_alive():
            self._refill(place)
        assert place.worker is not None
        return place.worker

    def _emptied(self, place: _Place) -> OstrakaError | None:
        """End the worker of a place; say what its end stood for."""
        worker, place.worker = place.worker, None
        return death(worker.end()) if worker is not None else None

    def _refill(self, place: _Place) -> None:
        """Put a living worker in a place."""
        self._emptied(place)
        place.worker = self._living_nursery().fork(
            given_bytes=_given_bytes(self._limits), answer_bytes=self._answer_bytes()
        )

    def _living_nursery(self) -> Nursery:
        """Return the nursery; if it died, start it again first."""
        with self._lock:
            if self._closed:
                raise PoolClosedError("the pool of extractors is closed")
            if not self._nursery.is_alive():
                self._nursery.close()
                self._nursery = Nursery(self._stack_source, self._limits)
            if self._nursery.stack_id != self.stack_id:
                raise ExtractorStartError("the models changed on disk while the pool was running")
            return self._nursery

    def _answer_bytes(self) -> int:
        frames, parts = self._limits.animation_kept_frames, self._limits.text_parts
        texts = max(int(parts), _TEXTS_A_TURN)
        return LENGTH_BYTES + self._shape.answer_bytes(frames=int(frames), texts=texts)

    def _check_frames(self, frames: Sequence[Pixels]) -> None:
        most = self._limits.animation_kept_frames
        if not 1 <= len(frames) <= most:
            raise TooManyPixelsError("frames of one picture", limit=most, actual=len(frames))
        for frame in frames:
            if frame.dtype != np.uint8 or frame.ndim != 3 or 0 in frame.shape:  # noqa: PLR2004 - height, width, colour
                raise TypeError("a frame is a filled uint8 array of (height, width, 3)")
            if frame.shape[2] != _COLOURS:
                raise TypeError("a frame has three colours")
        total = sum(frame.nbytes for frame in frames)
        bound = _pixel_bytes(self._limits)
        if total > bound:
            raise TooManyPixelsError("pixels of one picture", limit=bound, actual=total, unit="B")


def _pixel_bytes(limits: Limits) -> int:
    """Return the most bytes of pixels that a checked picture holds."""
    still = limits.canonical_side_pixels**2
    animation = limits.animation_kept_frames * limits.canonical_frame_side_pixels**2
    return _COLOURS * int(max(still, animation))


def _given_bytes(limits: Limits) -> int:
    """Return the size of a worker's inbox: a picture and its caption, or a turn of texts."""
    text = _UTF8_BYTES * 2 * int(limits.text_characters)
    return _HEADER_BYTES + max(_pixel_bytes(limits) + text, _TEXTS_A_TURN * text)
