"""Vectors as bags."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from transom.data.features.vectors import FIRST, FURTHEST, MISSING, VectorReading, encode_vectors, fit_vectors
from transom.errors import UsageError

READING = VectorReading("embedding")


def test_dimensions_are_scaled_alike():
    values = [[0.0, 100.0], [2.0, 300.0]]
    bags = encode_vectors(fit_vectors(READING, values), values)
    assert bags.ids.tolist() == [FIRST, FIRST + 1] * 2
    assert bags.weights == pytest.approx(np.array([-1, -1, 1, 1]) / np.sqrt(2))


def test_a_missing_vector_is_a_feature_of_its_own():
    spec = fit_vectors(READING, [[1.0], None, [3.0]])
    bags = encode_vectors(spec, [None, [2.0]])
    assert bags.ids.tolist() == [MISSING, FIRST]


def test_a_dimension_that_never_differs_is_no_reason_to_divide_by_zero():
    spec = fit_vectors(READING, [[5.0], [5.0]])
    assert encode_vectors(spec, [[5.0]]).weights.tolist() == [0.0]


@pytest.mark.parametrize("at_once", [1, 7, 40])
def test_vectors_that_are_read_in_parts_have_the_same_features(at_once, monkeypatch):
    values = [*np.random.default_rng(0).normal(size=(12, 3)).tolist(), None]
    spec = fit_vectors(READING, values)
    together = encode_vectors(spec, values)
    monkeypatch.setattr("transom.data.features.vectors.AT_ONCE", at_once)
    fitted = fit_vectors(READING, values)
    assert fitted.mean == pytest.approx(spec.mean, rel=1e-12)
    assert fitted.scale == pytest.approx(spec.scale, rel=1e-12)
    in_parts = encode_vectors(spec, values)
    for name in ("offsets", "ids", "weights"):
        assert getattr(in_parts, name).tolist() == getattr(together, name).tolist()


@pytest.mark.parametrize("values", [[[1.0, 2.0], [1.0]], [[1.0, 2.0], None, [1.0]]])
def test_vectors_of_unlike_lengths_are_refused(values):
    with pytest.raises(UsageError) as caught:
        fit_vectors(READING, values)
    assert str(caught.value) == (
        "T120 The vectors of payload 'embedding' have unlike lengths: 2 and 1. Give each as many numbers."
    )


def test_vectors_that_are_missing_everywhere_on_train_are_said_to_be():
    spec = fit_vectors(READING, [None, None])
    assert encode_vectors(spec, [None]).ids.tolist() == [MISSING]
    with pytest.raises(UsageError) as caught:
        encode_vectors(spec, [None, [1.0, 2.0]])
    assert str(caught.value) == (
        "T120 Payload 'embedding' has vectors, but none on train, so the model has not learned to read them. "
        "Give vectors to examples of train, or remove 'embedding' from schema.yaml."
    )


def test_a_vector_unlike_those_learned_from_is_refused():
    spec = fit_vectors(READING, [[1.0, 2.0]])
    with pytest.raises(UsageError) as caught:
        encode_vectors(spec, [[1.0, 2.0, 3.0]])
    assert str(caught.value) == (
        "T120 A vector of payload 'embedding' has 3 numbers, those that the model learned from have 2. "
        "Ask a model that has learned from such, or train one from the start."
    )


def test_nothing_is_learned_from_missing_vectors():
    spec = fit_vectors(READING, [None])
    assert spec.n_features == FIRST
    assert encode_vectors(spec, [None]).ids.tolist() == [MISSING]


NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


@example(seen=[[1.7e308, 5e-324], [-1.7e308, -5e-324]], new=[0.0, 1.7e308])
@given(
    seen=st.lists(st.lists(NUMBERS, min_size=2, max_size=2), min_size=1),
    new=st.lists(NUMBERS, min_size=2, max_size=2),
)
def test_no_number_is_further_off_than_it_may_be_whatever_was_seen(seen, new):
    weights = encode_vectors(fit_vectors(READING, seen), [*seen, new]).weights
    assert (np.abs(weights) <= np.float32(FURTHEST / np.sqrt(2))).all()


@pytest.mark.parametrize("far", [1e308, -1e30, 1e4])
def test_an_outlier_that_was_learned_from_leaves_the_others_apart(far):
    numbers = np.random.default_rng(0).normal(size=120).tolist()
    spec = fit_vectors(READING, [[number] for number in [*numbers, far]])
    weights = encode_vectors(spec, [[number] for number in numbers]).weights
    assert 0.7 < weights.std() < 1


def test_where_most_numbers_are_zero_the_others_are_no_outliers():
    spec = fit_vectors(READING, [[0.0]] * 90 + [[1.0]] * 10)
    assert (spec.mean[0], spec.scale[0]) == (pytest.approx(0.1), pytest.approx(0.3))


def test_an_outlier_moves_no_other_dimension_and_no_other_vector():
    spec = fit_vectors(READING, [[1.0, 2.0], [3.0, 4.0]])
    far = encode_vectors(spec, [[1.0, 1e308], [1.0, 2.0]]).weights
    assert far[[0, 2, 3]].tolist() == encode_vectors(spec, [[1.0, 2.0], [1.0, 2.0]]).weights[[0, 2, 3]].tolist()
    assert far[1] == np.float32(FURTHEST / np.sqrt(2))
