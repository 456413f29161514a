"""What the listing commands print as JSON; the schema is part of the interface."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ModelLine(_Line):
    """One extractor."""

    role: str
    name: str
    version: str
    sha256: str


class StackLine(_Line):
    """All extractors, and the identity that releases are bound to."""

    stack_id: str
    models: tuple[ModelLine, ...]


class AdoptedLine(_Line):
    """A larger model that was pinned."""

    model: str
    sha256: str
    dimension: int


class RuleLine(_Line):
    """One policy, and how the release in force judges it."""

    policy: str
    title: str
    text: str
    reads: str
    taught: bool
    votes_to_block: int
    votes_to_publish: int
    shards: int
    detectors: dict[str, float]


class CheckLine(_Line):
    """One thing that the doctor looked at; ``needed`` is what screening cannot do without."""

    check: str
    fine: bool
    needed: bool
    found: str


class RowDifferenceLine(_Line):
    """How the rows of one space differ from those of the release that was compared with."""

    space: str
    equal: bool
    shared_rows: int
    rows_only_here: int
    rows_only_there: int
    rows_otherwise: int
    entries_differ: int
    entries: int
    largest_step: int


class VerifiedLine(_Line):
    """A release that is what it claims to be; ``against`` is empty where none was compared with."""

    release_id: str
    signed_by: str
    rows: int
    sums: int
    heads: int
    against: tuple[RowDifferenceLine, ...]


class BankLine(_Line):
    """One bank, and how many fingerprints of each kind it holds."""

    bank: str
    blocked: int
    allowed: int


class BankAnswerLine(_Line):
    """What one bank says of one frame; ``source`` is empty and ``distance_bits`` null for none."""

    frame: int
    bank: str
    finding: str
    source: str
    distance_bits: int | None


class BankLookUpLine(_Line):
    """A picture's fingerprints, one for each frame, and every bank's answers."""

    fingerprints: tuple[str, ...]
    answers: tuple[BankAnswerLine, ...]
