"""Payloads as arrays: the one path from the values of examples to what a network reads, for training and serving.

Values are plain Python: a list with one entry an example, None where the payload is missing. The members of a set are
as in a dataset: `{"id", "range": {"start", "end"} or None, and the fields by name}`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Literal

import numpy as np
from jaxtyping import Bool, Float32, Int

from transom.data.features.bags import Bags, spread
from transom.data.features.numbers import NumberSpec
from transom.data.features.overlap import (
    OverlapReading,
    OverlapSpec,
    Values,
    encode_overlap,
    fit_overlap,
    texts_of,
)
from transom.data.features.pieces import PieceReading, PieceSpec, encode_texts, encode_tokens, fit_pieces
from transom.data.features.shared_words import TextPair
from transom.data.features.values import RecordSpec, ValueReading, ValueSpec, encode_values, fit_values
from transom.data.features.vectors import VectorSpec
from transom.data.features.words import WordReading, WordSpec, encode_words, fit_words
from transom.data.items import Items, from_lengths, one_each
from transom.data.vocabulary import number_words, split
from transom.schema.payloads import MemberSet, Payload

Form = Literal["singleton", "text", "joined", "sequence", "set"]
"""`text` is a singleton that is split into a sequence of words, `joined` a sequence of tokens as a singleton."""

NGRAMS, OVERLAP = ".ngrams", ".overlap"
"""What the keys of further readings of a payload end with; no payload's name has a dot."""


@dataclass(frozen=True)
class PayloadReading:
    """How a payload is read; a network sees the first `max_length` elements of a sequence or set.

    `is_second` tells the n-grams of a payload apart that is read in another way, too. Where the value is an overlap, it
    is that of texts, of every example or of every element.
    """

    name: str
    form: Form
    value: ValueReading | WordReading | PieceReading | OverlapReading
    max_length: int = 1
    is_second: bool = False

    @property
    def key(self) -> str:
        """What the features are called."""
        if isinstance(self.value, OverlapReading):
            seen_by = self.value.seen_by
            return f"{self.name}{OVERLAP}" if seen_by == self.name else f"{self.name}{OVERLAP}.{seen_by}"
        return f"{self.name}{NGRAMS}" if self.is_second else self.name

    @property
    def payloads(self) -> tuple[str, ...]:
        """The payloads whose values are read: of texts that are compared not the one whose heads see them."""
        if not isinstance(self.value, OverlapReading):
            return (self.name,)
        own = () if self.form == "singleton" else (self.name,)
        return tuple(dict.fromkeys([*own, *self.value.payloads]))


@dataclass(frozen=True)
class PayloadSpec:
    """What a model knows of a payload's values, learned from the train examples."""

    reading: PayloadReading
    value: ValueSpec | WordSpec | PieceSpec | OverlapSpec

    @property
    def n_features(self) -> int:
        """Number of feature ids."""
        return self.value.n_features

    @property
    def discrete(self) -> Bool[np.ndarray, " n_features"]:
        """Which features are there or not, as words, n-grams and categories are; of a number there is more or less."""
        fields = [each for _, each in self.value.fields] if isinstance(self.value, RecordSpec) else [self.value]
        is_discrete = np.array([not isinstance(each, NumberSpec | VectorSpec | OverlapSpec) for each in fields])
        return np.repeat(is_discrete, [each.n_features for each in fields])


@dataclass(frozen=True)
class FeatureSpec:
    """Everything that turns payload values into features."""

    payloads: tuple[PayloadSpec, ...]


@dataclass(frozen=True)
class PayloadFeatures:
    """The features of one payload: element `i` of `items` has row `index[i]` of `bags`; words share a row.

    `items` are the elements that a network sees, `all_items` those that the examples have. `ranges` holds, for a set,
    the stretch `[start, end)` that each member points at, -1 for none; for tokens that are read in pieces, the stretch
    of its row that each is made of. A singleton is its own only element. `vectors` are what a network has made of the
    rows already, so that it need not do so again.
    """

    bags: Bags
    index: Int[np.ndarray, " n_items"]
    items: Items
    all_items: Items
    is_singleton: bool
    ranges: Int[np.ndarray, "n_items 2"] | None = None
    vectors: Float32[np.ndarray, "n_rows size"] | None = None

    @property
    def n_truncated(self) -> int:
        """The number of examples of which a network sees only the beginning."""
        return int(np.count_nonzero(self.items.lengths < self.all_items.lengths))

    def n_features(self) -> Int[np.ndarray, " n_examples"]:
        """How many features the elements of each example have together."""
        sums = np.cumsum(np.append(0, np.diff(self.bags.offsets)[self.index]))
        return np.asarray(np.diff(sums[self.items.offsets]))

    def take(self, examples: Int[np.ndarray, " n_taken"]) -> "PayloadFeatures":
        """Some examples, in the order asked for, and only the rows that they have."""
        items = from_lengths(self.items.lengths[examples])
        elements = spread(self.items.offsets[examples], items.lengths)
        rows, index = np.unique(self.index[elements], return_inverse=True)
        return replace(
            self,
            bags=self.bags.take(rows),
            index=index,
            items=items,
            all_items=from_lengths(self.all_items.lengths[examples]),
            ranges=None if self.ranges is None else self.ranges[elements],
            vectors=None if self.vectors is None else self.vectors[rows],
        )


@dataclass(frozen=True)
class Features:
    """The features of all payloads that a model reads, by the keys of their readings."""

    n_examples: int
    payloads: Mapping[str, PayloadFeatures]

    def take(self, examples: Int[np.ndarray, " n_taken"]) -> "Features":
        """Some examples, in the order asked for."""
        return Features(len(examples), {name: each.take(examples) for name, each in self.payloads.items()})


def fit_features(readings: Sequence[PayloadReading], values: Values) -> FeatureSpec:
    """What is learned from the values of the train examples, by payload name."""
    return FeatureSpec(tuple(PayloadSpec(reading, _fit(reading, values)) for reading in readings))


def encode_features(spec: FeatureSpec, values: Values) -> Features:
    """The features of any examples; of each alone they are the same as among others."""
    n_examples = len(next(iter(values.values()), ()))
    return Features(n_examples, {each.reading.key: _encode(each, values) for each in spec.payloads})


def as_in_dataset(payload: Payload, value: Any) -> Any:
    """A payload value of a JSON record in the form that datasets and features have; only sets differ."""
    if not isinstance(payload, MemberSet) or value is None:
        return value
    return [{"id": member["id"], "range": _named_range(member), **(member.get("fields") or {})} for member in value]


def _named_range(member: Mapping[str, Any]) -> dict[str, int] | None:
    stretch = member.get("range")
    return None if stretch is None else {"start": stretch[0], "end": stretch[1]}


def _fit(reading: PayloadReading, values: Values) -> ValueSpec | WordSpec | PieceSpec | OverlapSpec:
    if isinstance(reading.value, PieceReading):
        return fit_pieces(reading.value)
    if isinstance(reading.value, OverlapReading):
        return fit_overlap(reading.value, _texts(reading, reading.value, values))
    elements = [value[: reading.max_length] for value in _lists(reading, values[reading.name])]
    if isinstance(reading.value, WordReading):
        return fit_words(reading.value, number_words(elements))
    return fit_values(reading.value, list(chain.from_iterable(elements)))


def _texts(reading: PayloadReading, overlap: OverlapReading, values: Values) -> list[list[TextPair]]:
    elements_of = None if reading.form == "singleton" else reading.name
    return texts_of(overlap, values, elements_of=elements_of, max_length=reading.max_length)


def _encode(spec: PayloadSpec, values: Values) -> PayloadFeatures:
    form = spec.reading.form
    if isinstance(spec.value, OverlapSpec) and form == "singleton":
        bags = encode_overlap(spec.value, _texts(spec.reading, spec.value.reading, values))
        return PayloadFeatures(bags, np.arange(bags.n_rows), one_each(bags.n_rows), one_each(bags.n_rows), True)
    whole = _lists(spec.reading, values[spec.reading.name])
    seen = [value[: spec.reading.max_length] for value in whole]
    items, all_items, is_singleton = _items(seen), _items(whole), form in ("singleton", "joined")
    if isinstance(spec.value, WordSpec):
        words = number_words(seen)
        bags = encode_words(spec.value, words.distinct)
        return PayloadFeatures(bags, words.index, items, all_items, is_singleton)
    if isinstance(spec.value, PieceSpec):
        return _in_pieces(spec.value, seen, items, all_items, is_singleton)
    if isinstance(spec.value, OverlapSpec):
        bags = encode_overlap(spec.value, _texts(spec.reading, spec.value.reading, values))
        return PayloadFeatures(bags, np.arange(bags.n_rows), items, all_items, is_singleton)
    elements = list(chain.from_iterable(seen))
    ranges = _ranges(elements) if form == "set" else None
    bags = encode_values(spec.value, elements)
    return PayloadFeatures(bags, np.arange(len(elements)), items, all_items, is_singleton, ranges)


def _in_pieces(
    spec: PieceSpec, values: Sequence[Sequence[Any]], items: Items, all_items: Items, is_singleton: bool
) -> PayloadFeatures:
    """Texts, or sequences of tokens; what is the same shares a row."""
    numbers: dict[Any, int] = {}
    keys = [value[0] or "" if is_singleton else tuple(value) for value in values]
    rows = np.fromiter((numbers.setdefault(key, len(numbers)) for key in keys), np.int64, len(keys))
    if is_singleton:
        return PayloadFeatures(encode_texts(spec, list(numbers)), rows, items, all_items, is_singleton)
    found = encode_tokens(spec, list(numbers))
    lengths = np.fromiter(map(len, numbers), np.int64, len(numbers))
    stretches = found.stretches[spread((np.cumsum(lengths) - lengths)[rows], lengths[rows])]
    return PayloadFeatures(found.bags, np.repeat(rows, lengths[rows]), items, all_items, is_singleton, stretches)


def _lists(reading: PayloadReading, values: Sequence[Any]) -> list[list[Any]]:
    """The elements of each example; a singleton is its own only element, a missing sequence or set has none."""
    match reading.form:
        case "singleton":
            return [[value] for value in values]
        case "joined":
            return [[None if value is None else " ".join(value[: reading.max_length])] for value in values]
        case "text":
            return [split(value or "") for value in values]
        case "sequence" | "set":
            return [value if value is not None else [] for value in values]


def _items(values: Sequence[Sequence[Any]]) -> Items:
    return from_lengths(np.fromiter(map(len, values), np.int64, len(values)))


def _ranges(members: Sequence[Mapping[str, Any]]) -> Int[np.ndarray, "n_items 2"]:
    stretches = [member.get("range") or {"start": -1, "end": -1} for member in members]
    return np.array([(each["start"], each["end"]) for each in stretches], dtype=np.int64).reshape(len(members), 2)
