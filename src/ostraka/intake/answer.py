"""The decoder's answer in shared memory: a fixed header, then raw pixels.

The child writes it, so every byte of it may be forged: the reader takes numbers alone, believes
none that passes a limit, and makes every message itself.
"""

from __future__ import annotations

import math
import struct
from enum import IntEnum
from typing import NamedTuple, NoReturn

import numpy as np
from numpy.typing import NDArray

from ostraka.errors import OstrakaError
from ostraka.intake.bounds import RESOURCES, check
from ostraka.intake.errors import (
    BrokenPictureError,
    DecodeMemoryError,
    DecoderCrashedError,
    ForgedAnswerError,
    PictureLimitError,
    UnsupportedFormatError,
)
from ostraka.intake.model import DecodedPicture
from ostraka.limits import Limits

_MAGIC = 0x314B5453
_CHANNELS = 3
_PIXELS_AT = 256
_LIMIT_NAMES = tuple(RESOURCES)


class _Status(IntEnum):
    SILENT = 0  # what the zeroed buffer says of itself
    DECODED = 1
    BROKEN = 2
    UNSUPPORTED = 3
    OVER_LIMIT = 4
    OUT_OF_MEMORY = 5


class _Header(NamedTuple):
    magic: int = _MAGIC
    status: int = _Status.SILENT
    frames: int = 0
    width: int = 0
    height: int = 0
    declared_width: int = 0
    declared_height: int = 0
    declared_frames: int = 0
    frame_milliseconds: int = 0
    limit_index: int = 0
    actual: float = 0.0
    reason: bytes = b""


_LAYOUT = struct.Struct("<10Id64s")


def answer_bytes(limits: Limits) -> int:
    """Return the size of a buffer that holds every answer these limits allow."""
    still = int(limits.canonical_side_pixels) ** 2
    animation = int(limits.animation_kept_frames) * int(limits.canonical_frame_side_pixels) ** 2
    return _PIXELS_AT + _CHANNELS * max(still, animation)


def write_decoded(view: memoryview, decoded: DecodedPicture) -> None:
    """Write pixels and, last, the header that declares them."""
    height, width, _ = decoded.frames[0].shape
    at = _PIXELS_AT
    for frame in decoded.frames:
        view[at : at + frame.nbytes] = frame.reshape(-1).data
        at += frame.nbytes
    _write(
        view,
        _Header(
            status=_Status.DECODED,
            frames=len(decoded.frames),
            width=width,
            height=height,
            declared_width=decoded.declared_width,
            declared_height=decoded.declared_height,
            declared_frames=decoded.declared_frames,
            frame_milliseconds=decoded.frame_milliseconds,
        ),
    )


def write_refusal(view: memoryview, error: Exception) -> None:
    """Write why the picture was refused: a status, a limit's index and value, a log's word."""
    detail = error.detail if isinstance(error, OstrakaError) else type(error).__name__
    reason = detail.encode("ascii", "replace")
    if isinstance(error, DecodeMemoryError | MemoryError):
        _write(view, _Header(status=_Status.OUT_OF_MEMORY))
    elif isinstance(error, PictureLimitError):
        index, actual = _LIMIT_NAMES.index(error.detail), error.actual or 0.0
        _write(view, _Header(status=_Status.OVER_LIMIT, limit_index=index, actual=actual))
    elif isinstance(error, UnsupportedFormatError):
        _write(view, _Header(status=_Status.UNSUPPORTED))
    else:
        _write(view, _Header(status=_Status.BROKEN, reason=reason))


def read_answer(view: memoryview, *, limits: Limits) -> DecodedPicture:
    """Return what an untrusted child claims, copied out and held against every limit.

    Raises:
        SenderError: The child refused the picture.
        DecoderCrashedError: It left without an answer.
        ForgedAnswerError: The answer is not one that our decoder writes.
    """
    header = _Header(*_LAYOUT.unpack_from(view))
    if header.status == _Status.SILENT:
        raise DecoderCrashedError("the decoder ended without an answer")
    if header.magic != _MAGIC or header.status not in set(_Status):
        raise _forged("unknown form")
    if header.status != _Status.DECODED:
        _raise_refusal(header, limits)
    _believe_sizes(header, limits)
    return DecodedPicture(
        frames=_frames(view, header),
        declared_width=header.declared_width,
        declared_height=header.declared_height,
        declared_frames=header.declared_frames,
        frame_milliseconds=header.frame_milliseconds,
    )


def _write(view: memoryview, header: _Header) -> None:
    _LAYOUT.pack_into(view, 0, *header)


def _raise_refusal(header: _Header, limits: Limits) -> NoReturn:
    if header.status == _Status.OVER_LIMIT:
        if header.limit_index >= len(_LIMIT_NAMES) or not math.isfinite(header.actual):
            raise _forged("unknown limit")
        check(_LIMIT_NAMES[header.limit_index], header.actual, limits=limits)
        raise _forged("refused within the limit")
    if header.status == _Status.OUT_OF_MEMORY:
        raise DecodeMemoryError(limits.decode_memory_bytes)
    if header.status == _Status.UNSUPPORTED:
        raise UnsupportedFormatError("not a picture in one of the supported formats")
    raise BrokenPictureError(
        "the file is broken: it cannot be decoded to its end", detail=_printable(header.reason)
    )


def _believe_sizes(header: _Header, limits: Limits) -> None:
    """Refuse sizes that an honest decoder cannot have written."""
    side = (
        limits.canonical_side_pixels if header.frames == 1 else limits.canonical_frame_side_pixels
    )
    if not 1 <= header.frames <= min(limits.animation_kept_frames, header.declared_frames):
        raise _forged("frames")
    if not (1 <= header.width <= side and 1 <= header.height <= side):
        raise _forged("size")
    declared = (header.declared_width, header.declared_height)
    if min(declared) < 1 or max(declared) > limits.picture_side_pixels:
        raise _forged("declared size")
    if declared[0] * declared[1] > limits.picture_pixels:
        raise _forged("declared area")
    if header.declared_frames > limits.animation_frames:
        raise _forged("declared frames")


def _frames(view: memoryview, header: _Header) -> tuple[NDArray[np.uint8], ...]:
    shape = (header.frames, header.height, header.width, _CHANNELS)
    claimed = np.frombuffer(view, dtype=np.uint8, count=math.prod(shape), offset=_PIXELS_AT)
    return tuple(claimed.reshape(shape).copy())


def _forged(what: str) -> ForgedAnswerError:
    return ForgedAnswerError("the decoder gave an impossible answer", detail=what)


def _printable(reason: bytes) -> str:
    return "".join(chr(byte) for byte in reason if 0x20 <= byte < 0x7F)  # noqa: PLR2004 - ASCII's printable range
