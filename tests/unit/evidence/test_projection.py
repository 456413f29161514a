from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ostraka.evidence.errors import UnusableFeaturesError
from ostraka.evidence.model import UNIT, Space
from ostraka.evidence.projection import Projection
from ostraka.learning.errors import TooFewExamplesError
from ostraka.learning.fit_projection import fit_projection

GENERATOR = np.random.default_rng(3)
FEATURES = {
    "eye": (GENERATOR.normal(size=(300, 10)) * np.linspace(3, 0.1, 10) + 1).astype(np.float32),
    "ear": GENERATOR.normal(size=(300, 6)).astype(np.float32),
}


def _fitted(whitening: float = 0.5) -> Projection:
    return fit_projection(
        Space.PIXELS, FEATURES, dimensions={"eye": 5, "ear": 6}, whitening=whitening
    )


def test_a_vector_is_whole_numbers_of_the_declared_length() -> None:
    vectors = _fitted().project_rows(FEATURES)
    assert vectors.shape == (300, 11)
    assert vectors.dtype == np.int32
    assert np.abs(np.linalg.norm(vectors, axis=1) - UNIT).max() < 3


def test_one_picture_projects_as_in_a_batch() -> None:
    projection = _fitted()
    vectors = projection.project_rows(FEATURES)
    for row in (0, 17, 299):
        alone = projection.project({name: values[row] for name, values in FEATURES.items()})
        assert np.abs(alone - vectors[row]).max() <= 1


def test_no_block_can_drown_another() -> None:
    projection = _fitted()
    loud = dict(FEATURES) | {"eye": FEATURES["eye"] * 1000}
    vectors = projection.project_rows(loud)
    for name in projection.extractors:
        lengths = np.linalg.norm(vectors[:, projection.part_of(name)], axis=1)
        assert np.abs(lengths - UNIT / np.sqrt(2)).max() < 3


def test_whitening_makes_variances_equal() -> None:
    block = _fitted(whitening=1.0).blocks[0]
    scaled = block.coordinates(FEATURES["eye"]) / np.sqrt(block.variances)
    assert np.abs(scaled.var(axis=0) - 1).max() < 1e-3


def test_trusted_pictures_lie_near_and_strange_ones_far() -> None:
    projection = _fitted()
    assert np.abs(projection.distances(FEATURES).mean(axis=0) - 1).max() < 1e-3
    strange = dict(FEATURES) | {"eye": FEATURES["eye"] * 30}
    distances = projection.distances(strange)
    assert distances[:, 0].min() > 10
    assert np.allclose(distances[:, 1], projection.distances(FEATURES)[:, 1])


def test_what_lies_off_the_kept_axes_counts_as_strange() -> None:
    projection = _fitted()
    block = projection.blocks[0]
    off = GENERATOR.normal(size=10)
    off -= block.axes @ (block.axes.T @ off)
    features = (block.mean + 20 * off / np.linalg.norm(off)).astype(np.float32)
    assert block.distances(features)[0] > 10


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_features_that_are_not_finite_are_refused(value: float) -> None:
    broken = FEATURES["eye"][0].copy()
    broken[3] = value
    with pytest.raises(UnusableFeaturesError):
        _fitted().project({"eye": broken, "ear": FEATURES["ear"][0]})


def test_features_of_a_dead_network_are_refused() -> None:
    with pytest.raises(UnusableFeaturesError):
        _fitted().project({"eye": np.zeros(10, np.float32), "ear": FEATURES["ear"][0]})


def test_features_without_direction_are_refused() -> None:
    projection = _fitted()
    with pytest.raises(UnusableFeaturesError):
        projection.project({"eye": projection.blocks[0].mean, "ear": FEATURES["ear"][0]})


def test_missing_extractors_and_other_sizes_are_refused() -> None:
    projection = _fitted()
    with pytest.raises(UnusableFeaturesError):
        projection.project({"ear": FEATURES["ear"][0]})
    with pytest.raises(UnusableFeaturesError):
        projection.project({"eye": FEATURES["eye"][0, :9], "ear": FEATURES["ear"][0]})
    with pytest.raises(KeyError):
        projection.part_of("nose")


@given(
    eye=arrays(np.float32, 10, elements=st.floats(width=32)),
    ear=arrays(np.float32, 6, elements=st.floats(width=32)),
)
def test_any_features_give_a_whole_vector_or_a_typed_error(
    eye: np.ndarray[tuple[int], np.dtype[np.float32]],
    ear: np.ndarray[tuple[int], np.dtype[np.float32]],
) -> None:
    try:
        vector = _fitted().project({"eye": eye, "ear": ear})
    except UnusableFeaturesError:
        return
    assert np.abs(np.linalg.norm(vector) - UNIT) < 3


def test_too_few_pictures_or_dull_ones_cannot_be_fitted() -> None:
    with pytest.raises(TooFewExamplesError):
        fit_projection(
            Space.PIXELS,
            {"eye": FEATURES["eye"][:5]},
            dimensions={"eye": 5},
            whitening=0.0,
        )
    dull = np.ones((50, 4), np.float32) * GENERATOR.normal(size=(50, 1)).astype(np.float32)
    with pytest.raises(TooFewExamplesError):
        fit_projection(Space.PIXELS, {"eye": dull}, dimensions={"eye": 2}, whitening=0.0)
