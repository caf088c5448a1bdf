"""Statistics of payloads: what a column holds, how much of it is missing, and how its values are distributed.

Every example counts once, so that tests may take examples as independent: for a text its middle word stands, for a
sequence or a set the middle element, as elements of one example are alike.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from transom.schema.payloads import MemberSet, Payload, Sequence, Singleton

N_COMMON = 500
"""How many values of a column are counted one by one, the commonest first."""

WORD = r"\w+"


@dataclass(frozen=True)
class NumberStatistics:
    """Numbers: `percentiles` are 101 of their values, from the least to the greatest, each with 1 % above the last."""

    n: int
    mean: float
    deviation: float
    percentiles: tuple[float, ...]


@dataclass(frozen=True)
class CategoryStatistics:
    """Values that are the same or not: how often each of the commonest occurs, and how many there are at all."""

    n: int
    n_distinct: int
    counts: Mapping[str, int]

    @property
    def is_complete(self) -> bool:
        """Whether every value is counted."""
        return len(self.counts) == self.n_distinct


@dataclass(frozen=True)
class ColumnStatistics:
    """A payload, or a field of one ("person.age"), over `n` examples.

    `numbers` or `categories` are of its values; `lengths` of its characters, elements or members. A text or a sequence
    of tokens has `n_words` words in all, of which `n_distinct_words` differ.
    """

    name: str
    kind: str
    n: int
    n_missing: int
    numbers: NumberStatistics | None = None
    categories: CategoryStatistics | None = None
    lengths: NumberStatistics | None = None
    n_words: int = 0
    n_distinct_words: int = 0


def columns_of(payload: Payload, values: pl.Series) -> Iterator[ColumnStatistics]:
    """The statistics of a payload, whose values are given as a dataset holds them, and of its fields.

    >>> [price] = columns_of(Singleton("price", "number"), pl.Series([3.0, None, 5.0]))
    >>> price.n, price.n_missing, price.numbers.mean
    (3, 1, 4.0)
    """
    match payload:
        case Singleton(value="record"):
            for field in payload.fields:
                yield _column(f"{payload.name}.{field.name}", field.value, values.struct.field(field.name))
        case Singleton():
            yield _column(payload.name, payload.value, values)
        case Sequence():
            yield _sequence(payload, values)
        case MemberSet():
            n_missing, lengths = values.null_count(), numbers_of(values.list.len())
            yield ColumnStatistics(payload.name, "set", len(values), n_missing, lengths=lengths)
            members = _middle(values.filter(values.list.len().fill_null(0) > 0))
            for field in payload.fields:
                yield _column(f"{payload.name}.{field.name}", field.value, members.struct.field(field.name))


def numbers_of(values: pl.Series) -> NumberStatistics | None:
    """The statistics of numbers, without those that are missing; None if all are."""
    numbers = np.sort(values.drop_nulls().cast(pl.Float64).to_numpy())
    numbers = numbers[np.isfinite(numbers)]
    if not len(numbers):
        return None
    places = np.maximum(-(-np.arange(101) * len(numbers) // 100) - 1, 0)  # rounded up, in whole numbers
    percentiles = tuple(numbers[places].tolist())
    with np.errstate(over="ignore", invalid="ignore"):
        mean, deviation = float(numbers.mean()), float(numbers.std())
    return NumberStatistics(len(numbers), mean, deviation, percentiles)


def categories_of(values: pl.Series) -> CategoryStatistics:
    """How often each value occurs; of those that are equally common the first by name is counted first."""
    counts = values.drop_nulls().rename("value").value_counts(name="n")
    common = counts.sort(["n", "value"], descending=[True, False]).head(N_COMMON)
    found = dict(zip(common["value"].to_list(), common["n"].to_list(), strict=True))
    return CategoryStatistics(int(counts["n"].sum()), len(counts), found)


def _column(name: str, kind: str, values: pl.Series) -> ColumnStatistics:
    """A column with one value an example."""
    n, n_missing = len(values), values.null_count()
    match kind:
        case "number":
            return ColumnStatistics(name, kind, n, n_missing, numbers=numbers_of(values))
        case "category":
            return ColumnStatistics(name, kind, n, n_missing, categories=categories_of(values))
        case "vector":
            return ColumnStatistics(name, kind, n, n_missing, lengths=numbers_of(values.list.len()))
    words = values.drop_nulls().str.to_lowercase().str.extract_all(WORD)
    return ColumnStatistics(
        name,
        kind,
        n,
        n_missing,
        categories=categories_of(_middle(words)),
        lengths=numbers_of(values.str.len_chars()),
        n_words=int(words.list.len().sum()),
        n_distinct_words=_n_distinct(words),
    )


def _sequence(payload: Sequence, values: pl.Series) -> ColumnStatistics:
    is_tokens = payload.value == "token"
    elements = _middle(values)
    return ColumnStatistics(
        payload.name,
        payload.value,
        len(values),
        values.null_count(),
        numbers=numbers_of(elements) if payload.value == "number" else None,
        categories=categories_of(elements) if is_tokens else None,
        lengths=numbers_of(values.list.len()),
        n_words=int(values.list.len().sum()) if is_tokens else 0,
        n_distinct_words=_n_distinct(values) if is_tokens else 0,
    )


def _middle(lists: pl.Series) -> pl.Series:
    """The element in the middle of each list; null where there is none."""
    return lists.list.get(lists.list.len() // 2, null_on_oob=True)


def _n_distinct(lists: pl.Series) -> int:
    """How many unlike elements the lists have."""
    return int(lists.explode(empty_as_null=False).drop_nulls().n_unique())
