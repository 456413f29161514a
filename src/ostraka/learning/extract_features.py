"""Taking features of labelled pictures and lines, the way screening does, cached on disk.

Trusted pictures pass intake like any other. They are then looked at by the same networks on the
same sanitised pixels, in this process: the extractor's jail guards against what strangers send.
The text reader is spared where a picture is not asked for its text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ostraka.errors import OstrakaError
from ostraka.evidence.extract import extract_frames, extract_picture
from ostraka.evidence.extractor import PixelExtractor, TextEmbedder, TextReader
from ostraka.evidence.model import FrameEvidence, PictureEvidence, TextFound, TextLine, TextPart
from ostraka.evidence.sanitise import SANITISER
from ostraka.evidence.stack import Stack
from ostraka.evidence.windows import WINDOWS, normalise, window_texts
from ostraka.intake import CheckedPicture, Decoder
from ostraka.learning.evidence_cache import EvidenceCache
from ostraka.learning.progress import Progress
from ostraka.learning.sources.model import LabelledLine, LabelledPicture

_AT_ONCE = 64
"""Pictures in flight; the memory of a training does not grow with their number."""

_TEXT_KEPT = "lines and unreadable share"
_WHOLE_FRAME = (0.0, 0.0, 1.0, 1.0)


class _NoReader:
    """Stands in for the text reader where nobody asks for text."""

    name = "none"
    version = "0"
    sha256 = "0" * 64
    preparation = "none"

    def warm(self) -> None:
        """Load nothing."""

    def read(self, picture: NDArray[np.uint8]) -> TextFound:  # noqa: ARG002 -- the Protocol's name
        """Find nothing."""
        return TextFound()


@dataclass(frozen=True)
class Seen:
    """A picture and what the extractors saw in it."""

    picture: LabelledPicture
    content_sha256: str
    arrays: Mapping[str, NDArray[Any]]

    @property
    def violates(self) -> bool:
        """Whether the picture violates any policy that it is labelled for."""
        return any(self.picture.labels.values())

    def evidence(self, stack_id: str) -> PictureEvidence:
        """Return the evidence as screening would see it, of as much as was taken."""
        words = self.arrays["words"].tobytes().decode().splitlines()
        lines = tuple(TextLine(line, 1.0, _WHOLE_FRAME) for line in words)
        unreadable = float(self.arrays["unreadable"][0]) if "unreadable" in self.arrays else 0.0
        text = TextFound(lines, unreadable)
        frame = FrameEvidence(
            features=self.under("features/"),
            detections={name: float(v[0]) for name, v in self.under("detections/").items()},
            text=text,
        )
        windows = window_texts((frame,), "").windows
        parts = zip(windows, self.arrays["text"], strict=True)
        return PictureEvidence(
            stack_id=stack_id,
            canonical_sha256=self.content_sha256,
            frames=(frame,),
            text_parts=tuple(TextPart(o, w, features) for (o, w), features in parts),
        )

    def under(self, prefix: str) -> dict[str, NDArray[Any]]:
        """Return the arrays under a prefix, without it."""
        names = [name for name in self.arrays if name.startswith(prefix)]
        return {name[len(prefix) :]: self.arrays[name] for name in names}


@dataclass(frozen=True)
class Unreadable:
    """A picture that intake refused, and why; training goes on without it."""

    picture: LabelledPicture
    code: str


class FeatureTaker:
    """Takes features with one stack, several pictures at a time; open it before anything warms.

    The decoder's zygote starts with it: a zygote is never forked from a process that has threads,
    and engines start theirs when they are warmed.
    """

    def __init__(
        self, stack: Stack, *, cache_folder: Path, progress: Progress, jobs: int = 2
    ) -> None:
        self._stack = stack
        self._pixels_only = Stack(stack.pixel_extractors, _no_reader(), stack.text_embedder)
        makers = {
            "pixels": identity_of(*stack.pixel_extractors, prepared=SANITISER),
            "full": sha256(f"{stack.identity()} {_TEXT_KEPT}".encode()).hexdigest(),
            "line": identity_of(stack.text_embedder, prepared=WINDOWS),
        }
        self._caches = {kind: EvidenceCache(cache_folder, maker=m) for kind, m in makers.items()}
        self._progress = progress
        self._jobs = jobs
        self._decoder = Decoder()
        self.unreadable: list[Unreadable] = []

    def __enter__(self) -> Self:
        self._decoder.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._decoder.__exit__(kind, error, trace)

    def pictures(self, pictures: Sequence[LabelledPicture]) -> list[Seen]:
        """Return the pixel features of every readable picture, in order."""
        return list(self._each(pictures, kind="pixels"))

    def memes(self, pictures: Sequence[LabelledPicture]) -> list[Seen]:
        """Return pixel features and the text that is read in every picture, in order."""
        return list(self._each(pictures, kind="full"))

    def _each(self, pictures: Sequence[LabelledPicture], *, kind: str) -> Iterator[Seen]:
        self._progress.start(f"features ({kind})", total=len(pictures))
        with ThreadPoolExecutor(self._jobs) as threads:
            waiting = iter(pictures)
            while batch := list(islice(waiting, _AT_ONCE)):
                for found in threads.map(lambda p: self._one(p, kind), batch):
                    self._progress.advance()
                    if isinstance(found, Seen):
                        yield found
                    else:
                        self.unreadable.append(found)

    def _one(self, picture: LabelledPicture, kind: str) -> Seen | Unreadable:
        content = picture.load()
        cache = self._caches[kind]
        arrays = cache.find(content)
        if arrays is None:
            try:
                arrays = self._take(self._decoder.decode(content), kind)
            except OstrakaError as error:
                return Unreadable(picture, error.code)
            cache.keep(content, arrays)
        return Seen(picture, sha256(content).hexdigest(), arrays)

    def _take(self, checked: CheckedPicture, kind: str) -> dict[str, NDArray[Any]]:
        if kind == "pixels":
            frame = extract_frames(self._pixels_only, checked.frames[:1])[0]
            parts: list[NDArray[np.float32]] = []
        else:
            evidence = extract_picture(
                self._stack, checked.frames[:1], canonical_sha256=checked.canonical_sha256
            )
            frame, parts = evidence.frames[0], [part.features for part in evidence.text_parts]
        arrays: dict[str, NDArray[Any]] = {}
        arrays |= {f"features/{name}": value for name, value in frame.features.items()}
        arrays |= {
            f"detections/{name}": np.array([value], dtype=np.float32)
            for name, value in frame.detections.items()
        }
        width = self._stack.text_embedder.dimension
        arrays["text"] = np.array(parts, dtype=np.float32).reshape(len(parts), width)
        words = "\n".join(line.words for line in frame.text.lines)
        arrays["words"] = np.frombuffer(words.encode(), dtype=np.uint8).copy()
        arrays["unreadable"] = np.array([frame.text.unreadable_share])
        return arrays

    def lines(self, lines: Sequence[LabelledLine]) -> NDArray[np.float32]:
        """Return (lines, n) embeddings of true text, spelt as screening spells it."""
        self._progress.start("text lines", total=len(lines))
        return np.stack([self._line(normalise(line.words)) for line in lines])

    def _line(self, words: str) -> NDArray[np.float32]:
        cache = self._caches["line"]
        arrays = cache.find(words.encode())
        if arrays is None:
            arrays = {"text": self._stack.text_embedder.embed([words])[0]}
            cache.keep(words.encode(), arrays)
        self._progress.advance()
        return arrays["text"]


def identity_of(*parts: PixelExtractor | TextEmbedder, prepared: str) -> str:
    """Return a hash over what decides these parts' answers: they, and how their input is prepared.

    Narrower than a stack's identity, so that a change of the text reader does not cost the
    pixels' evidence.
    """
    described = [[part.name, part.version, part.sha256, part.preparation] for part in parts]
    return sha256(json.dumps([described, prepared]).encode()).hexdigest()


def _no_reader() -> TextReader:
    return _NoReader()
