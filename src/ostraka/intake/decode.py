"""From hostile bytes to a checked picture."""

from __future__ import annotations

import atexit
import functools
import hashlib
import threading
from contextlib import nullcontext
from types import TracebackType
from typing import Self

from ostraka.intake.bounds import check
from ostraka.intake.canonical import decode_canonical, encode_canonical
from ostraka.intake.fingerprint import fingerprint
from ostraka.intake.jail import DecoderJail
from ostraka.intake.model import CheckedPicture
from ostraka.intake.sniff import sniff
from ostraka.limits import DEFAULT_LIMITS, Limits


class Decoder:
    """Owns the decoder's jail; a context manager, usable from several threads at once.

    Args:
        limits: bounds of every picture.
        jail: another jail than a new one.
        at_once: most children at a time, since each may take ``limits.decode_memory_bytes``.
    """

    def __init__(
        self,
        limits: Limits = DEFAULT_LIMITS,
        *,
        jail: DecoderJail | None = None,
        at_once: int | None = None,
    ) -> None:
        self._limits = limits
        self._jail = jail or DecoderJail(limits)
        self._slot = nullcontext() if at_once is None else threading.BoundedSemaphore(at_once)

    def decode(self, data: bytes) -> CheckedPicture:
        """Return the checked picture of these bytes; the same bytes always give the same one.

        Raises:
            SenderError: The bytes are refused; a limit names itself and the actual value.
            SuspectedAttackError: The decoder tried to leave its jail, or lied.
            DecoderUnavailableError: The jail cannot be kept up: hold the picture.
        """
        check("file_bytes", len(data), limits=self._limits)
        picture_format = sniff(data)
        with self._slot:
            decoded = self._jail.decode(data)
        canonical = encode_canonical(decoded.frames, frame_milliseconds=decoded.frame_milliseconds)
        frames = decode_canonical(canonical)
        height, width, _ = frames[0].shape
        return CheckedPicture(
            original_sha256=hashlib.sha256(data).hexdigest(),
            format=picture_format,
            declared_width=decoded.declared_width,
            declared_height=decoded.declared_height,
            declared_frames=decoded.declared_frames,
            canonical=canonical,
            canonical_sha256=hashlib.sha256(canonical).hexdigest(),
            width=width,
            height=height,
            frames=frames,
            fingerprints=tuple(fingerprint(frame) for frame in frames),
        )

    def close(self) -> None:
        """Stop the jail."""
        self._jail.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def decode(data: bytes, *, limits: Limits = DEFAULT_LIMITS) -> CheckedPicture:
    """Return the checked picture of these bytes, by a jail that the whole process shares.

    Raises: as :meth:`Decoder.decode`.
    """
    return _shared_decoder(limits).decode(data)


@functools.cache
def _shared_decoder(limits: Limits) -> Decoder:
    decoder = Decoder(limits)
    atexit.register(decoder.close)
    return decoder
