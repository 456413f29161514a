"""What judging may know of a picture besides its evidence."""

from __future__ import annotations

from dataclasses import dataclass

from ostraka.intake.fingerprint import Fingerprint


@dataclass(frozen=True)
class PictureFacts:
    """Plain facts of one canonical picture: sizes in pixels, one fingerprint for each frame."""

    canonical_sha256: str
    width_pixels: int
    height_pixels: int
    fingerprints: tuple[Fingerprint, ...] = ()
