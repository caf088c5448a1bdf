"""Distillation: a small model learns from what a large one says of the train examples, not only from their labels.

Source: Hinton, Vinyals & Dean (2015), arXiv 1503.02531, section 2, at temperature 1: where an example has a label of
its own, the mean of both losses. Labels that weak sources made count for nothing beside the teacher, which learned from
them, and was brought in line with dev gold.
"""

import numpy as np

from transom.data.predictions import Predictions
from transom.data.targets import Targets
from transom.schema.tasks import Regression, Select, Task


def distilled(task: Task, targets: Targets, teacher: Predictions, *, weak: bool) -> Targets:
    """What a student learns: what the teacher says of all that it sees, half and half with labels of their own."""
    own = np.zeros_like(targets.weights) if weak else np.minimum(targets.weights, 1.0)
    share = _of_probabilities(task, targets, own) / 2
    is_seen = _is_seen(task, teacher)
    if isinstance(task, Regression):  # of what it does not see a teacher says 0, which is no number of the task
        share = np.where(is_seen > 0, share, 1.0)
    probabilities = share * np.nan_to_num(targets.probabilities) + (1 - share) * teacher.probabilities
    return Targets(targets.items, probabilities, np.maximum(is_seen, targets.weights))


def _of_probabilities(task: Task, targets: Targets, weights: np.ndarray) -> np.ndarray:
    """Weights in the shape of the probabilities that they belong to."""
    if isinstance(task, Select):
        return np.repeat(weights, targets.items.lengths)
    return weights.reshape(-1, *(1,) * (targets.probabilities.ndim - 1))


def _is_seen(task: Task, teacher: Predictions) -> np.ndarray:
    """1 for what the teacher sees, 0 for elements beyond."""
    if isinstance(task, Select) or teacher.covered is None:
        return np.ones(len(teacher.labels))
    return np.asarray(teacher.covered.reshape(len(teacher.labels), -1).all(axis=1), dtype=np.float64)
