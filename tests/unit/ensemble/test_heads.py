from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from ostraka.ensemble import (
    CorruptArraysError,
    EnsembleSettingError,
    ExactnessError,
    Heads,
    ShapeError,
    ShardSums,
    solve_heads,
)
from ostraka.ensemble.heads import GRID

POLICIES = ("violence", "nudity")


def taught(seed: int, *, count: int = 60, dimension: int = 6) -> tuple[NDArray[Any], NDArray[Any]]:
    random = np.random.default_rng(seed)
    labels = random.integers(-1, 2, (count, 2))
    vectors = random.normal(0, 900, (count, dimension))
    vectors[:, :2] += 1500 * labels
    return np.rint(vectors).astype(np.int32), labels


def solved(seed: int, *, shrinkage: float = 0.1) -> Heads:
    sums = ShardSums.of(*taught(seed), policies=POLICIES)
    return solve_heads(sums, shrinkage=shrinkage, minimum_rows=2)


@pytest.mark.parametrize("shrinkage", [1e-6, 0.1, 1])
def test_the_means_of_the_classes_score_plus_and_minus_one(shrinkage: float) -> None:
    vectors, labels = taught(1)
    heads = solved(1, shrinkage=shrinkage)
    scores = heads.scores(vectors)
    for policy in range(2):
        for label, expected in ((1, 1.0), (0, -1.0)):
            mean = scores[labels[:, policy] == label, policy, 0].mean()
            assert mean == pytest.approx(expected, abs=1e-4)


def test_total_covariance_points_as_covariance_within_the_classes_does() -> None:
    vectors, labels = taught(2)
    labels = np.abs(labels)  # everything labelled, so that "within the classes" is defined
    sums = ShardSums.of(vectors, labels, policies=POLICIES)
    heads = solve_heads(sums, shrinkage=0.25, minimum_rows=2)
    total_trace = np.trace(np.cov(vectors.T, bias=True))
    for policy in range(2):
        classes = [vectors[labels[:, policy] == label] for label in (0, 1)]
        within = sum(np.cov(c.T, bias=True) * len(c) for c in classes) / len(vectors)
        ridge = 0.25 * total_trace / 6 * np.eye(6)
        difference = classes[1].mean(axis=0) - classes[0].mean(axis=0)
        textbook = np.linalg.solve(0.75 * within + ridge, difference)
        mine = heads.weights[policy, 0]
        cosine = mine @ textbook / np.linalg.norm(mine) / np.linalg.norm(textbook)
        assert cosine == pytest.approx(1, abs=1e-9)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 40))
def test_scores_are_exact_in_any_batch(seed: int, count: int) -> None:
    heads = Heads.stack([solved(seed), solved(seed + 1), solved(seed + 2)])
    vectors, _ = taught(seed + 3, count=count)
    scores = heads.scores(vectors)
    assert scores.shape == (count, 2, 3)
    units = [round(w / GRID) for w in heads.weights[1, 2].tolist()]
    bias = round(float(heads.biases[1, 2] / GRID))
    for row, vector in enumerate(vectors):
        alone = heads.scores(vector[np.newaxis])[0]
        assert alone.tobytes() == scores[row].tobytes()
        exact = sum(w * int(x) for w, x in zip(units, vector, strict=True)) + bias
        assert scores[row, 1, 2] / GRID == exact


@pytest.mark.parametrize("minimum_rows", [1, 3, 4])
def test_a_head_that_saw_too_little_of_a_class_is_not_adequate(minimum_rows: int) -> None:
    vectors = np.array([[9, 1], [8, 2], [7, 0], [-9, 1], [-8, 2], [-7, 0], [1, 1]])
    labels = np.array([[1], [1], [1], [0], [0], [0], [-1]])
    sums = ShardSums.of(vectors, labels, policies=("a",))
    heads = solve_heads(sums, shrinkage=0.1, minimum_rows=minimum_rows)
    assert heads.adequate.tolist() == [[minimum_rows <= 3]]
    assert heads.adequate_counts == {"a": int(minimum_rows <= 3)}
    assert bool(heads.weights.any()) is (minimum_rows <= 3)


def test_a_shard_of_one_class_is_not_adequate() -> None:
    vectors, _ = taught(4)
    sums = ShardSums.of(vectors, np.ones((60, 2), dtype=np.int8), policies=POLICIES)
    assert not solve_heads(sums, shrinkage=0.1, minimum_rows=1).adequate.any()


def test_rows_not_weights_make_a_head_adequate() -> None:
    sums = ShardSums.of(*taught(4), policies=POLICIES).scaled(50)
    counted = np.full((2, 2), 7)
    options: dict[str, Any] = {"shrinkage": 0.1, "class_rows": counted}
    assert solve_heads(sums, minimum_rows=7, **options).adequate.all()
    assert not solve_heads(sums, minimum_rows=8, **options).adequate.any()


def test_rows_claimed_but_absent_make_no_head_adequate() -> None:
    one_class = ShardSums.of(np.array([[9, 1], [8, 3]]), np.array([[1], [1]]), policies=("a",))
    claimed = np.full((1, 2), 99)
    heads = solve_heads(one_class, shrinkage=0.1, minimum_rows=1, class_rows=claimed)
    assert not heads.adequate.any()


@pytest.mark.parametrize(
    "vectors",
    [[[5, 5]] * 4, [[0, 0]] * 4, [[1, 0], [3, 0], [1, 0], [3, 0]]],
    ids=["one vector", "nothing", "equal means"],
)
def test_classes_that_cannot_be_told_apart_make_no_adequate_head(vectors: list[list[int]]) -> None:
    labels = np.array([[1], [1], [0], [0]])
    sums = ShardSums.of(np.array(vectors), labels, policies=("a",))
    heads = solve_heads(sums, shrinkage=0.1, minimum_rows=1)
    assert not heads.adequate.any()
    assert heads.scores(np.array([[9, 9]])).tolist() == [[[0.0]]]


def test_a_head_too_steep_to_be_scored_exactly_is_not_adequate() -> None:
    # Means less than one unit apart on a wide spread: weights longer than 1.
    vectors = np.array([[0, 50_000], [1, -50_000], [0, -50_000], [0, 50_000]])
    sums = ShardSums.of(vectors, np.array([[1], [1], [0], [0]]), policies=("a",))
    heads = solve_heads(sums, shrinkage=1, minimum_rows=1)
    assert not heads.adequate.any()


@pytest.mark.parametrize(
    ("shrinkage", "minimum_rows"), [(0, 1), (1.1, 1), (float("nan"), 1), (0.1, 0)]
)
def test_settings_that_solve_nothing_are_refused(shrinkage: float, minimum_rows: int) -> None:
    with pytest.raises(EnsembleSettingError):
        solve_heads(ShardSums(2, ("a",)), shrinkage=shrinkage, minimum_rows=minimum_rows)


def test_only_integers_are_scored() -> None:
    with pytest.raises(ExactnessError):
        solved(1).scores(np.full((1, 6), 0.5))
    with pytest.raises(ShapeError):
        solved(1).scores(np.zeros((1, 5)))


def test_arrays_bring_the_heads_back() -> None:
    heads = Heads.stack([solved(1), solved(2)])
    back = Heads.from_arrays(heads.arrays(), policies=POLICIES)
    assert back.weights.tobytes() == heads.weights.tobytes()
    assert back.biases.tobytes() == heads.biases.tobytes()
    assert back.adequate.tolist() == heads.adequate.tolist()


@pytest.mark.parametrize(
    ("name", "index", "forged"),
    [
        ("weights", (0, 0, 0), np.nan),
        ("weights", (0, 0, 0), 1.5),
        ("weights", (0, 0, 0), 1e-15),
        ("biases", (0, 0), np.inf),
        ("biases", (0, 0), 1e6),
        ("biases", (0, 0), 1e-15),
    ],
)
def test_forged_heads_are_refused(name: str, index: tuple[int, ...], forged: float) -> None:
    arrays = solved(1).arrays()
    arrays[name][index] = forged
    with pytest.raises(CorruptArraysError):
        Heads.from_arrays(arrays, policies=POLICIES)


def test_heads_of_other_types_are_refused() -> None:
    arrays = solved(1).arrays()
    with pytest.raises(CorruptArraysError):
        Heads.from_arrays(
            arrays | {"weights": arrays["weights"].astype(np.float32)}, policies=POLICIES
        )
    del arrays["adequate"]
    with pytest.raises(CorruptArraysError):
        Heads.from_arrays(arrays, policies=POLICIES)


def test_heads_that_do_not_fit_together_are_refused() -> None:
    heads = solved(1)
    with pytest.raises(ShapeError):
        Heads(POLICIES, heads.weights, heads.biases[:1], heads.adequate)
    with pytest.raises(ShapeError):
        Heads(("violence",), heads.weights, heads.biases, heads.adequate)
    other = solve_heads(ShardSums(2, POLICIES), shrinkage=0.1, minimum_rows=1)
    with pytest.raises(ShapeError):
        Heads.stack([heads, other])


def test_heads_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="read-only"):
        solved(1).weights[0, 0, 0] = 1
