"""Label smoothing: targets that are never quite certain.

Source: Szegedy et al. (2016), arXiv 1512.00567, section 7.
"""

from dataclasses import replace

import numpy as np

from transom.data.targets import Targets
from transom.schema.tasks import Bitvector, Regression, Select, Task


def smoothed(task: Task, targets: Targets, share: float) -> Targets:
    """The targets with a share of their probability moved to all classes alike; numbers stay as they are.

    For a select all members of an example and "none of them" have a part in it.
    """
    if isinstance(task, Regression):
        return targets
    return replace(targets, probabilities=targets.probabilities * (1 - share) + share * _even(task, targets))


def _even(task: Task, targets: Targets) -> np.ndarray | float:
    match task:
        case Select():
            return np.repeat(1 / (targets.items.lengths + 1), targets.items.lengths)
        case Bitvector():
            return 0.5
        case _:
            return 1 / int(targets.probabilities.shape[1])
