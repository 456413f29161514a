"""Two trainings beside each other, row by row: is a rebuilt release the one that was shipped?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ostraka.evidence.model import Space
from ostraka.learning.row_table import RowTable


@dataclass(frozen=True)
class RowDifference:
    """How the rows of one space differ between two releases; a space that one lacks has no rows.

    ``only_here`` and ``only_there`` count rows of content that the other release lacks. Of the
    ``shared`` rows, ``otherwise`` differ in labels, contributor, source, concept or data set, and
    ``entries`` of ``all_entries`` vector entries differ, by at most ``most``.
    """

    space: Space
    shared: int
    only_here: int
    only_there: int
    otherwise: int
    entries: int
    all_entries: int
    most: int

    @property
    def none(self) -> bool:
        """Whether the rows are equal bit for bit."""
        return not (self.only_here or self.only_there or self.otherwise or self.entries)


def compare_rows(
    here: Mapping[Space, RowTable], there: Mapping[Space, RowTable]
) -> tuple[RowDifference, ...]:
    """Return the difference of each space that either release was taught.

    Pictures are drawn, decoded and canonicalised to the same bytes everywhere, but networks give
    other last bits on other processors, and some entries then round to the neighbouring integer.
    """
    spaces = [*here, *(space for space in there if space not in here)]
    return tuple(_compare_space(here.get(space), there.get(space)) for space in spaces)


def _compare_space(here: RowTable | None, there: RowTable | None) -> RowDifference:
    known = there if here is None else here
    assert known is not None
    nothing = known.select(np.empty(0, dtype=np.intp))
    return _compare(nothing if here is None else here, nothing if there is None else there)


def _compare(here: RowTable, there: RowTable) -> RowDifference:
    places_here, places_there = _places(here), _places(there)
    both = sorted(places_here.keys() & places_there.keys())
    mine = here.select(np.array([places_here[name] for name in both], dtype=np.intp))
    yours = there.select(np.array([places_there[name] for name in both], dtype=np.intp))
    same_width = mine.vectors.shape == yours.vectors.shape
    apart = np.abs(mine.vectors - yours.vectors) if same_width else np.abs(mine.vectors)
    columns = ("labels", "contributors", "sources", "concepts", "datasets")
    otherwise = np.full(len(both), here.policies != there.policies)
    for column in columns if here.policies == there.policies else ():
        differs = getattr(mine, column) != getattr(yours, column)
        otherwise |= differs.any(axis=tuple(range(1, differs.ndim)))
    return RowDifference(
        space=here.space,
        shared=len(both),
        only_here=len(places_here) - len(both),
        only_there=len(places_there) - len(both),
        otherwise=int(otherwise.sum()),
        entries=int((apart > 0).sum()),
        all_entries=int(apart.size),
        most=int(apart.max(initial=0)),
    )


def _places(table: RowTable) -> dict[tuple[str, int], int]:
    """Return where each row is, by its content and its number among rows of that content."""
    seen: dict[str, int] = {}
    places = {}
    for place, content in enumerate(table.content_sha256.tolist()):
        seen[content] = seen.get(content, 0) + 1
        places[content, seen[content]] = place
    return places
