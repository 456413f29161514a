"""What is remembered of a picture once it was looked at: facts, evidence, a thumbnail; no more."""

from __future__ import annotations

from dataclasses import dataclass

from ostraka.evidence.model import PictureEvidence
from ostraka.intake import CheckedPicture, PictureFormat
from ostraka.intake.fingerprint import Fingerprint
from ostraka.moderation.facts import PictureFacts


@dataclass(frozen=True, kw_only=True)
class PictureSummary:
    """Plain facts of a checked picture, without its pixels.

    ``declared_frames`` are those of the original; ``frames`` those that were kept and looked at.
    """

    original_sha256: str
    canonical_sha256: str
    format: PictureFormat
    width_pixels: int
    height_pixels: int
    frames: int
    declared_frames: int
    fingerprints: tuple[Fingerprint, ...]

    @classmethod
    def of(cls, picture: CheckedPicture) -> PictureSummary:
        """Return the facts of a checked picture."""
        return cls(
            original_sha256=picture.original_sha256,
            canonical_sha256=picture.canonical_sha256,
            format=picture.format,
            width_pixels=picture.width,
            height_pixels=picture.height,
            frames=len(picture.frames),
            declared_frames=picture.declared_frames,
            fingerprints=picture.fingerprints,
        )

    @property
    def facts(self) -> PictureFacts:
        """What judging may know of it, where the original stays what people see."""
        return PictureFacts(
            self.canonical_sha256,
            self.width_pixels,
            self.height_pixels,
            self.fingerprints,
            frames_left_out=max(0, self.declared_frames - self.frames),
        )


@dataclass(frozen=True)
class KnownPicture:
    """A picture that was looked at; ``thumbnail`` is a small JPEG file of its first frame."""

    summary: PictureSummary
    evidence: PictureEvidence
    thumbnail: bytes
