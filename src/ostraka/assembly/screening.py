"""The pipeline: untrusted bytes to verdicts, many at a time, in bounded memory.

Whatever goes wrong with one picture holds that picture and nothing else. At most a few pictures
are on their way at once, so memory does not grow with how many there are.
"""

from __future__ import annotations

import hashlib
import logging
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ostraka.assembly.finding.untrusted import UntrustedPicture
from ostraka.assembly.refused import RefusedLately
from ostraka.assembly.remembering.evidence_cache import EvidenceCache, EvidenceKey, cache_key
from ostraka.assembly.remembering.known_picture import KnownPicture, PictureSummary
from ostraka.assembly.thumbnail import thumbnail
from ostraka.assembly.turns import Turns
from ostraka.errors import OstrakaError, SenderError
from ostraka.evidence.model import PictureEvidence
from ostraka.intake import CheckedPicture
from ostraka.moderation.judge import Judge
from ostraka.moderation.screen import Surroundings, judge_evidence
from ostraka.moderation.suspect import KnownPictures
from ostraka.moderation.verdict import Verdict
from ostraka.moderation.views import VIEW_COUNT, other_view

HELD = "held"
_THREADS_FOR_EACH_WORKER = 2
_ON_THEIR_WAY_FOR_EACH_WORKER = 4

_log = logging.getLogger(__name__)


class Decodes(Protocol):
    """What the pipeline asks of intake."""

    def decode(self, data: bytes) -> CheckedPicture:
        """Return the checked picture of hostile bytes, or raise."""


class TakesEvidence(Protocol):
    """What the pipeline asks of the extractors."""

    jobs: int
    stack_id: str

    def extract(
        self,
        frames: Sequence[NDArray[np.uint8]],
        *,
        canonical_sha256: str,
        caption: str = "",
        read_text: bool = True,
    ) -> PictureEvidence:
        """Return the evidence of one checked picture, or raise."""


@dataclass(frozen=True)
class Refusal:
    """Why a picture is held: a stable code, and words that are safe to show."""

    code: str
    words: str


@dataclass(frozen=True, kw_only=True)
class Screened:
    """What became of one file: a verdict, or a refusal; never neither, never both.

    ``remembered``: the evidence was taken on an earlier run. ``words``: the text in the picture,
    each line once however many frames show it.
    """

    name: str
    verdict: Verdict | None = None
    refusal: Refusal | None = None
    picture: PictureSummary | None = None
    thumbnail: bytes = b""
    words: str = ""
    caption: str = ""
    remembered: bool = False

    @property
    def outcome(self) -> str:
        """``publish``, ``review``, ``block``, or ``held`` where there is no verdict."""
        return HELD if self.verdict is None else self.verdict.outcome.value


@dataclass(frozen=True)
class Looked:
    """A picture's evidence, and its checked picture for whoever needs the pixels again.

    ``decoded`` decodes at most once, and not at all where the picture was decoded just now.
    """

    known: KnownPicture
    decoded: Callable[[], CheckedPicture]
    remembered: bool


@dataclass(frozen=True, kw_only=True)
class Screening:
    """Everything that screens, put together; may be asked from several threads at once."""

    decoder: Decodes
    extractors: TakesEvidence
    judge: Judge
    cache: EvidenceCache
    view_secret: bytes
    known: KnownPictures | None = None
    turns: Turns
    refused: RefusedLately = field(default_factory=RefusedLately)

    def screen_all(self, pictures: Iterable[UntrustedPicture]) -> Generator[Screened, None, None]:
        """Yield what became of every picture, in their order, while later ones are on their way."""
        workers = self.extractors.jobs
        waiting: deque[Future[Screened]] = deque()
        threads = ThreadPoolExecutor(workers * _THREADS_FOR_EACH_WORKER, "screen")
        try:
            for picture in pictures:
                waiting.append(threads.submit(self.screen, picture))
                if len(waiting) >= workers * _ON_THEIR_WAY_FOR_EACH_WORKER:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            # Also when the operator stops the run: what is half done finishes, nothing new starts.
            threads.shutdown(cancel_futures=True)

    def screen(self, picture: UntrustedPicture) -> Screened:
        """Return what became of one picture; any fault holds it."""
        try:
            return self._screen(picture)
        except OstrakaError as error:
            _log.info("%s is held: %s %s", picture.name, error.code, error.detail)
            refusal = Refusal(error.code, str(error))
        except Exception:  # noqa: BLE001 -- the edge: a picture that breaks us is held, whatever broke
            _log.exception("%s is held", picture.name)
            refusal = Refusal("fault", "our fault: an unexpected error; see --debug")
        return Screened(name=picture.name, refusal=refusal, caption=picture.caption)

    def look(self, data: bytes, *, caption: str) -> Looked:
        """Return a picture's evidence, remembered or taken now."""
        sha256 = hashlib.sha256(data).hexdigest()
        key = self._key(sha256, caption=caption)
        decoded = cache(lambda: self._decoded(data, sha256))
        with self.turns.of(key.name):
            known = self.cache.find(key)
            if known is not None:
                return Looked(known, decoded, remembered=True)
            known = self._look_afresh(decoded(), caption=caption)
            self.cache.keep(key, known)
            return Looked(known, decoded, remembered=False)

    def _decoded(self, data: bytes, sha256: str) -> CheckedPicture:
        """Return the checked picture; bytes that were refused lately are refused at once."""
        self.refused.check(sha256)
        try:
            return self.decoder.decode(data)
        except SenderError as error:
            self.refused.remember(sha256, error)
            raise

    def verdict(self, looked: Looked, *, caption: str) -> Verdict:
        """Return the verdict on a picture that was looked at."""
        around = Surroundings(
            facts=looked.known.summary.facts,
            caption=caption,
            known=self.known,
            views=[partial(self._view, looked, index) for index in range(VIEW_COUNT)],
        )
        return judge_evidence(self.judge, looked.known.evidence, around=around)

    def _screen(self, picture: UntrustedPicture) -> Screened:
        data = picture.read()
        looked = self.look(data, caption=picture.caption)
        known = looked.known
        return Screened(
            name=picture.name,
            verdict=self.verdict(looked, caption=picture.caption),
            picture=known.summary,
            thumbnail=known.thumbnail,
            words=_found_words(known.evidence),
            caption=picture.caption,
            remembered=looked.remembered,
        )

    def _look_afresh(self, picture: CheckedPicture, *, caption: str) -> KnownPicture:
        evidence = self.extractors.extract(
            picture.frames, canonical_sha256=picture.canonical_sha256, caption=caption
        )
        return KnownPicture(PictureSummary.of(picture), evidence, thumbnail(picture.frames[0]))

    def _view(self, looked: Looked, index: int) -> PictureEvidence:
        """Return the evidence of one crop or re-encoding, remembered like the picture's own."""
        summary = looked.known.summary
        key = self._key(summary.original_sha256, view=f"{index}/{self._view_identity}")
        known = self.cache.find(key)
        if known is None:
            sha256 = summary.canonical_sha256
            frames = [
                other_view(frame, secret=self.view_secret, canonical_sha256=sha256, index=index)
                for frame in looked.decoded().frames
            ]
            evidence = self.extractors.extract(frames, canonical_sha256=sha256, read_text=False)
            known = KnownPicture(summary, evidence, thumbnail=b"")
            self.cache.keep(key, known)
        return known.evidence

    @property
    def _view_identity(self) -> str:
        return hashlib.sha256(b"ostraka view identity\0" + self.view_secret).hexdigest()

    def _key(self, original_sha256: str, *, caption: str = "", view: str = "") -> EvidenceKey:
        return cache_key(original_sha256, self.extractors.stack_id, caption=caption, view=view)


def _found_words(evidence: PictureEvidence) -> str:
    lines = (line.words.strip() for frame in evidence.frames for line in frame.text.lines)
    return " ".join(dict.fromkeys(line for line in lines if line))
