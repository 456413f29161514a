"""Hostile bytes in, checked pictures out.

::

    from ostraka.intake import decode

    picture = decode(open("upload.gif", "rb").read())
    picture.frames  # decoded from picture.canonical, the only bytes to store and show

Bytes are decoded in a fresh jailed process each, bounded by :class:`ostraka.limits.Limits`, turned
upright, brought to sRGB, stripped of all metadata, and encoded anew outside the jail.
"""

from ostraka.intake.canonical import CanonicalFileError, decode_canonical, encode_canonical
from ostraka.intake.decode import Decoder, decode
from ostraka.intake.errors import (
    BrokenPictureError,
    DecodeMemoryError,
    DecoderCrashedError,
    DecoderDeniedError,
    DecoderUnavailableError,
    DecodeTimeoutError,
    ForgedAnswerError,
    PictureLimitError,
    UnsupportedFormatError,
)
from ostraka.intake.model import CheckedPicture, PictureFormat

__all__ = [
    "BrokenPictureError",
    "CanonicalFileError",
    "CheckedPicture",
    "DecodeMemoryError",
    "DecodeTimeoutError",
    "Decoder",
    "DecoderCrashedError",
    "DecoderDeniedError",
    "DecoderUnavailableError",
    "ForgedAnswerError",
    "PictureFormat",
    "PictureLimitError",
    "UnsupportedFormatError",
    "decode",
    "decode_canonical",
    "encode_canonical",
]
