"""Texts as bags of n-grams of words and of characters, weighted by how often they stand there and how rare they are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Float32, Int, UInt64

from transom.data.features.bags import Bags, bags_of, stacked
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

AT_ONCE = 2**18
"""N-grams, each as often as it stands in a text, that are counted at once; more would take memory, and no less time."""

ENCODED_AT_ONCE = 32_768
CHARACTERS_AT_ONCE = 2**22
"""Of each n-gram of so many texts, or texts so long, several numbers are held until they are bags, of which two are
left."""


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
class _Ngrams:
    """N-grams by their key, each of a part, and the texts that use the parts; `text` ascends.

    A part is a text or, for the n-grams of characters, a distinct word: its own are found once, however often it is
    used, and multiplied only after those that nobody asks for have been left out.
    """

    text: Int[np.ndarray, " n_uses"]
    part: Int[np.ndarray, " n_uses"]
    owner: Int[np.ndarray, " n_ngrams"]
    keys: UInt64[np.ndarray, " n_ngrams"]


def fit_text(reading: TextReading, values: Sequence[str | None]) -> TextSpec:
    """The n-grams that more than one text has; all of them where there are only few texts."""
    texts = [text for text in values if text is not None]
    min_count = 1 if len(texts) < 200 else 2
    words, characters = _ngrams(reading, texts)
    return TextSpec(reading, _vocabulary(words, len(texts), min_count), _vocabulary(characters, len(texts), min_count))


def encode_text(spec: TextSpec, values: Sequence[str | None]) -> Bags:
    """One row a text; n-grams of words, and those of characters, weigh 1 together (in the sum of squares).

    The weight of an n-gram is (1 + ln(times it stands there)) · rarity before that.
    """
    return stacked([_encoded(spec, values[start:end]) for start, end in pairwise(_cuts(values))])


def _cuts(values: Sequence[str | None]) -> list[int]:
    """Where the texts that are encoded at once begin, and the end of the last."""
    cuts, n_characters = [0], 0
    for place, text in enumerate(values):
        n_characters += len(text or "")
        is_full = n_characters > CHARACTERS_AT_ONCE or place - cuts[-1] == ENCODED_AT_ONCE
        if is_full and place > cuts[-1]:
            cuts.append(place)
            n_characters = len(text or "")
    return [*cuts, len(values)]


def _encoded(spec: TextSpec, values: Sequence[str | None]) -> Bags:
    words, characters = _ngrams(spec.reading, [text or "" for text in values])
    missing = np.flatnonzero([text is None for text in values])
    parts = [(missing, np.full(len(missing), MISSING), np.ones(len(missing)))]
    first = 1
    for ngrams, vocabulary in ((words, spec.words), (characters, spec.characters)):
        rows, ids, weights = _weighted(ngrams, vocabulary)
        parts.append((rows, ids + first, weights))
        first += len(vocabulary)
    rows, ids, weights = (np.concatenate(column) for column in zip(*parts, strict=True))
    return bags_of(rows, ids, weights, len(values))


def _ngrams(reading: TextReading, texts: Sequence[str]) -> tuple[_Ngrams, _Ngrams]:
    """The n-grams of words, and those of characters."""
    words = number_words([split(text.casefold()) for text in texts])
    keys, every = word_keys(words.distinct), np.arange(words.n_texts)
    found = [word_ngram_keys(words, keys, length) for length in range(1, reading.word_ngrams + 1)]
    owner, of_words = (np.concatenate(column) for column in zip(*found, strict=True))
    of_characters = character_ngram_keys(words.distinct, reading.character_ngrams)
    return _Ngrams(every, every, owner, of_words), _Ngrams(words.texts(), words.index, *of_characters)


def _vocabulary(ngrams: _Ngrams, n_texts: int, min_count: int) -> Vocabulary:
    keys, places = np.unique(ngrams.keys, return_inverse=True)
    n_having = np.zeros(len(keys), np.int64)
    for _, having, _ in _parts_of_times(ngrams, places):
        n_having += np.bincount(having, minlength=len(keys))
    return learn(keys, n_having, n_texts, min_count=min_count)


def _weighted(
    ngrams: _Ngrams, vocabulary: Vocabulary
) -> tuple[Int[np.ndarray, " n"], Int[np.ndarray, " n"], Float32[np.ndarray, " n"]]:
    """Text, place in the vocabulary and weight of every known n-gram; of a text in the order of the vocabulary."""
    texts, places, times = _times(ngrams, vocabulary.find(ngrams.keys))
    weights = (1 + np.log(times.astype(np.float32))) * vocabulary.rarity[places]
    lengths = np.bincount(texts)
    squares = np.add.reduceat(np.append(weights**2, 0), np.cumsum(lengths) - lengths)
    norms = np.sqrt(np.where(lengths > 0, squares, 1))
    return texts, places, weights / np.repeat(norms, lengths).astype(np.float32)


Times = tuple[Int[np.ndarray, " n"], Int[np.ndarray, " n"], Int[np.ndarray, " n"]]
"""Texts, places of n-grams, and how often each stands there; texts ascend, and the places of each."""


def _times(ngrams: _Ngrams, places: Int[np.ndarray, " n_ngrams"]) -> Times:
    """How often n-grams stand in texts; the place of each is given, -1 for one that is left out."""
    texts, found, times = (np.concatenate(column) for column in zip(*_parts_of_times(ngrams, places), strict=True))
    return texts, found, times


def _parts_of_times(ngrams: _Ngrams, places: Int[np.ndarray, " n_ngrams"]) -> Iterator[Times]:
    """The same, some texts after the others."""
    known = places >= 0
    n_parts = int(ngrams.part.max(initial=-1)) + 1
    parts = bags_of(ngrams.owner[known], places[known], np.ones(np.count_nonzero(known)), n_parts)
    begins = np.flatnonzero(np.diff(ngrams.text, prepend=-1))
    n_before = np.cumsum(np.diff(parts.offsets)[ngrams.part])[begins]
    is_full = np.diff(n_before // AT_ONCE) > 0
    for start, end in pairwise([0, *begins[1:][is_full].tolist(), len(ngrams.text)]):
        yield _counted(ngrams.text[start:end], parts.take(ngrams.part[start:end]))


def _counted(texts: Int[np.ndarray, " n_uses"], used: Bags) -> Times:
    """Text, id and how often it stands there; a pair of the first two is sorted as one number."""
    pairs = np.sort((np.repeat(texts, np.diff(used.offsets)) << 32) + used.ids)
    is_first = np.ones(len(pairs), bool)
    is_first[1:] = pairs[1:] != pairs[:-1]
    firsts = np.flatnonzero(is_first)
    return pairs[firsts] >> 32, pairs[firsts] & 0xFFFFFFFF, np.diff(firsts, append=len(pairs))
