from __future__ import annotations

from dataclasses import replace

import numpy as np

from ostraka.evidence.model import Space
from ostraka.learning.compare_rows import RowDifference, compare_rows
from ostraka.learning.row_table import RowTable
from ostraka.learning.train import TrainedSpace


def difference(here: RowTable, there: RowTable) -> RowDifference:
    (found,) = compare_rows({Space.PIXELS: here}, {Space.PIXELS: there})
    return found


def test_rows_in_another_order_are_equal(trained: TrainedSpace) -> None:
    table = trained.table
    turned = table.select(np.arange(len(table))[::-1].astype(np.intp))
    found = difference(table, turned)
    assert found.none
    assert found.shared == len(table)


def test_entries_that_round_otherwise_are_counted_with_the_largest_step(
    trained: TrainedSpace,
) -> None:
    vectors = trained.table.vectors.copy()
    vectors[3, 1] += 1
    vectors[5, 0] -= 2
    found = difference(trained.table, replace(trained.table, vectors=vectors))
    assert (found.entries, found.most, found.otherwise) == (2, 2, 0)
    assert not found.none


def test_a_label_that_was_turned_is_found(trained: TrainedSpace) -> None:
    labels = trained.table.labels.copy()
    labels[0, 0] = 1 - labels[0, 0]
    assert difference(trained.table, replace(trained.table, labels=labels)).otherwise == 1


def test_rows_that_one_side_lacks_are_counted(trained: TrainedSpace) -> None:
    table = trained.table
    fewer = table.select(np.arange(len(table) - 4, dtype=np.intp))
    found = difference(table, fewer)
    assert (found.only_here, found.only_there, found.entries) == (4, 0, 0)
    assert difference(fewer, table).only_there == 4


def test_vectors_of_another_width_differ_everywhere_they_are_not_zero(
    trained: TrainedSpace,
) -> None:
    narrow = replace(trained.table, vectors=trained.table.vectors[:, 1:])
    assert difference(trained.table, narrow).entries > 0


def test_a_space_that_only_one_release_was_taught_makes_them_differ(trained: TrainedSpace) -> None:
    whole, nothing = {Space.PIXELS: trained.table}, dict[Space, RowTable]()
    rows = len(trained.table)
    for found, counts in (
        (compare_rows(whole, nothing), (rows, 0)),
        (compare_rows(nothing, whole), (0, rows)),
    ):
        (lacking,) = found
        assert not lacking.none
        assert (lacking.space, lacking.shared, lacking.entries) == (Space.PIXELS, 0, 0)
        assert (lacking.only_here, lacking.only_there) == counts


def test_rows_of_another_data_set_or_policy_differ(trained: TrainedSpace) -> None:
    table = trained.table
    moved = replace(table, datasets=np.char.add(table.datasets, "x"))
    assert difference(table, moved).otherwise == len(table)
    renamed = replace(table, policies=table.policies[::-1])
    assert difference(table, renamed).otherwise == len(table)
    fewer = replace(table, policies=table.policies[:1], labels=table.labels[:, :1])
    assert difference(table, fewer).otherwise == len(table)
