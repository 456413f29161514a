"""One picture as one line of JSON; the schema is part of the interface."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict

from ostraka.assembly.screening import Screened
from ostraka.ensemble import Outcome
from ostraka.intake import PictureFormat
from ostraka.moderation.verdict import Basis, PolicyVerdict


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", from_attributes=True)


class VotesLine(_Line):
    """Heads that voted, of the frame or text that decided."""

    block: int
    benign: int
    unsure: int


class CertificateLine(_Line):
    """How many accounts the votes hold against (``docs/explanation/certificates.md``)."""

    held: int
    no_silent_publish: int


class PolicyLine(_Line):
    """One policy's verdict."""

    policy: str
    outcome: Outcome
    model_outcome: Outcome
    basis: Basis
    votes: VotesLine
    certificate: CertificateLine | None
    base_outcome: Outcome | None
    reasons: tuple[str, ...]

    @classmethod
    def of(cls, verdict: PolicyVerdict) -> Self:
        """Return the line of a verdict."""
        block, benign, unsure = verdict.votes
        return cls(
            policy=verdict.policy,
            outcome=verdict.outcome,
            model_outcome=verdict.model_outcome,
            basis=verdict.basis,
            votes=VotesLine(block=block, benign=benign, unsure=unsure),
            certificate=CertificateLine.model_validate(verdict.certificate)
            if verdict.certificate
            else None,
            base_outcome=verdict.base_outcome,
            reasons=verdict.reasons,
        )


class RefusalLine(_Line):
    """Why there is no verdict."""

    code: str
    words: str


class PictureLine(_Line):
    """Facts of a picture that was decoded; ``frames`` of ``declared_frames`` were looked at."""

    original_sha256: str
    canonical_sha256: str
    format: PictureFormat
    width_pixels: int
    height_pixels: int
    frames: int
    declared_frames: int


class ScanLine(_Line):
    """One line of ``ostraka scan --json``. ``outcome``: publish, review, block or held."""

    name: str
    outcome: str
    release_id: str | None
    policies: tuple[PolicyLine, ...]
    refusal: RefusalLine | None
    picture: PictureLine | None
    remembered: bool

    @classmethod
    def of(cls, screened: Screened) -> Self:
        """Return the line of a screened picture."""
        verdict, refusal, picture = screened.verdict, screened.refusal, screened.picture
        return cls(
            name=screened.name,
            outcome=screened.outcome,
            release_id=verdict.release_id if verdict else None,
            policies=tuple(map(PolicyLine.of, verdict.policies)) if verdict else (),
            refusal=RefusalLine.model_validate(refusal) if refusal else None,
            picture=PictureLine.model_validate(picture) if picture else None,
            remembered=screened.remembered,
        )
