"""Vocabularies: words and n-grams as 64-bit keys, and the ones that are worth a place in a model.

A key is a hash of the code points, the same on every machine, so that a vocabulary is two arrays: no strings to store
and none to compare. Among a hundred thousand n-grams two share a key with a chance below one in a billion.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from unicodedata import category

import numpy as np
from jaxtyping import Float32, Int, UInt64

_HAN = "\u3005\u3007\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Ideographs, and the signs that stand for one."""

_MARKS = "".join(chr(code) for code in (*range(0x900, 0x10A0), *range(0x1780, 0x1800)) if category(chr(code))[0] == "M")
"""Vowels, tones and the like in the scripts of India and Southeast Asia, which Python does not count as letters."""

# In ASCII there are neither, and a plain rule is twice as fast.
_ASCII = re.compile(r"\w+|[^\w\s]")
_ANY = re.compile(rf"[^\W{_HAN}]+(?:[{_MARKS}]+[^\W{_HAN}]*)*|[{_HAN}]|[^\w\s]")

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FACTOR = np.uint64(0x100000001B3)


class _Numbers(dict[str, int]):
    """Numbers words in the order in which they are first seen."""

    def __missing__(self, word: str) -> int:
        self[word] = number = len(self)
        return number


@dataclass(frozen=True)
class Words:
    """Texts as words: the words of text `t` are `distinct[index[offsets[t]:offsets[t + 1]]]`."""

    distinct: tuple[str, ...]
    index: Int[np.ndarray, " n_words"]
    offsets: Int[np.ndarray, " n_texts_plus_1"]

    @property
    def n_texts(self) -> int:
        """Number of texts."""
        return len(self.offsets) - 1

    def texts(self) -> Int[np.ndarray, " n_words"]:
        """The text that each word stands in."""
        return np.repeat(np.arange(self.n_texts), np.diff(self.offsets))


def split(text: str) -> list[str]:
    """The words and punctuation marks of a text, as written.

    A word is a run of letters, digits and underscores; every other visible character stands for itself. So does an
    ideograph, as no space tells where words of several end, while the marks of Indian and Southeast Asian scripts
    belong to the word that they stand in.
    Source: Devlin et al. (2019), NAACL, arXiv 1810.04805, whose published tokenizer sets ideographs apart.

    >>> split("Won't sink: 100%")
    ['Won', "'", 't', 'sink', ':', '100', '%']
    >>> split("GPS定位 हिन्दी")
    ['GPS', '定', '位', 'हिन्दी']
    """
    return (_ASCII if text.isascii() else _ANY).findall(text)


def number_words(texts: Sequence[Sequence[str]]) -> Words:
    """Lists of words with every distinct word held once."""
    numbers = _Numbers()
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    index = np.fromiter(map(numbers.__getitem__, chain.from_iterable(texts)), np.int64, int(offsets[-1]))
    return Words(tuple(numbers), index, offsets)


def word_keys(words: Sequence[str]) -> UInt64[np.ndarray, " n_words"]:
    """The key of each word."""
    codes, lengths = _codes(words)
    if len(codes) == 0:
        return _mixed(np.full(len(words), _GOLDEN))
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    place = np.arange(len(codes)) - np.repeat(starts, lengths)
    sums = np.zeros(len(codes) + 1, np.uint64)
    np.cumsum(_mixed(codes + (place.astype(np.uint64) << np.uint64(32))), out=sums[1:])
    return _mixed(sums[starts + lengths] - sums[starts] + _GOLDEN)


def word_ngram_keys(
    words: Words, keys: UInt64[np.ndarray, " n_distinct"], length: int
) -> tuple[Int[np.ndarray, " n_ngrams"], UInt64[np.ndarray, " n_ngrams"]]:
    """The n-grams of so many words: the text that each stands in, and its key; `keys` are those of `words.distinct`."""
    texts, running = words.texts(), keys[words.index]
    for step in range(1, length):
        running = running[:-1] * _FACTOR + keys[words.index[step:]]
    whole = texts[length - 1 :] == texts[: len(texts) - length + 1]
    return texts[length - 1 :][whole], (running[whole] if length == 1 else _mixed(running[whole] + np.uint64(length)))


def character_ngram_keys(
    words: Sequence[str], longest: int, *, shortest: int = 2
) -> tuple[Int[np.ndarray, " n_ngrams"], UInt64[np.ndarray, " n_ngrams"]]:
    """The n-grams of characters of each word between two spaces: the word that each is of, and its key."""
    codes, lengths = _codes([f" {word} " for word in words])
    owners, ends = np.repeat(np.arange(len(words)), lengths), np.repeat(np.cumsum(lengths), lengths)
    mixed = _mixed(codes)
    running, found = mixed, []
    for length in range(1, longest + 1):
        if length > 1:
            running = running[:-1] * _FACTOR + mixed[length - 1 :]
        if length >= shortest:
            inside = np.flatnonzero(np.arange(len(running)) + length <= ends[: len(running)])
            found.append((owners[inside], _mixed(running[inside] + np.uint64(length << 32))))
    if not found:
        return np.zeros(0, np.int64), np.zeros(0, np.uint64)
    return np.concatenate([owner for owner, _ in found]), np.concatenate([key for _, key in found])


@dataclass(frozen=True)
class Vocabulary:
    """Keys that are known, ascending, and how rare each is: 1 + ln((1 + n_texts) / (1 + texts that have it))."""

    keys: UInt64[np.ndarray, " n_known"]
    rarity: Float32[np.ndarray, " n_known"]

    def __len__(self) -> int:
        return len(self.keys)

    def find(self, keys: UInt64[np.ndarray, " n_keys"]) -> Int[np.ndarray, " n_keys"]:
        """The place of each key, or -1 where it is unknown."""
        if len(self.keys) == 0:
            return np.full(len(keys), -1)
        places = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[places] == keys, places, -1)


def learn(
    keys: UInt64[np.ndarray, " n_keys"],
    n_having: Int[np.ndarray, " n_keys"],
    n_texts: int,
    *,
    min_count: int,
    limit: int = 200_000,
) -> Vocabulary:
    """The distinct keys that at least `min_count` texts have; of more than `limit`, those that most texts have."""
    order = np.lexsort((keys, -n_having))[:limit]
    chosen = np.sort(order[n_having[order] >= min_count])
    chosen = chosen[np.argsort(keys[chosen])]
    rarity = 1 + np.log((1 + n_texts) / (1 + n_having[chosen]))
    return Vocabulary(keys[chosen], rarity.astype(np.float32))


def _codes(words: Sequence[str]) -> tuple[UInt64[np.ndarray, " n_characters"], Int[np.ndarray, " n_words"]]:
    """The code points of all words one after the other, and the length of each word."""
    joined = "".join(words).encode("utf-32-le", "surrogatepass")
    lengths = np.fromiter(map(len, words), np.int64, len(words))
    return np.frombuffer(joined, np.uint32).astype(np.uint64), lengths


def _mixed(keys: UInt64[np.ndarray, " n_keys"]) -> UInt64[np.ndarray, " n_keys"]:
    """Keys whose every bit depends on every bit of the given ones.

    Source: Steele, Lea & Flood (2014), Fast splittable pseudorandom number generators, the mixer of SplitMix64.
    """
    keys = (keys ^ (keys >> np.uint64(30)) ^ _GOLDEN) * np.uint64(0xBF58476D1CE4E5B9)
    keys = (keys ^ (keys >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(keys ^ (keys >> np.uint64(31)))
