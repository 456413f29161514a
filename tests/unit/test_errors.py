from __future__ import annotations

import pytest

from ostraka.errors import LimitExceededError


@pytest.mark.parametrize(
    ("limit", "actual", "words"),
    [
        (20_000_000, 20_000_001, "20,000,001 bytes is over the limit of 20,000,000 bytes"),
        (20_000_000.0, 20_000_001.0, "20,000,001 bytes is over the limit of 20,000,000 bytes"),
        (2**60, 2**60 + 1, f"{2**60 + 1:,} bytes is over the limit of {2**60:,} bytes"),
        (20, 23.4567, "23.46 bytes is over the limit of 20 bytes"),
        (20, 20.0004, "20.0004 bytes is over the limit of 20 bytes"),
        (0.5, 1200.5, "1,200.5 bytes is over the limit of 0.5 bytes"),
        (20, None, "more than the limit of 20 bytes"),
        (20, float("inf"), "inf bytes is over the limit of 20 bytes"),
    ],
)
def test_a_limit_is_told_from_the_value_that_passed_it(
    limit: float, actual: float | None, words: str
) -> None:
    error = LimitExceededError("size", limit=limit, actual=actual, unit="bytes")
    assert str(error) == f"size: {words}"
    assert (error.limit, error.actual) == (limit, actual)


def test_what_has_no_unit_is_a_plain_number() -> None:
    error = LimitExceededError("files in the archive", limit=100_000, actual=100_001)
    assert str(error) == "files in the archive: 100,001 is over the limit of 100,000"
