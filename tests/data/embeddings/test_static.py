"""The embedding that is learned from a project's own texts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transom.data.embeddings.static import Static
from transom.supervision.nearest import unit_vectors

SEA = ("the ship sails at dawn", "a ship at sea", "the crew of the ship", "sails and masts of ships", "sea and sail")
TEA = ("two cups of tea", "tea with milk", "a cup of green tea", "milk in the cup", "the tea is hot")


def embedded(texts, n_train=None):
    return Static().embed(texts, np.arange(len(texts)) < (len(texts) if n_train is None else n_train))


def test_texts_about_the_same_things_are_near():
    vectors = unit_vectors(embedded([*SEA, *TEA]))
    similarities = vectors @ vectors.T
    assert similarities[:5, :5].mean() > similarities[:5, 5:].mean() + 0.2
    assert similarities[5:, 5:].mean() > similarities[5:, :5].mean() + 0.2


def test_equal_texts_have_equal_vectors_whether_train_or_not():
    vectors = embedded([*SEA, *TEA, SEA[0]], n_train=10)
    assert np.allclose(vectors[0], vectors[10], atol=1e-6)


def test_nothing_is_learned_from_texts_that_are_not_on_train():
    assert np.array_equal(embedded([*SEA, TEA[0]], n_train=5)[:5], embedded([*SEA, TEA[1]], n_train=5)[:5])


def test_missing_texts_and_those_without_a_known_part_are_zero():
    vectors = embedded([*SEA, None, "", "日本語"], n_train=6)
    assert vectors[:5].any(axis=1).all()
    assert not vectors[5:].any()


@pytest.mark.parametrize("texts", [[], [None], [""], ["a"], ["same", "same"]], ids=str)
def test_few_texts_have_few_dimensions(texts):
    vectors = embedded(texts)
    assert vectors.shape[0] == len(texts)
    assert np.isfinite(vectors).all()


def test_many_texts_have_128_dimensions():
    random = np.random.default_rng(0)
    texts = [" ".join(random.choice([*" ".join(SEA + TEA).split()], 6)) + f" {row}" for row in range(140)]
    vectors = embedded(texts)
    assert vectors.shape == (140, 128)
    assert np.array_equal(vectors, embedded(texts))


@given(st.lists(st.text("ab é", max_size=8) | st.none(), max_size=12), st.integers(0, 12))
@settings(max_examples=30)
def test_any_texts_have_finite_vectors(texts, n_train):
    assert np.isfinite(embedded(texts, n_train)).all()
