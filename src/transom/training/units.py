"""Units for numbers that float32, in which networks and trees learn, is too coarse or too narrow for."""

import numpy as np
from jaxtyping import Float

from transom.model.graph import Units

COARSE = 1e-3
"""Float32 is too coarse where it tells values apart by steps of more than this share of their deviation."""

LEAST, LARGEST = 1e-34, 1e34
"""It is too narrow for deviations beyond these, as it holds no slope of their losses."""


def units_for(values: Float[np.ndarray, "..."]) -> Units | None:
    """Mean and deviation of such values, None of others; where they do not differ the unit is 1.

    >>> units_for(np.array([1.7e9 - 1, 1.7e9 + 1]))
    Units(origin=1700000000.0, unit=1.0)
    >>> units_for(np.array([-1.0, 1.0]))
    """
    if not values.size:
        return None
    largest = np.abs(values).max() or 1.0
    deviation = float((values / largest).std() * largest)  # so that no square is taken for 0 or infinite
    is_coarse = largest * np.finfo(np.float32).eps > COARSE * deviation
    if not is_coarse and LEAST < deviation < LARGEST:
        return None
    return Units(float(values.mean()), deviation or 1.0)


def counted_in(units: Units, values: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    """Values counted from the origin, in the unit; NaN stays."""
    return np.asarray((values - units.origin) / units.unit)
