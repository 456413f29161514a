from __future__ import annotations

import pytest

from ostraka.assembly.explaining.explain_text import counterfactual_words
from ostraka.assembly.explaining.explanation import Counterfactual
from ostraka.ensemble import Outcome


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Counterfactual(), "no few regions or words were found"),
        (
            Counterfactual(words=("kill",)),
            "without the word “kill” the votes would have said publish",
        ),
        (
            Counterfactual(words=("kill", "them"), outcome=Outcome.REVIEW),
            "without the words “kill”, “them” the votes would have said review",
        ),
        (
            Counterfactual(regions=((0, 6),)),
            "without this region the votes would have said publish: row 1 column 7",
        ),
        (
            Counterfactual(regions=tuple((row, 2) for row in range(1, 6))),
            (
                "without these 5 regions the votes would have said publish:"
                " within rows 2 to 6, columns 3 to 3"
            ),
        ),
    ],
)
def test_what_would_have_changed_it_is_one_sentence(found: Counterfactual, words: str) -> None:
    assert counterfactual_words(found).startswith(words)
