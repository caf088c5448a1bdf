"""Tokens of a sequence as bags: the word, its n-grams of characters, and how it is written."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from transom.data.features.bags import Bags, bags_of
from transom.data.vocabulary import Vocabulary, Words, character_ngram_keys, learn, word_keys

SHAPES = ("other", "lower", "Capital", "UPPER", "miXed", "digits", "digits and letters")
N_BUCKETS = 64
"""Words that are not in the vocabulary share so many ids, by their key, so that one is still told from another."""

FIRST_WORD = len(SHAPES) + N_BUCKETS
"""Features from this id on are words, and n-grams of their characters."""

_NEITHER = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class WordReading:
    """How a token is read: its longest n-gram of characters, 0 for none."""

    character_ngrams: int


@dataclass(frozen=True)
class WordSpec:
    """What a model knows of a token: ids are shapes, then buckets, then words, then n-grams of characters."""

    reading: WordReading
    words: Vocabulary
    characters: Vocabulary

    @property
    def n_features(self) -> int:
        """Number of ids."""
        return FIRST_WORD + len(self.words) + len(self.characters)


def fit_words(reading: WordReading, values: Words) -> WordSpec:
    """The words and the n-grams of their characters; of 200 words on, only those that are there, or in words, twice."""
    folded = [word.casefold() for word in values.distinct]
    n_times = np.bincount(values.index, minlength=len(folded))
    keys, which = np.unique(word_keys(folded), return_inverse=True)
    n_times = np.bincount(which, weights=n_times, minlength=len(keys)).astype(np.int64)
    min_count = 1 if len(keys) < 200 else 2
    words = learn(keys, n_times, len(values.index), min_count=min_count)
    owners, found = character_ngram_keys(sorted(set(folded)), reading.character_ngrams)
    pairs = np.unique(np.stack([owners.astype(np.uint64), found]), axis=1)
    ngrams, n_having = np.unique(pairs[1], return_counts=True)
    return WordSpec(reading, words, learn(ngrams, n_having, len(keys), min_count=min_count))


def encode_words(spec: WordSpec, distinct: Sequence[str]) -> Bags:
    """One row a word; its n-grams of characters weigh 1 together (in the sum of squares), as the word itself does."""
    folded = [word.casefold() for word in distinct]
    keys = word_keys(folded)
    places = spec.words.find(keys)
    buckets = (keys % np.uint64(N_BUCKETS)).astype(np.int64)
    ids = np.where(places >= 0, FIRST_WORD + places, len(SHAPES) + buckets)
    owners, found = character_ngram_keys(folded, spec.reading.character_ngrams)
    ngrams = spec.characters.find(found)
    owners, ngrams = owners[ngrams >= 0], ngrams[ngrams >= 0]
    n_ngrams = np.bincount(owners, minlength=len(distinct))
    every, ones = np.arange(len(distinct)), np.ones(len(distinct))
    return bags_of(
        np.concatenate([every, every, owners]),
        np.concatenate([_shapes(distinct), ids, FIRST_WORD + len(spec.words) + ngrams]),
        np.concatenate([ones, ones, 1 / np.sqrt(n_ngrams[owners])]),
        len(distinct),
    )


def _shapes(words: Sequence[str]) -> Int[np.ndarray, " n_words"]:
    return np.fromiter(map(_shape, words), np.int64, len(words))


def _shape(word: str) -> int:
    """The place in `SHAPES` of the way a word is written, punctuation left out."""
    letters = _NEITHER.sub("", word)
    if not letters:
        return 0
    if any(map(str.isdigit, letters)):
        return 5 if letters.isdigit() else 6
    if letters.islower() or letters.lower() == letters.upper():
        return 1
    if letters.isupper() and len(letters) > 1:
        return 3
    return 2 if letters[0].isupper() and not any(map(str.isupper, letters[1:])) else 4
