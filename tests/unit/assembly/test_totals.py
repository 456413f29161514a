from __future__ import annotations

from ostraka.assembly.screening import Screened
from ostraka.assembly.totals import Totals
from ostraka.ensemble import Certificate, Outcome
from ostraka.moderation.verdict import Basis, PolicyVerdict, Verdict


def screened(*, base: Outcome) -> Screened:
    verdict = PolicyVerdict(
        "violence",
        Outcome.BLOCK,
        Outcome.BLOCK,
        Basis.VOTES,
        (5, 0, 0),
        Certificate(2, 2),
        base,
    )
    return Screened(name="a", verdict=Verdict("c" * 64, "1" * 64, (verdict,)))


def gain(*pictures: Screened) -> str:
    totals = Totals()
    for picture in pictures:
        totals.add(picture)
    return totals.sentences()[-1]


def test_where_members_changed_nothing_the_numbers_are_called_empty() -> None:
    assert gain(screened(base=Outcome.BLOCK)).endswith("are large, and empty.")


def test_where_they_changed_something_it_is_counted() -> None:
    both = gain(screened(base=Outcome.BLOCK), screened(base=Outcome.REVIEW))
    assert both == (
        "Contributors' rows changed 1 of 2 answers from what the trusted base alone would say."
    )
