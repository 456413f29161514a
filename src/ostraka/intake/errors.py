"""Why a picture was not taken in."""

from __future__ import annotations

from ostraka.errors import InternalError, LimitExceededError, SenderError, SuspectedAttackError


class UnsupportedFormatError(SenderError):
    """The first bytes are those of none of the five formats."""

    code = "unsupported_format"


class BrokenPictureError(SenderError):
    """The bytes begin like a picture but cannot be decoded to the end."""

    code = "broken_picture"


class DecoderCrashedError(BrokenPictureError):
    """The decoder died over the bytes, inside its jail; nothing else was touched."""

    code = "decoder_crashed"


class PictureLimitError(LimitExceededError):
    """The picture passes a declared limit; names resource, limit and actual value."""

    code = "picture_limit"


class DecodeTimeoutError(PictureLimitError):
    """The decoder was killed because it took longer than a picture may."""

    code = "decode_timeout"


class DecodeMemoryError(PictureLimitError):
    """The decoder asked for more memory than a picture may; how much more is not known."""

    code = "decode_memory"

    def __init__(self, limit_bytes: float) -> None:
        super().__init__("memory for decoding", limit=limit_bytes, actual=None, unit="bytes")


class DecoderDeniedError(SuspectedAttackError):
    """The decoder asked the kernel for what no decoder needs, and was killed for it."""

    code = "decoder_denied"


class ForgedAnswerError(SuspectedAttackError):
    """The decoder's answer breaks the form that an honest decoder keeps."""

    code = "decoder_forged_answer"


class DecoderUnavailableError(InternalError):
    """The decoder's jail could not be started, or ended without cause, twice."""

    code = "decoder_unavailable"
