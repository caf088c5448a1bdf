"""The interface of every embedding: texts as vectors, of which similar texts have similar ones."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float32, Float64

from transom.data.features.vectors import check_lengths

Vectors = Float32[np.ndarray, "n_texts n_dimensions"]


@runtime_checkable
class Embedding(Protocol):
    """One way to embed texts: a frozen dataclass that model.yaml chooses by its registered name."""

    def embed(self, texts: Sequence[str | None], train: Bool[np.ndarray, " n_texts"]) -> Vectors:
        """A vector for each text; zero for None and for a text of which nothing is known.

        What is learned from texts is learned from those on train.
        """
        ...


def vectors_given(
    name: str, values: Sequence[Sequence[float] | None]
) -> Float64[np.ndarray, "n_examples n_dimensions"]:
    """The vectors of a payload; zero where there is none.

    >>> vectors_given("embedding", [[1.0, 2.0], None]).tolist()
    [[1.0, 2.0], [0.0, 0.0]]

    Raises:
        UsageError: vectors of unlike lengths.
    """
    given = [value for value in values if value is not None]
    n_dimensions = len(given[0]) if given else 0
    check_lengths(name, given, n_dimensions)
    vectors = np.zeros((len(values), n_dimensions))
    vectors[[value is not None for value in values]] = np.array(given, np.float64).reshape(len(given), n_dimensions)
    return vectors
