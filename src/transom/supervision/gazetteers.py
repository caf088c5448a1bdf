"""Gazetteers: names from a list found in sequences of tokens."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

_UNKNOWN = -1
_WORDS_AND_SIGNS = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True)
class Gazetteer:
    """Names as numbered words: `names` by their first word, longest first."""

    words: dict[str, int]
    names: dict[int, tuple[tuple[int, ...], ...]]
    is_case_sensitive: bool


def gazetteer_of(entries: Iterable[str], *, is_case_sensitive: bool = False) -> Gazetteer:
    """The entries ready to be found, split at white space and also, as some tokenisers do, at every sign."""
    words: dict[str, int] = {}
    names: dict[int, set[tuple[int, ...]]] = {}
    for entry in entries:
        written = entry if is_case_sensitive else entry.lower()
        for split in (written.split(), _WORDS_AND_SIGNS.findall(written)):
            name = tuple(words.setdefault(word, len(words)) for word in split)
            names.setdefault(name[0], set()).add(name)
    return Gazetteer(
        words, {first: tuple(sorted(some, key=len, reverse=True)) for first, some in names.items()}, is_case_sensitive
    )


def find_names(gazetteer: Gazetteer, tokens: pl.Series) -> list[list[tuple[int, int]] | None]:
    """The stretches `[start, end)` of each sequence of tokens that are names; None where there is none.

    Of names that overlap the one that begins first counts, and of those that begin together the longest.

    >>> find_names(gazetteer_of(["York", "New York"]), pl.Series([["in", "new", "york"], ["in", "Rome"]]))
    [[(1, 3)], None]
    """
    flat = tokens.drop_nulls().explode(empty_as_null=False)
    flat = flat if gazetteer.is_case_sensitive else flat.str.to_lowercase()
    words = list(gazetteer.words)
    numbers = flat.replace_strict(words, range(len(words)), default=_UNKNOWN, return_dtype=pl.Int32).to_numpy()
    ends = np.cumsum(tokens.list.len().fill_null(0).to_numpy())
    has_word = np.unique(np.searchsorted(ends, np.flatnonzero(numbers != _UNKNOWN), side="right"))
    found: list[list[tuple[int, int]] | None] = [None] * len(tokens)
    for row in has_word.tolist():
        start = ends[row - 1] if row else 0
        found[row] = list(_names_in(gazetteer, numbers[start : ends[row]].tolist())) or None
    return found


def _names_in(gazetteer: Gazetteer, numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    start = 0
    while start < len(numbers):
        names = gazetteer.names.get(numbers[start], ())
        length = next((len(name) for name in names if tuple(numbers[start : start + len(name)]) == name), 0)
        if length:
            yield start, start + length
        start += length or 1
