"""The laws that every embedding obeys: a conformance suite for those who write one.

>>> from transom.data.embeddings.static import Static
>>> check_embedding(Static())
"""

from collections.abc import Callable
from dataclasses import is_dataclass

import numpy as np

from transom.data.embedding import Embedding

TOLERANCE = 1e-4
"""Sums of the same numbers in another order differ by less."""

TEXTS = ("the ship sails at dawn", "tea with milk", None, "", "the ship sails at dawn", "two cups of tea", "日本語")
TRAIN = np.array([True, True, True, False, False, True, False])

Law = Callable[[Embedding], None]


def check_embedding(embedding: Embedding) -> None:
    """Tries every law on a few texts.

    Raises:
        AssertionError: a law is broken; the message says which.
    """
    assert is_dataclass(embedding), "the embedding is no dataclass"
    for law in LAWS:
        law(embedding)


def every_text_has_a_finite_vector(embedding: Embedding) -> None:
    """One row a text, of finite numbers."""
    vectors = embedding.embed(TEXTS, TRAIN)
    assert vectors.shape[0] == len(TEXTS), "the number of vectors is another"
    assert vectors.dtype == np.float32, "the numbers are no float32"
    assert np.isfinite(vectors).all(), "a number is not finite"


def a_missing_text_is_zero(embedding: Embedding) -> None:
    """What is not there is near to nothing."""
    assert not embedding.embed(TEXTS, TRAIN)[2].any(), "a missing text is not zero"


def equal_texts_are_equal(embedding: Embedding) -> None:
    """On train or not, a text is the same text."""
    vectors = embedding.embed(TEXTS, TRAIN)
    assert np.allclose(vectors[0], vectors[4], atol=TOLERANCE), "equal texts have unlike vectors"


def only_train_is_learned_from(embedding: Embedding) -> None:
    """Another text that is not on train changes no other vector."""
    changed = (*TEXTS[:-1], "ships and tea")
    one, other = (embedding.embed(texts, TRAIN)[:-1] for texts in (TEXTS, changed))
    assert np.allclose(one, other, atol=TOLERANCE), "something was learned from a text that is not on train"


def no_texts_are_no_error(embedding: Embedding) -> None:
    """Nothing has no vectors."""
    assert len(embedding.embed((), np.zeros(0, dtype=bool))) == 0, "no texts have vectors"


LAWS: tuple[Law, ...] = (
    every_text_has_a_finite_vector,
    a_missing_text_is_zero,
    equal_texts_are_equal,
    only_train_is_learned_from,
    no_texts_are_no_error,
)
