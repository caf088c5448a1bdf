"""An embedding learned from a project's own texts: nothing to download, the same on every machine."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32
from scipy.sparse import csr_matrix

from transom.data.embedding import Vectors
from transom.data.features.text import TextReading, TextSpec, encode_text, fit_text

_READING = TextReading(word_ngrams=2, character_ngrams=4)
_DIMENSIONS = 128
_OVERSAMPLED = 10
_PASSES = 2


@dataclass(frozen=True)
class Static:
    """N-grams of words and of characters, weighted by how rare they are and drawn together by an SVD.

    It is learned from the texts of train, 128 numbers a text. Texts are near if they share rare words or parts of
    them, or words that stand in the same texts.
    """

    def embed(self, texts: Sequence[str | None], train: Bool[np.ndarray, " n_texts"]) -> Vectors:
        """A vector for each text; zero for None and for a text whose n-grams train does not have."""
        spec = fit_text(_READING, [texts[row] for row in np.flatnonzero(train).tolist()])
        counts = _counts(spec, texts)
        directions = _main_directions(counts[np.flatnonzero(train)], _DIMENSIONS)
        vectors = np.asarray(counts @ directions, dtype=np.float32)
        vectors[[text is None for text in texts]] = 0.0
        return vectors


def _counts(spec: TextSpec, texts: Sequence[str | None]) -> csr_matrix:
    bags = encode_text(spec, texts)
    return csr_matrix((bags.weights, bags.ids, bags.offsets), (bags.n_rows, spec.n_features))


def _main_directions(rows: csr_matrix, count: int) -> Float32[np.ndarray, "n_features n_dimensions"]:
    """The right singular vectors of the largest singular values, at most one a row.

    Source: Halko, Martinsson & Tropp (2011), Finding structure with randomness, alg. 4.4 and 5.1, with two power
    iterations and a fixed seed.
    """
    count = min(count, *rows.shape)
    columns = rows.T.tocsr()
    width = min(count + _OVERSAMPLED, *rows.shape)
    drawn = np.random.default_rng(0).standard_normal((rows.shape[1], width), dtype=np.float32)
    basis = np.linalg.qr(rows @ drawn)[0]
    for _ in range(_PASSES):
        basis = np.linalg.qr(rows @ (columns @ basis))[0]
    compressed = columns @ basis
    squares, turned = np.linalg.eigh(compressed.T @ compressed)
    largest = slice(width - count, None)
    lengths = np.sqrt(np.maximum(squares[largest], 0.0))
    is_there = lengths > 1e-6 * lengths.max(initial=0.0)
    return np.asarray(compressed @ (turned[:, largest][:, is_there] / lengths[is_there]), dtype=np.float32)
