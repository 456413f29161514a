import hashlib
import struct
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ostraka.ensemble import (
    CorruptArraysError,
    EnsembleSettingError,
    ExactnessError,
    NeverAddedError,
    ShapeError,
    ShardSums,
)

POLICIES = ("violence", "nudity")
Row = tuple[list[int], list[int]]
rows = st.lists(
    st.tuples(
        st.lists(st.integers(-30_000, 30_000), min_size=3, max_size=3),
        st.lists(st.sampled_from([1, 0, -1]), min_size=2, max_size=2),
    ),
    max_size=7,
)
weights = st.integers(1, 5)


def arrays(batch: list[Row]) -> tuple[NDArray[np.int32], NDArray[np.int8]]:
    vectors = np.array([row[0] for row in batch], dtype=np.int32).reshape(-1, 3)
    return vectors, np.array([row[1] for row in batch], dtype=np.int8).reshape(-1, 2)


def sums_of(batch: list[Row], weight: int = 1) -> ShardSums:
    sums = ShardSums(3, POLICIES)
    sums.add(*arrays(batch), weight=weight)
    return sums


def bits(sums: ShardSums) -> list[bytes]:
    state = (sums.vector_sum, sums.second_moment, sums.class_counts, sums.class_sums)
    return [np.float64(sums.row_count).tobytes(), *(values.tobytes() for values in state)]


@given(rows, weights)
def test_sums_equal_those_of_unbounded_integers(batch: list[Row], weight: int) -> None:
    sums = sums_of(batch, weight)
    assert sums.row_count == weight * len(batch)
    for i in range(3):
        assert sums.vector_sum[i] == weight * sum(x[i] for x, _ in batch)
        for j in range(3):
            assert sums.second_moment[i, j] == weight * sum(x[i] * x[j] for x, _ in batch)
    for policy in range(2):
        for label in range(2):
            chosen = [x for x, marks in batch if marks[policy] == label]
            assert sums.class_counts[policy, label] == weight * len(chosen)
            totals = [weight * sum(x[i] for x in chosen) for i in range(3)]
            assert sums.class_sums[policy, label].tolist() == totals


@given(rows, st.randoms(use_true_random=False), st.integers(0, 7))
def test_order_and_grouping_of_rows_leave_no_trace(batch: list[Row], random: Any, cut: int) -> None:
    shuffled = random.sample(batch, len(batch))
    grouped = sums_of(shuffled[:cut])
    grouped.add(*arrays(shuffled[cut:]))
    assert bits(grouped) == bits(sums_of(batch))
    assert grouped.sha256() == sums_of(batch).sha256()


@given(rows, rows, weights)
def test_subtracting_what_was_added_is_identity_bit_for_bit(
    kept: list[Row], forgotten: list[Row], weight: int
) -> None:
    sums = sums_of(kept)
    sums.add(*arrays(forgotten), weight=weight)
    sums.subtract(*arrays(forgotten), weight=weight)
    assert bits(sums) == bits(sums_of(kept))
    assert sums.sha256() == sums_of(kept).sha256()


@given(rows, rows, rows)
def test_merging_is_associative_and_commutative(a: list[Row], b: list[Row], c: list[Row]) -> None:
    x, y, z = sums_of(a), sums_of(b), sums_of(c)
    assert bits((x + y) + z) == bits(x + (y + z)) == bits((z + y) + x) == bits(sums_of(a + b + c))
    assert (x + y) - y == x


@given(rows, weights)
def test_scaling_is_adding_every_row_so_often(batch: list[Row], weight: int) -> None:
    assert bits(sums_of(batch).scaled(weight)) == bits(sums_of(batch * weight))


@given(rows)
def test_arrays_bring_the_sums_back(batch: list[Row]) -> None:
    sums = sums_of(batch)
    back = ShardSums.from_arrays(sums.arrays(), policies=POLICIES)
    assert bits(back) == bits(sums)


def test_more_rows_than_are_taken_at_once_add_up_exactly() -> None:
    random = np.random.default_rng(5)
    vectors = random.integers(-4096, 4097, (9_000, 3))
    labels = random.integers(-1, 2, (9_000, 2))
    whole = ShardSums.of(vectors, labels, policies=POLICIES)
    parts = ShardSums(3, POLICIES)
    for part in np.array_split(random.permutation(9_000), 7):
        parts.add(vectors[part], labels[part])
    assert whole == parts
    assert int(whole.second_moment[0, 1]) == int((vectors[:, 0] * vectors[:, 1]).sum())


def test_files_bring_the_sums_back(tmp_path: Path) -> None:
    sums = sums_of([([1, -2, 3], [1, -1])])
    sums.save(tmp_path / "sums.npz")
    assert ShardSums.load(tmp_path / "sums.npz") == sums


def test_a_copy_changes_on_its_own() -> None:
    sums = sums_of([([1, 2, 3], [1, 0])])
    copy = sums.copy()
    copy.add(*arrays([([1, 1, 1], [0, 0])]))
    copy.merge(copy)
    assert (sums.row_count, copy.row_count) == (1, 4)


def test_sums_cannot_be_written_from_outside() -> None:
    sums = sums_of([([1, 2, 3], [1, 0])])
    with pytest.raises(ValueError, match="read-only"):
        sums.second_moment[0, 0] = 7


def test_the_hash_tells_policies_and_dimensions_apart() -> None:
    empty = [ShardSums(3, ("a", "b")), ShardSums(3, ("ab", "c")), ShardSums(3, ("a",))]
    hashes = {sums.sha256() for sums in [*empty, ShardSums(2, ("a", "b"))]}
    assert len(hashes) == 4


def test_the_hash_is_that_of_the_documented_layout() -> None:
    names = b"".join(struct.pack("<q", len(n)) + n for n in (b"violence", b"nudity"))
    vector = [2, -4, 6]
    upper = [2, -4, 6, 8, -12, 18]
    class_counts = [0, 2, 0, 0]
    class_sums = [0, 0, 0, *vector, 0, 0, 0, 0, 0, 0]
    numbers = [2, *vector, *upper, *class_counts, *class_sums]
    layout = b"ostraka shard sums 1\n" + struct.pack("<qq", 3, 2) + names
    layout += struct.pack(f"<{len(numbers)}q", *numbers)
    assert sums_of([([1, -2, 3], [1, -1])], 2).sha256() == hashlib.sha256(layout).hexdigest()


def test_sums_equal_no_sums_of_other_policies_and_nothing_else() -> None:
    assert ShardSums(3, ("a",)) != ShardSums(3, ("b",))
    assert ShardSums(3, ("a",)) != ShardSums(2, ("a",))
    assert ShardSums(3, ("a",)) != "sums"


@pytest.mark.parametrize(
    "vectors",
    [
        np.array([[0.5, 1, 2]]),
        np.array([[np.nan, 1, 2]]),
        np.array([[np.inf, 1, 2]]),
        np.array([[1, 2, 2**17]]),
        np.array([[2**63, 0, 0]], dtype=np.uint64),
        np.array([[1, 2, 1]], dtype=np.longdouble) + np.longdouble(2) ** -60,
        np.array([[True, False, True]]),
        np.array([[1j, 0, 0]]),
    ],
    ids=["fraction", "nan", "infinity", "overlong", "huge", "longdouble", "bool", "complex"],
)
def test_rows_that_are_not_short_integers_are_refused(vectors: NDArray[Any]) -> None:
    sums = sums_of([([1, 2, 3], [1, 0])])
    before = sums.sha256()
    with pytest.raises(ExactnessError):
        sums.add(vectors, np.zeros((1, 2), dtype=np.int8))
    assert sums.sha256() == before


def test_whole_floats_teach_like_integers() -> None:
    sums = ShardSums.of(np.array([[-0.0, 2.0, 3.0]]), np.array([[1, 0]]), policies=POLICIES)
    assert bits(sums) == bits(sums_of([([0, 2, 3], [1, 0])]))


@pytest.mark.parametrize(
    ("vectors", "labels"),
    [
        (np.zeros(3), np.zeros((1, 2), dtype=int)),
        (np.zeros((1, 4)), np.zeros((1, 2), dtype=int)),
        (np.zeros((1, 3)), np.zeros((2, 2), dtype=int)),
        (np.zeros((1, 3)), np.zeros((1, 2))),
        (np.zeros((1, 3)), np.full((1, 2), 2)),
        (np.zeros((1, 3)), np.full((1, 2), 257)),
    ],
)
def test_shapes_and_labels_that_do_not_fit_are_refused(
    vectors: NDArray[Any], labels: NDArray[Any]
) -> None:
    with pytest.raises(ShapeError):
        ShardSums(3, POLICIES).add(vectors, labels)


@pytest.mark.parametrize("weight", [0, -1, 1_000_001, 1.0, True])
def test_weights_are_positive_integers_within_the_limit(weight: Any) -> None:
    with pytest.raises(ExactnessError):
        sums_of([([1, 2, 3], [1, 0])]).scaled(weight)


def test_sums_that_would_reach_two_to_the_53_are_refused_and_one_below_is_kept() -> None:
    row = np.array([[2**16]])
    labels = np.array([[1]])
    sums = ShardSums(1, ("a",))
    sums.add(row, labels, weight=1_000_000)
    most = sums.scaled(2)  # 2 * 10^6 * 2^32 is just under 2^53
    for _ in range(2):
        before = most.sha256()
        with pytest.raises(ExactnessError):
            most.add(row, labels, weight=1_000_000)
        with pytest.raises(ExactnessError):
            most.merge(sums)
        with pytest.raises(ExactnessError):
            most.scaled(3)
        assert most.sha256() == before
    nearly = ShardSums(1, ("a",))
    nearly.add(row, labels, weight=1_000_000)
    nearly.merge(sums)
    nearly.add(row, labels, weight=2**53 // 2**32 - 2_000_000 - 1)
    assert int(nearly.second_moment[0, 0]) == 2**53 - 2**32
    with pytest.raises(ExactnessError):
        nearly.add(row, labels)
    nearly.add(np.array([[2**16 - 1]]), labels)
    assert int(nearly.second_moment[0, 0]) == 2**53 - 2**32 + (2**16 - 1) ** 2


def test_too_many_rows_of_nothing_are_refused_too() -> None:
    sums = ShardSums.of(np.array([[0]]), np.array([[-1]]), policies=("a",))
    for _ in range(2):
        sums = sums.scaled(1_000_000)
    with pytest.raises(ExactnessError):
        sums.scaled(10_000)


@pytest.mark.parametrize(
    "stranger",
    [
        ([1, 2, 3], [0, 0]),
        ([9, 0, 0], [1, 0]),
        ([3, 2, 1], [1, 0]),
        ([-1, -2, -3], [1, 0]),
        ([0, 0, 0], [1, 0]),
    ],
    ids=["another label", "longer", "another row", "its mirror image", "an empty row"],
)
def test_rows_that_never_were_added_cannot_be_subtracted(stranger: Row) -> None:
    sums = sums_of([([1, 2, 3], [1, 0])])
    before = sums.sha256()
    with pytest.raises(NeverAddedError):
        sums.subtract(*arrays([stranger]))
    with pytest.raises(NeverAddedError):
        sums.subtract(*arrays([([1, 2, 3], [1, 0])] * 2))
    assert sums.sha256() == before


def test_sums_of_other_policies_or_dimensions_do_not_combine() -> None:
    for other in (ShardSums(3, ("nudity", "violence")), ShardSums(4, POLICIES)):
        with pytest.raises(ShapeError):
            ShardSums(3, POLICIES).merge(other)
        with pytest.raises(ShapeError):
            _ = ShardSums(3, POLICIES) - other


@pytest.mark.parametrize(
    ("dimension", "policies"),
    [(0, ("a",)), (513, ("a",)), (3, ()), (3, ("a", "a")), (3, ("",))],
)
def test_dimensions_and_policies_outside_the_limits_are_refused(
    dimension: int, policies: tuple[str, ...]
) -> None:
    with pytest.raises(EnsembleSettingError):
        ShardSums(dimension, policies)


def stored() -> dict[str, NDArray[Any]]:
    return dict(sums_of([([1, -2, 3], [1, -1]), ([0, 5, 5], [0, 1])]).arrays())


@pytest.mark.parametrize(
    ("name", "forged"),
    [
        ("row_count", np.array(-1)),
        ("row_count", np.array(1)),
        ("row_count", np.array(0)),
        ("row_count", np.array([2])),
        ("row_count", np.array(2.0)),
        ("row_count", np.array(2**53)),
        ("vector_sum", np.array([1, 3, 99])),
        ("vector_sum", np.array([], dtype=np.int64)),
        ("vector_sum", np.array([1, 3])),
        ("second_moment", np.array([1, -2, 3, 29, 19, -34])),
        ("second_moment", np.array([1, 30, 3, 29, 19, 34])),
        ("second_moment", np.array([2**53, -2, 3, 29, 19, 34])),
        ("class_counts", np.array([[-1, 1], [0, 1]])),
        ("class_sums", np.full((2, 2, 3), 100)),
    ],
)
def test_forged_arrays_are_refused(name: str, forged: NDArray[Any]) -> None:
    assert ShardSums.from_arrays(stored(), policies=POLICIES).row_count == 2
    with pytest.raises(CorruptArraysError):
        ShardSums.from_arrays(stored() | {name: forged}, policies=POLICIES)


def test_a_declared_size_over_the_limit_is_refused_before_memory_is_taken() -> None:
    size = 4_000  # of which the matrix alone would take 128 MB
    wide = {
        "vector_sum": np.zeros(size, np.int64),
        "class_sums": np.zeros((len(POLICIES), 2, size), np.int64),
    }
    tracemalloc.start()
    try:
        with pytest.raises(CorruptArraysError, match="limits"):
            ShardSums.from_arrays(stored() | wide, policies=POLICIES)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_missing_arrays_are_refused() -> None:
    arrays = stored()
    del arrays["class_sums"]
    with pytest.raises(CorruptArraysError):
        ShardSums.from_arrays(arrays, policies=POLICIES)


def test_files_that_hold_no_sums_are_refused(tmp_path: Path) -> None:
    broken = tmp_path / "broken.npz"
    with pytest.raises(CorruptArraysError):
        ShardSums.load(broken)
    for content in (b"", b"PK\x03\x04 truncated", b"no archive"):
        broken.write_bytes(content)
        with pytest.raises(CorruptArraysError):
            ShardSums.load(broken)
    np.save(tmp_path / "plain.npy", np.zeros(3))
    with pytest.raises(CorruptArraysError):
        ShardSums.load(tmp_path / "plain.npy")
    np.savez(broken, policies=np.array(POLICIES))
    with pytest.raises(CorruptArraysError):
        ShardSums.load(broken)


def test_a_pickle_in_a_file_is_never_run(tmp_path: Path) -> None:
    hostile = tmp_path / "hostile.npz"
    np.savez(hostile, allow_pickle=True, policies=np.array([{"a": 1}], dtype=object))
    with zipfile.ZipFile(hostile) as archive:
        assert b"O" in archive.read("policies.npy")
    with pytest.raises(CorruptArraysError):
        ShardSums.load(hostile)


def test_a_small_file_that_unpacks_to_gigabytes_is_refused_before_it_does(tmp_path: Path) -> None:
    path = tmp_path / "bomb.npz"
    np.savez_compressed(path, policies=np.array(["a"]), second_moment=np.zeros(20_000_000))
    assert path.stat().st_size < 1_000_000
    with pytest.raises(CorruptArraysError, match="unpacks to 160,"):
        ShardSums.load(path)
