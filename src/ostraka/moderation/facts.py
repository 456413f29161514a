"""What judging may know of a picture besides its evidence."""

from __future__ import annotations

from dataclasses import dataclass

from ostraka.intake.fingerprint import Fingerprint


@dataclass(frozen=True)
class PictureFacts:
    """Plain facts of one canonical picture: sizes in pixels, one fingerprint for each frame.

    ``frames_left_out``: frames of the original that the canonical picture lacks, where it is the
    original that will be shown; 0 where only the canonical picture ever is.
    """

    canonical_sha256: str
    width_pixels: int
    height_pixels: int
    fingerprints: tuple[Fingerprint, ...] = ()
    frames_left_out: int = 0
