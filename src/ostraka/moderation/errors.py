"""What can go wrong while a picture is judged."""

from __future__ import annotations

from ostraka.errors import InternalError


class EvidenceMismatchError(InternalError):
    """Evidence of one stack of extractors was about to be weighed by heads of another."""

    code = "evidence_stack_mismatch"

    def __init__(self, *, expected: str, actual: str) -> None:
        super().__init__(
            f"the evidence comes from extractor stack {actual[:12]},"
            f" the release was made for {expected[:12]}"
        )
        self.expected = expected
        self.actual = actual
