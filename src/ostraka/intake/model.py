"""What intake hands on: pictures that are what they seem."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from ostraka.intake.fingerprint import Fingerprint


class PictureFormat(StrEnum):
    """The five formats that are taken in; nothing else is ever decoded."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    GIF = "gif"
    AVIF = "avif"


@dataclass(frozen=True, kw_only=True)
class DecodedPicture:
    """What the decoder says of hostile bytes: bounded sRGB pixels and the sizes declared.

    ``frames`` are uint8 (height, width, 3), all of one size; ``frame_milliseconds`` is the time
    each kept frame is shown, 0 for a still.
    """

    frames: tuple[NDArray[np.uint8], ...]
    declared_width: int
    declared_height: int
    declared_frames: int
    frame_milliseconds: int


@dataclass(frozen=True, kw_only=True)
class CheckedPicture:
    """A picture that was decoded in the jail and encoded anew outside it.

    ``frames`` are decoded from ``canonical`` itself, so what is scanned is what is stored and
    shown. The same original bytes give the same ``canonical_sha256``, always.
    """

    original_sha256: str
    format: PictureFormat
    declared_width: int
    declared_height: int
    declared_frames: int
    canonical: bytes
    canonical_sha256: str
    width: int
    height: int
    frames: tuple[NDArray[np.uint8], ...]
    fingerprints: tuple[Fingerprint, ...]

    @property
    def animated(self) -> bool:
        """Whether the canonical picture has more than one frame."""
        return len(self.frames) > 1
