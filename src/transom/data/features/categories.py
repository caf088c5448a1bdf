"""Categories as bags of one feature: the category, or that it is unknown or missing."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from transom.data.features.bags import Bags, bags_of

MISSING, UNKNOWN, FIRST = 0, 1, 2
LIMIT = 100_000


@dataclass(frozen=True)
class CategoryReading:
    """A category is read as it is."""


@dataclass(frozen=True)
class CategorySpec:
    """What a model knows of a category: ids are 0 = missing, 1 = unknown, then `names` in order."""

    names: tuple[str, ...]

    @property
    def n_features(self) -> int:
        """Number of ids."""
        return FIRST + len(self.names)


def fit_categories(values: Sequence[str | None]) -> CategorySpec:
    """The names in use, sorted; of 200 values on, those used once are unknown: a model learns what that means."""
    counts = Counter(value for value in values if value is not None)
    min_count = 1 if counts.total() < 200 else 2
    frequent = [name for name, n in counts.most_common(LIMIT) if n >= min_count]
    return CategorySpec(tuple(sorted(frequent)))


def encode_categories(spec: CategorySpec, values: Sequence[str | None]) -> Bags:
    """One row a value."""
    ids: dict[str | None, int] = {name: FIRST + place for place, name in enumerate(spec.names)}
    ids[None] = MISSING
    found = np.array([ids.get(value, UNKNOWN) for value in values], dtype=np.int64)
    return bags_of(np.arange(len(found)), found, np.ones(len(found)), len(found))
