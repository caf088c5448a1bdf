"""The nearest rows by cosine are found exactly, whatever the vectors; faiss finds nearly the same."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from transom.errors import MissingExtraError
from transom.supervision import nearest as module
from transom.supervision.nearest import nearest, unit_vectors

VECTORS = arrays.arrays(
    np.float64,
    st.tuples(st.integers(1, 14), st.integers(1, 3)),
    elements=st.sampled_from([0.0, 1.0, -1.0, 2.0, 0.5]) | st.floats(-1e3, 1e3),
)


def random_vectors(n_rows, n_dimensions=8, seed=0):
    return unit_vectors(np.random.default_rng(seed).standard_normal((n_rows, n_dimensions)))


@pytest.mark.parametrize("n_pool", [7, 500, 5000])
def test_the_nearest_rows_are_those_that_sorting_finds(n_pool):
    vectors = random_vectors(5200)
    asked, pool = np.arange(0, 5200, 400), np.arange(200, 200 + n_pool)
    found = nearest(vectors, asked, pool, n_neighbours=5)
    similarities = vectors[asked] @ vectors[pool].T
    similarities[asked[:, None] == pool] = -2
    assert np.allclose(found.similarities, -np.sort(-similarities, axis=1)[:, :5], atol=1e-5)
    assert np.allclose((vectors[asked][:, None] * vectors[found.rows]).sum(-1), found.similarities, atol=1e-5)


@given(VECTORS)
@settings(max_examples=50)
def test_any_vectors_have_neighbours_that_are_others_with_a_direction(given_vectors):
    vectors = unit_vectors(given_vectors)
    rows = np.arange(len(vectors))
    found = nearest(vectors, rows, rows, n_neighbours=3)
    has_direction = vectors.any(axis=1)
    n_others = has_direction.sum() - 1
    assert (found.rows != rows[:, None]).all()
    assert ((found.rows >= 0).sum(axis=1) == np.where(has_direction, min(n_others, 3), 0)).all()
    assert has_direction[found.rows[found.rows >= 0]].all()
    assert (np.diff(found.similarities, axis=1) <= 0).all()
    assert (np.abs(found.similarities) <= 1).all()


def test_of_many_equal_rows_some_are_found_and_never_the_row_itself():
    vectors = unit_vectors(np.ones((500, 2)))
    found = nearest(vectors, np.arange(500), np.arange(500), n_neighbours=4)
    assert (np.diff(np.sort(found.rows, axis=1), axis=1) > 0).all()
    assert (found.rows != np.arange(500)[:, None]).all()
    assert (found.similarities == 1).all()


def test_where_there_are_fewer_rows_the_rest_is_missing():
    found = nearest(random_vectors(3), np.array([0, 2]), np.array([0, 1]), n_neighbours=3)
    assert found.rows[0].tolist() == [1, -1, -1]
    assert (found.rows[1] == -1).tolist() == [False, False, True]
    assert found.similarities[0, 1] == -1


@pytest.mark.parametrize(("asked", "pool"), [([], [0, 1]), ([0, 1], []), ([], [])])
def test_nobody_asked_and_nobody_there_is_no_error(asked, pool):
    found = nearest(random_vectors(2), np.array(asked, int), np.array(pool, int))
    assert found.rows.shape == (len(asked), 10)
    assert (found.rows == -1).all()


def test_zero_vectors_and_those_that_are_not_finite_have_no_direction():
    vectors = unit_vectors(np.array([[0.0, 0.0], [np.nan, 1.0], [np.inf, 1.0], [1e300, 1e300], [1e-300, 0.0]]))
    assert vectors[:3].tolist() == [[0, 0]] * 3
    assert np.allclose(np.linalg.norm(vectors[3:], axis=1), 1)


def test_blocks_change_nothing(monkeypatch):
    vectors, rows = random_vectors(300), np.arange(300)
    whole = nearest(vectors, rows, rows)
    monkeypatch.setattr(module, "_BLOCK", 1000)
    parts = nearest(vectors, rows, rows)
    assert np.array_equal(whole.rows, parts.rows)


def test_faiss_finds_nearly_the_same_neighbours(monkeypatch):
    pytest.importorskip("faiss")
    vectors, rows = random_vectors(3000, n_dimensions=6), np.arange(3000)
    exact = nearest(vectors, rows, rows)
    monkeypatch.setattr(module, "LARGEST_EXACT", 100)
    found = nearest(vectors, rows, rows)
    shared = [len(set(a) & set(b)) for a, b in zip(exact.rows.tolist(), found.rows.tolist(), strict=True)]
    assert np.mean(shared) > 9  # of 10; the cells that are not searched hold the others
    assert (found.rows != rows[:, None]).all()


def test_too_many_rows_without_faiss_name_the_package(monkeypatch):
    monkeypatch.setattr(module, "LARGEST_EXACT", 1)
    monkeypatch.setattr(module, "find_spec", lambda _name: None)
    with pytest.raises(MissingExtraError) as refused:
        nearest(random_vectors(3), np.arange(3), np.arange(3))
    assert str(refused.value) == (
        "T160 Looking for neighbours among 3 examples needs the package 'faiss', which is not installed. "
        "Run: pip install 'transom[ann]'."
    )
