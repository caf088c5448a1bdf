"""How much two texts share: of their words, by how rare they are, and of their n-grams of characters.

N-grams of characters tell that misspelt and inflected words are alike.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int

from transom.data.features.bags import Bags, bags_of, spread
from transom.data.vocabulary import Vocabulary, character_ngram_keys, learn, number_words, split, word_keys

CHARACTERS = 3
"""Length of the n-grams of characters."""

N_SHARES = 4
"""Numbers that are found of two texts."""

AT_ONCE = 2_000_000
"""Characters that are compared at once; more would take memory, and no less time."""

TextPair = tuple[str | None, str | None]


@dataclass(frozen=True)
class Rarity:
    """How rare words are among the texts of train, and those that it lacks."""

    words: Vocabulary
    unknown: float


def rarity_of(texts: Iterable[str]) -> Rarity:
    """How rare the words of texts are; a text counts once, however often it is given."""
    distinct = dict.fromkeys(text.casefold() for text in texts)
    words = number_words([list(dict.fromkeys(split(text))) for text in distinct])
    n_having = np.bincount(words.index, minlength=len(words.distinct))
    vocabulary = learn(word_keys(words.distinct), n_having, words.n_texts, min_count=1)
    return Rarity(vocabulary, float(1 + np.log(1 + words.n_texts)))


def shares_of(pairs: Sequence[TextPair], rarity: Rarity) -> Float[np.ndarray, "n_pairs 4"]:
    """Of each pair the share of the first text that the second has, then of the second that the first has.

    The two are of words, then of n-grams of characters; NaN where a text has none.
    """
    sizes = np.fromiter((1 + len(first or "") + len(second or "") for first, second in pairs), np.int64, len(pairs))
    sums = np.cumsum(sizes)
    cuts = np.unique(np.searchsorted(sums, np.arange(0, sizes.sum() + AT_ONCE, AT_ONCE)))
    ends = [*cuts.tolist(), len(pairs)]
    parts = [_shares_of(pairs[start:end], rarity) for start, end in pairwise(ends) if start < end]
    return np.concatenate([np.zeros((0, N_SHARES)), *parts])


def _shares_of(pairs: Sequence[TextPair], rarity: Rarity) -> Float[np.ndarray, "n_pairs 4"]:
    numbers: dict[str, int] = {}
    places = np.array([[numbers.setdefault(text or "", len(numbers)) for text in pair] for pair in pairs])
    words = number_words([split(text.casefold()) for text in numbers])
    keys, units = np.unique(word_keys(words.distinct), return_inverse=True)
    weights = np.append(rarity.words.rarity, rarity.unknown)[rarity.words.find(keys)]
    of_words = _as_sets(words.texts(), units[words.index], weights, words.n_texts)

    owners, ngrams = character_ngram_keys(words.distinct, CHARACTERS, shortest=CHARACTERS)
    keys, units = np.unique(ngrams, return_inverse=True)
    used = bags_of(owners, units, np.ones(len(units)), len(words.distinct)).take(words.index)
    texts = np.repeat(words.texts(), np.diff(used.offsets))
    of_characters = _as_sets(texts, used.ids, np.ones(len(keys)), words.n_texts)
    return np.concatenate([_shared(sets, places) for sets in (of_words, of_characters)], axis=1)


def _as_sets(
    texts: Int[np.ndarray, " n_uses"], units: Int[np.ndarray, " n_uses"], weights: np.ndarray, n_texts: int
) -> Bags:
    """Texts as rows of the units that they use, each once, ascending, with the weights of these."""
    uses = np.sort(_as_one(texts, units))
    distinct = uses[np.flatnonzero(np.diff(uses, prepend=-1))]
    ids = distinct & 0xFFFFFFFF
    return bags_of(distinct >> 32, ids, weights[ids], n_texts)


def _shared(sets: Bags, pairs: Int[np.ndarray, "n_pairs 2"]) -> Float[np.ndarray, "n_pairs 2"]:
    """How much of each of two texts the other has, by the weights of units; those of the shorter are looked up."""
    lengths = np.diff(sets.offsets)
    texts = np.repeat(np.arange(sets.n_rows), lengths)
    totals = np.bincount(texts, sets.weights, minlength=sets.n_rows)
    shorter_first = np.take_along_axis(pairs, lengths[pairs].argsort(axis=1), axis=1)
    shorter, longer = shorter_first.T
    entries = spread(sets.offsets[shorter], lengths[shorter])
    known, wanted = _as_one(texts, sets.ids), _as_one(np.repeat(longer, lengths[shorter]), sets.ids[entries])
    is_shared = np.append(known, -1)[np.searchsorted(known, wanted)] == wanted
    places = np.repeat(np.arange(len(pairs)), lengths[shorter])
    shared = np.bincount(places, sets.weights[entries] * is_shared, minlength=len(pairs))
    with np.errstate(invalid="ignore"):
        return np.asarray(shared[:, None] / totals[pairs])


def _as_one(texts: Int[np.ndarray, " n"], units: Int[np.ndarray, " n"]) -> Int[np.ndarray, " n"]:
    """A text and a unit as one number, by the text first."""
    return np.asarray((texts.astype(np.int64) << 32) + units)
