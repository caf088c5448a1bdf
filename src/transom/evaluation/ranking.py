"""The area under the ROC curve: how well scores rank the items of a class above the others."""

import numpy as np
from jaxtyping import Bool, Float, Int

from transom.evaluation.intervals import Estimate, effective, sum_by_example, wilson


def roc_auc(
    probabilities: Float[np.ndarray, "n_items n_classes"],
    gold: Int[np.ndarray, " n_items"],
    examples: Int[np.ndarray, " n_items"],
) -> Estimate | None:
    """Two classes: the area of the second. More: the mean over classes, each against the rest.

    Classes that all or none of the items have are left out; None where no class is left.

    Source: DeLong, DeLong & Clarke-Pearson (1988), Biometrics 44(3), eq. 4-7 for the structural components and their
    variance. We put that variance into Wilson's interval, which stays in [0, 1] (a share with that variance is worth
    so many trials), and never count more trials than 4mn / (m + n), where m and n are the sizes of the two groups,
    nor more than the smaller group where the ranking is perfect, as DeLong's variance is then 0.
    """
    n_classes = probabilities.shape[1]
    asked = range(1, 2) if n_classes == 2 else range(n_classes)
    ranked = [c for c in asked if 0 < np.count_nonzero(gold == c) < len(gold)]
    if not ranked:
        return None
    areas, influences = zip(*(_area(probabilities[:, c], gold == c) for c in ranked), strict=True)
    area = float(np.mean(areas))
    variance = float(np.sum(sum_by_example(np.mean(influences, axis=0), examples) ** 2))
    sizes = np.array([[np.count_nonzero(gold == c), np.count_nonzero(gold != c)] for c in ranked])
    most = float(np.mean(4 * sizes.prod(axis=1) / sizes.sum(axis=1)))
    return wilson(area, effective(area, variance, most=most, otherwise=float(sizes.min())))


def _area(
    scores: Float[np.ndarray, " n_items"], is_positive: Bool[np.ndarray, " n_items"]
) -> tuple[float, Float[np.ndarray, " n_items"]]:
    """The area, and each item's influence on it; the sum of squared influences is DeLong's variance."""
    _, place = np.unique(scores, return_inverse=True)
    positives = np.bincount(place, weights=is_positive)
    negatives = np.bincount(place, weights=~is_positive)
    n_positive, n_negative = positives.sum(), negatives.sum()
    share_below = (np.cumsum(negatives) - negatives / 2) / n_negative
    share_above = 1 - (np.cumsum(positives) - positives / 2) / n_positive
    area = float(positives @ share_below / n_positive)
    component = np.where(is_positive, share_below[place], share_above[place]) - area
    size = np.where(is_positive, n_positive, n_negative)
    return area, component / np.sqrt(size * np.maximum(size - 1, 1))
