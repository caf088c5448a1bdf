"""What is believed of a source before any vote is seen."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from transom.errors import LabelModelError, did_you_mean


@dataclass(frozen=True)
class Beliefs:
    """What is believed of each source, and what that weighs against votes.

    Attributes:
        accuracies: the share of right votes believed of each source, if classes were equally common.
        pseudo_counts: how many votes that belief is worth.
        shrinkage: how many more it is worth for each vote of a source that votes one class only.
    """

    accuracies: Float[np.ndarray, " n_sources"]
    pseudo_counts: float
    shrinkage: float


def believed_accuracies(
    sources: tuple[str, ...], accuracy: float, beliefs: Mapping[str, float]
) -> Float[np.ndarray, " n_sources"]:
    """The share of right votes believed of each source: its own in `beliefs`, else `accuracy`.

    Raises:
        LabelModelError: a belief names no source, or is not between 0 and 1.
    """
    for source, belief in beliefs.items():
        if source not in sources:
            hint = did_you_mean(source, sources)
            raise LabelModelError("T102", f"beliefs: {source!r} is no source of this task.{hint}")
        if not 0 < belief < 1:
            raise LabelModelError("T102", f"beliefs: {source}: {belief!r} is not between 0 and 1.")
    return np.array([beliefs.get(source, accuracy) for source in sources], dtype=np.float64)


def believed_precision(
    accuracies: Float[np.ndarray, " n_sources"], prior: Float[np.ndarray, "*bits n_classes"]
) -> Float[np.ndarray, "*bits n_sources n_classes n_classes"]:
    """P(the row is of class `y` | the source votes `v`), entry `[source, v, y]`.

    A source either knows the class or votes by chance: that share is such that it is right as often as `accuracies` say
    if classes are equally common. So a vote for a rare class is not taken to be as surely right as one for a common
    class, but no vote of a source that is better than chance speaks against its class.
    """
    n_classes = prior.shape[-1]
    chance = 1 / n_classes
    knows = ((accuracies - chance) / max(1 - chance, chance))[:, None, None]
    return np.asarray(knows * np.eye(n_classes) + (1 - knows) * prior[..., None, None, :])
