"""Vectors as bags with one feature a dimension."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from transom.data.features.bags import Bags, bags_of, stacked
from transom.errors import UsageError

MISSING, FIRST = 0, 1
FURTHEST = 10.0
"""Standard deviations from the mean at which scaled numbers end, so that an outlier cannot shout the rest down.

So far from their median numbers end, too, before the mean and the deviation are taken.
"""

AT_ONCE = 2**22
"""Numbers that are measured, or encoded, at once: a dozen others are held of each meanwhile."""


@dataclass(frozen=True)
class VectorReading:
    """A vector is read as it is; `name` is that of its payload, for messages."""

    name: str


@dataclass(frozen=True)
class VectorSpec:
    """What a model knows of a vector: ids are 0 = missing, then the dimensions."""

    name: str
    mean: Float[np.ndarray, " n_dimensions"]
    scale: Float[np.ndarray, " n_dimensions"]

    @property
    def n_features(self) -> int:
        """Number of ids."""
        return FIRST + len(self.mean)


def fit_vectors(reading: VectorReading, values: Sequence[Sequence[float] | None]) -> VectorSpec:
    """Mean and standard deviation of each dimension.

    Raises:
        UsageError: vectors of unlike lengths.
    """
    vectors = [value for value in values if value is not None]
    n_dimensions = len(vectors[0]) if vectors else 0
    check_lengths(reading.name, vectors, n_dimensions)
    if not vectors or n_dimensions == 0:
        return VectorSpec(reading.name, np.zeros(0), np.ones(0))
    matrix = np.array(vectors, dtype=np.float64)
    step = max(AT_ONCE // len(matrix), 1)
    measured = [_measured(matrix[:, start : start + step]) for start in range(0, n_dimensions, step)]
    mean, spread = (np.concatenate(column) for column in zip(*measured, strict=True))
    return VectorSpec(reading.name, mean, np.where(spread > 0, spread, 1.0))


def _measured(
    matrix: Float[np.ndarray, "n_vectors n_some"],
) -> tuple[Float[np.ndarray, " n_some"], Float[np.ndarray, " n_some"]]:
    """Mean and standard deviation of some dimensions."""
    largest = np.maximum(np.abs(matrix).max(axis=0), np.finfo(np.float64).tiny)
    shares = _without_outliers(matrix / largest)  # of these no square or sum is beyond all numbers
    return shares.mean(axis=0) * largest, shares.std(axis=0) * largest


def _without_outliers(
    numbers: Float[np.ndarray, "n_vectors n_dimensions"],
) -> Float[np.ndarray, "n_vectors n_dimensions"]:
    """Cuts numbers that are too far from the median of their dimension, as the width of its middle half tells.

    Of a normal distribution that is 1.349 standard deviations. Where it has no width, as where most numbers are zero,
    none is an outlier.
    """
    low, median, high = np.quantile(numbers, [0.25, 0.5, 0.75], axis=0)
    furthest = np.where(high > low, FURTHEST * (high - low) / 1.349, np.inf)
    return np.asarray(np.clip(numbers, median - furthest, median + furthest))


def encode_vectors(spec: VectorSpec, values: Sequence[Sequence[float] | None]) -> Bags:
    """One row a vector, its dimensions scaled alike.

    Raises:
        UsageError: a vector of another length than those the model was fitted on.
    """
    step = max(AT_ONCE // max(len(spec.mean), 1), 1)
    return stacked([_encoded(spec, values[start : start + step]) for start in range(0, max(len(values), 1), step)])


def _encoded(spec: VectorSpec, values: Sequence[Sequence[float] | None]) -> Bags:
    there = np.flatnonzero([value is not None for value in values])
    missing = np.flatnonzero([value is None for value in values])
    vectors = [value for value in values if value is not None]
    n_dimensions = len(spec.mean)
    check_learned(spec.name, vectors, n_dimensions)
    matrix = np.array(vectors, dtype=np.float64).reshape(len(vectors), n_dimensions)
    with np.errstate(over="ignore"):  # what is beyond all numbers is cut, too
        scaled = np.clip((matrix - spec.mean) / spec.scale, -FURTHEST, FURTHEST)
    return bags_of(
        np.concatenate([missing, np.repeat(there, n_dimensions)]),
        np.concatenate([np.full(len(missing), MISSING), np.tile(FIRST + np.arange(n_dimensions), len(there))]),
        np.concatenate([np.ones(len(missing)), scaled.ravel() / np.sqrt(max(n_dimensions, 1))]),
        len(values),
    )


def check_lengths(name: str, vectors: Sequence[Sequence[float]], n_dimensions: int) -> None:
    """Raises a UsageError that names the payload where vectors are not all of this length."""
    for vector in vectors:
        if len(vector) != n_dimensions:
            raise UsageError(
                "T120",
                f"The vectors of payload {name!r} have unlike lengths: {n_dimensions} and {len(vector)}. "
                "Give each as many numbers.",
            )


def check_learned(name: str, vectors: Sequence[Sequence[float]], n_dimensions: int) -> None:
    """Raises a UsageError that names the payload where vectors are not as long as those that a model learned from."""
    for vector in vectors:
        if len(vector) != n_dimensions == 0:
            raise UsageError(
                "T120",
                f"Payload {name!r} has vectors, but none on train, so the model has not learned to read them. "
                f"Give vectors to examples of train, or remove {name!r} from schema.yaml.",
            )
        if len(vector) != n_dimensions:
            raise UsageError(
                "T120",
                f"A vector of payload {name!r} has {len(vector)} numbers, those that the model learned from have "
                f"{n_dimensions}. Ask a model that has learned from such, or train one from the start.",
            )
