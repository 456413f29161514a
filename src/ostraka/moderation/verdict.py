"""What the system concludes: one verdict for each policy, with its certificate and its reasons."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ostraka.ensemble.certificate import Certificate
from ostraka.ensemble.vote import Outcome


class Basis(StrEnum):
    """What a policy's verdict rests on."""

    VOTES = "votes"
    NO_EVIDENCE = "no_evidence"
    """The policy reads text and there is none: nothing to vote on, no account can change that."""
    UNTAUGHT = "untaught"
    """The release holds no positive rows for the policy: public detectors may ask for review."""
    FAILED = "failed"
    """Evidence that the policy needs is missing or broken: a person must look."""


@dataclass(frozen=True)
class PolicyVerdict:
    """One policy's verdict: outcome, what it rests on, votes, certificate and reason words.

    ``model_outcome`` is the outcome of the votes alone; ``outcome`` may be more severe towards
    review, for the reasons named (codes of ``moderation.scrutiny``). ``votes`` is (block, benign,
    unsure); zeros where nothing was voted on. ``base_outcome`` is what the trusted base alone
    would have said, so that members' gain can always be reported beside the certificate.
    """

    policy: str
    outcome: Outcome
    model_outcome: Outcome
    basis: Basis
    votes: tuple[int, int, int] = (0, 0, 0)
    certificate: Certificate | None = None
    base_outcome: Outcome | None = None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """The verdict on one canonical picture: bound to its bytes and to the release that judged."""

    canonical_sha256: str
    release_id: str
    policies: tuple[PolicyVerdict, ...]

    @property
    def outcome(self) -> Outcome:
        """The most severe outcome of all policies."""
        return max((p.outcome for p in self.policies), key=lambda o: o.severity)
