"""Texts as bags of n-grams of words and of characters, weighted by how often they stand there and how rare they are."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int, UInt64
from scipy.sparse import csr_matrix, hstack, identity

from transom.data.features.bags import Bags, bags_of
from transom.data.vocabulary import (
    Vocabulary,
    character_ngram_keys,
    learn,
    number_words,
    split,
    word_keys,
    word_ngram_keys,
)

MISSING = 0
"""The id of the feature that a missing value has; the vocabulary's follow."""


@dataclass(frozen=True)
class TextReading:
    """How a text is read: the longest n-gram of words, and of characters (0 for none)."""

    word_ngrams: int
    character_ngrams: int


@dataclass(frozen=True)
class TextSpec:
    """What a model knows of a text: ids are 0 = missing, then the word n-grams, then those of characters."""

    reading: TextReading
    words: Vocabulary
    characters: Vocabulary

    @property
    def n_features(self) -> int:
        """Number of ids."""
        return 1 + len(self.words) + len(self.characters)


@dataclass(frozen=True)
class _Counts:
    """How often each n-gram, by its key, stands in each text: `parts @ within`.

    The n-grams of characters are found once a distinct word, however often the word is used; the product brings the
    two together after the n-grams that nobody asks for have been left out.
    """

    parts: csr_matrix
    within: csr_matrix
    keys: UInt64[np.ndarray, " n_ngrams"]


def fit_text(reading: TextReading, values: Sequence[str | None]) -> TextSpec:
    """The n-grams that more than one text has; all of them where there are only few texts."""
    texts = [text for text in values if text is not None]
    min_count = 1 if len(texts) < 200 else 2
    words, characters = _counts(reading, texts)
    return TextSpec(reading, _vocabulary(words, min_count), _vocabulary(characters, min_count))


def encode_text(spec: TextSpec, values: Sequence[str | None]) -> Bags:
    """One row a text; n-grams of words, and those of characters, weigh 1 together (in the sum of squares).

    The weight of an n-gram is (1 + ln(times it stands there)) · rarity before that.
    """
    words, characters = _counts(spec.reading, [text or "" for text in values])
    missing = np.flatnonzero([text is None for text in values])
    parts = [(missing, np.full(len(missing), MISSING), np.ones(len(missing)))]
    first = 1
    for counts, vocabulary in ((words, spec.words), (characters, spec.characters)):
        rows, ids, weights = _weighted(counts, vocabulary)
        parts.append((rows, ids + first, weights))
        first += len(vocabulary)
    rows, ids, weights = (np.concatenate(column) for column in zip(*parts, strict=True))
    return bags_of(rows, ids, weights, len(values))


def _counts(reading: TextReading, texts: Sequence[str]) -> tuple[_Counts, _Counts]:
    """The n-grams of words of each text, and those of characters."""
    words = number_words([split(text.casefold()) for text in texts])
    keys = word_keys(words.distinct)
    by_word = csr_matrix(
        (np.ones(len(words.index), np.float32), words.index, words.offsets), (words.n_texts, len(words.distinct))
    )
    longer = [_matrix(*word_ngram_keys(words, keys, n), words.n_texts) for n in range(2, reading.word_ngrams + 1)]
    of_text = hstack([by_word, *(times for times, _ in longer)], "csr")
    of_word, character_keys = _matrix(
        *character_ngram_keys(words.distinct, reading.character_ngrams), len(words.distinct)
    )
    return (
        _Counts(
            identity(words.n_texts, np.float32, "csr"), of_text, np.concatenate([keys, *(key for _, key in longer)])
        ),
        _Counts(by_word, of_word, character_keys),
    )


def _matrix(
    rows: Int[np.ndarray, " n_found"], keys: UInt64[np.ndarray, " n_found"], n_rows: int
) -> tuple[csr_matrix, UInt64[np.ndarray, " n_distinct"]]:
    distinct, columns = np.unique(keys, return_inverse=True)
    ones = np.ones(len(rows), np.float32)
    return csr_matrix((ones, (rows, columns)), (n_rows, len(distinct))), distinct


def _vocabulary(counts: _Counts, min_count: int) -> Vocabulary:
    times = counts.parts @ counts.within
    n_having = np.bincount(times.indices, minlength=len(counts.keys))
    return learn(counts.keys, n_having, times.shape[0], min_count=min_count)


def _weighted(
    counts: _Counts, vocabulary: Vocabulary
) -> tuple[Int[np.ndarray, " n"], Int[np.ndarray, " n"], Float32[np.ndarray, " n"]]:
    """Row, place in the vocabulary and weight of every known n-gram; in a row in the order of the vocabulary."""
    places = vocabulary.find(counts.keys)
    known = np.flatnonzero(places >= 0)
    known = known[np.argsort(places[known])]
    times = counts.parts @ counts.within[:, known]
    times.sort_indices()
    ids = places[known][times.indices]
    weights = (1 + np.log(times.data)) * vocabulary.rarity[ids]
    lengths = np.diff(times.indptr)
    squares = np.add.reduceat(np.append(weights**2, 0), times.indptr[:-1])
    norms = np.sqrt(np.where(lengths > 0, squares, 1))
    return np.repeat(np.arange(len(lengths)), lengths), ids, weights / np.repeat(norms, lengths).astype(np.float32)
