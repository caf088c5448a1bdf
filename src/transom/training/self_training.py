"""A second round of training, on the labels that the network is surest of after the first.

Weak sources vote on a biased part of the data, most often where a keyword stands. What a network learned from them,
brought in line with dev gold, covers all train examples and is right more often than the votes: on youtube, trec,
agnews and hausa_news (half of train held out, gold only looked at to judge) a second round gains 1 to 4 points.
Source: Yarowsky (1995), section 3; Karamanolakis et al. (2021), arXiv 2104.05514, for weak sources. We begin again from
the first weights instead of going on, so that what was learned wrongly is forgotten.

Without dev gold it gains 1.4 points on 800 to 2,000 examples of these and of snips (16 of 17 samples), with their weak
votes or three each of a noisy crowd; on 200 examples it loses as much. With targets that are nearly certain it loses.

Of the surest labels a rare class can be absent, and a second network then never names it: planted texts with a class
of a tenth and five sources (3 seeds, no gold) have a macro F1 of .477 after a second round and of .779 without one. So
without gold it takes labels that keep all classes, and also with little: calibrated on 20 labels networks gave a rare
class up, and the loss of the same 20 did not tell.
"""

import numpy as np
from jaxtyping import Bool, Float

from transom.data.predictions import Predictions
from transom.data.targets import Targets
from transom.schema.tasks import Bitvector, Multiclass, Task

SHARE = 0.7
"""So much of the train items, the surest, are learned from again."""

SELF_TRAINED = Multiclass | Bitvector
"""The types of task that have a second round."""

CERTAIN = 0.95
"""Targets that are right so often are not learned from anew."""

FEWEST = 800
"""Without gold on dev a second round takes so many train items."""

MIN_GOLD = 30
"""Fewer gold labels on dev cannot tell whether a rare class got lost."""

KEPT = 0.5
"""Where they are fewer each class has to keep so much of its share of the labels."""


def surest(task: Task, predictions: Predictions, train: Bool[np.ndarray, " n_examples"]) -> Targets:
    """The labels that a network gave to the train items that it is surest of, as targets."""
    rows = np.flatnonzero(predictions.items.of(train))
    confidence = _confidence(predictions)[rows]
    weights = np.zeros(predictions.items.n_items)
    weights[rows[(confidence > 0) & (confidence >= np.quantile(confidence, 1 - SHARE))]] = 1.0
    labels = predictions.labels
    if isinstance(task, Multiclass):
        return Targets(predictions.items, np.eye(len(task.classes))[labels], weights)
    return Targets(predictions.items, labels.astype(np.float64), weights)


def is_promising(task: Task, targets: Targets, train: Bool[np.ndarray, " n_examples"], *, has_gold: bool) -> bool:
    """Whether a network's labels are likely to be better than its targets; `has_gold` says whether dev has gold.

    Bits need gold, and nothing else: most may be rare, so that it says little how sure they are.
    """
    if isinstance(task, Bitvector):
        return has_gold
    items = targets.items.of(train)
    labeled = items & (targets.weights > 0)
    certainty = targets.probabilities[labeled].max(axis=1)
    is_doubtful = certainty @ targets.weights[labeled] < CERTAIN * targets.weights[labeled].sum()
    return bool(is_doubtful and (has_gold or items.sum() >= FEWEST))


def keeps_classes(targets: Targets, labels: Targets, train: Bool[np.ndarray, " n_examples"]) -> bool:
    """Whether labels to learn from anew name each class at least half as often as the targets of train do."""
    before, after = (_shares(each, each.items.of(train)) for each in (targets, labels))
    return bool((after >= KEPT * before).all())


def _shares(targets: Targets, rows: Bool[np.ndarray, " n_items"]) -> Float[np.ndarray, " n_classes"]:
    """How common each class is among targets with a weight."""
    labeled = rows & (targets.weights > 0)
    return np.asarray(targets.probabilities[labeled].mean(axis=0))


def _confidence(predictions: Predictions) -> Float[np.ndarray, " n_items"]:
    """How sure a label is, of bits the mean; nothing is sure of an item of which a network sees nothing."""
    probabilities = predictions.probabilities
    one_label = predictions.labels.ndim == 1
    sure = probabilities.max(axis=1) if one_label else np.maximum(probabilities, 1 - probabilities).mean(axis=1)
    is_seen = (
        np.ones(len(sure), bool) if predictions.covered is None else predictions.covered.reshape(len(sure), -1)[:, 0]
    )
    return np.where(is_seen, sure, 0.0)
