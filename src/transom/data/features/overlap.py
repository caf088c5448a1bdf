"""Texts that are compared as features: how much of one another has, whatever their words are.

A network cannot know that two words are equal that it has not seen, as it only has what it learned of each.
Source: Severyn & Moschitti (2015), Learning to Rank Short Text Pairs with Convolutional Deep Neural Networks, SIGIR,
section 3.2, for shared words, plain and weighed by how rare they are, beside what is learned of two texts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from transom.data.features.bags import Bags, bags_of
from transom.data.features.shared_words import N_SHARES, Rarity, TextPair, rarity_of, shares_of

QUARTERS = np.arange(4)
N_FEATURES = 2 + len(QUARTERS)
"""Ids of a share: 0 = missing, 1 = the share as it is, so that texts that share little say little, then quarters."""

Values = Mapping[str, Sequence[Any]]
"""The values of examples by payload."""


@dataclass(frozen=True)
class Place:
    """Where a text stands: in a payload, or in a field of it.

    Of a sequence it is the first `max_length` tokens, put together where it is not each of them that is compared. Of
    members of a set without a `field` it is the stretch of the sequence `points_at` that each points at.
    """

    payload: str
    field: str | None = None
    points_at: str | None = None
    max_length: int | None = None


@dataclass(frozen=True)
class OverlapReading:
    """Which texts are compared for the heads of the payload `seen_by`."""

    seen_by: str
    pairs: tuple[tuple[Place, Place], ...]

    @property
    def payloads(self) -> tuple[str, ...]:
        """The payloads that are read."""
        places = list(chain.from_iterable(self.pairs))
        names = [name for place in places for name in (place.payload, place.points_at) if name is not None]
        return tuple(dict.fromkeys(names))


@dataclass(frozen=True)
class OverlapSpec:
    """What a model knows of texts that are compared: how rare words are."""

    reading: OverlapReading
    rarity: Rarity

    @property
    def n_features(self) -> int:
        """Number of ids: those of a share for each that is found of each pair."""
        return len(self.reading.pairs) * N_SHARES * N_FEATURES


def fit_overlap(reading: OverlapReading, texts: Sequence[Sequence[TextPair]]) -> OverlapSpec:
    """How rare words are among the texts of train; `texts` are those of each pair."""
    given = (text for each in texts for pair in each for text in pair if text is not None)
    return OverlapSpec(reading, rarity_of(given))


def encode_overlap(spec: OverlapSpec, texts: Sequence[Sequence[TextPair]]) -> Bags:
    """One row an example or element: the shares of each pair, which are missing where a text has no words."""
    found = shares_of(list(chain.from_iterable(texts)), spec.rarity).reshape(len(texts), -1, N_SHARES)
    shares = np.concatenate(found, axis=1)
    rows, places = np.nonzero(shares)
    there = shares[rows, places, None]
    missing = np.isnan(there)
    weights = np.concatenate([missing, there, np.clip(len(QUARTERS) * there - QUARTERS, 0, 1)], axis=1)
    entries, ids = np.nonzero(np.where(missing, missing & (np.arange(N_FEATURES) == 0), weights))
    return bags_of(rows[entries], places[entries] * N_FEATURES + ids, weights[entries, ids], len(shares))


def texts_of(
    reading: OverlapReading, values: Values, *, elements_of: str | None = None, max_length: int = 1
) -> list[list[TextPair]]:
    """The two texts of each pair: for every example, or for every element of a payload, of which so many are seen."""
    return [
        list(zip(*(_texts(place, values, elements_of, max_length) for place in pair), strict=True))
        for pair in reading.pairs
    ]


def _texts(place: Place, values: Values, elements_of: str | None, max_length: int) -> list[str | None]:
    if elements_of is None:
        return [_text(value, place) for value in values[place.payload]]
    seen = [(elements or [])[:max_length] for elements in values[elements_of]]
    if place.points_at is not None:
        sequences = [tokens and tokens[: place.max_length] for tokens in values[place.points_at]]
        return [_pointed(each, tokens) for members, tokens in zip(seen, sequences, strict=True) for each in members]
    if place.payload == elements_of:
        return [_text(each, place) for each in chain.from_iterable(seen)]
    beside = [_text(value, place) for value in values[place.payload]]
    return [text for text, elements in zip(beside, seen, strict=True) for _ in elements]


def _text(value: Any, place: Place) -> str | None:
    text = value if place.field is None or value is None else value.get(place.field)
    return text if text is None or isinstance(text, str) else " ".join(text[: place.max_length])


def _pointed(member: Mapping[str, Any], tokens: Sequence[str] | None) -> str | None:
    stretch = member.get("range")
    return None if stretch is None or tokens is None else " ".join(tokens[stretch["start"] : stretch["end"]])
