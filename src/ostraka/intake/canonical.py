"""The canonical file: the only form in which a picture is stored, screened, shown or served.

It is encoded and decoded outside the jail, from plain pixels and by our own settings, so that no
byte of the sender's file survives in it. A still is JPEG at quality 92 without chroma subsampling:
coloured writing, which must stay legible to people and machines alike, is what subsampling blurs.
An animation is WebP, the one of the five that every browser animates at photographic quality.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageSequence

from ostraka.errors import InternalError

_STILL_QUALITY = 92
_NO_SUBSAMPLING = 0
_ANIMATION_QUALITY = 85
_ANIMATION_EFFORT = 2  # 0 (fast) to 6 (small); above 2 the time doubles for a few percent


class CanonicalFileError(InternalError):
    """Bytes that should be a canonical file of ours are not one."""

    code = "canonical_file"


def encode_canonical(frames: Sequence[NDArray[np.uint8]], *, frame_milliseconds: int = 0) -> bytes:
    """Return the canonical file of one or more uint8 (height, width, 3) sRGB frames.

    The same frames give the same bytes: no date, no random, no threads.
    """
    pictures = [Image.fromarray(frame, mode="RGB") for frame in frames]
    file = BytesIO()
    if len(pictures) == 1:
        pictures[0].save(file, "JPEG", quality=_STILL_QUALITY, subsampling=_NO_SUBSAMPLING)
    else:
        pictures[0].save(
            file,
            "WEBP",
            save_all=True,
            append_images=pictures[1:],
            duration=frame_milliseconds,
            loop=0,
            quality=_ANIMATION_QUALITY,
            method=_ANIMATION_EFFORT,
        )
    return file.getvalue()


def decode_canonical(canonical: bytes) -> tuple[NDArray[np.uint8], ...]:
    """Return the frames of a canonical file as uint8 (height, width, 3), equal neighbours merged.

    Raises:
        CanonicalFileError: The bytes are not a file that :func:`encode_canonical` wrote.
    """
    try:
        with Image.open(BytesIO(canonical), formats=("JPEG", "WEBP")) as picture:
            return tuple(
                # Converting what is RGB already would copy every pixel once more.
                np.array(frame if frame.mode == "RGB" else frame.convert("RGB"), dtype=np.uint8)
                for frame in ImageSequence.Iterator(picture)
            )
    except (OSError, SyntaxError, ValueError) as error:
        raise CanonicalFileError("a canonical file is damaged", detail=str(error)) from error
