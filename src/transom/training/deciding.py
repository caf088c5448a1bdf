"""Decision rules from settings: costs as given; from dev gold the thresholds of bits, and what O costs in spans."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Int

from transom.data.decision_rules import DecisionRule, dearest_tags
from transom.data.items import Items, from_lengths
from transom.data.labels import Labels
from transom.data.predictions import Predictions
from transom.data.spans import spans_in
from transom.data.targets import Targets
from transom.evaluation.scores import counts_of_entities
from transom.schema.tasks import Bitvector, Multiclass, Spans, Task
from transom.training.config import Decision

FEWEST = 10
"""Fewer gold labels of dev do not move the threshold of a bit from one half, nor fewer spans the cost of O from 1."""

LEAST = 0.05
"""No bit is said to hold that is less probable. The threshold of the best F1 is half of that F1 (Lipton et al.), so
that less is best only for bits that can hardly be told, and most of what it lets pass is wrong."""

EXPECTED = 4.0
"""What a model expects of an item counts so many times what gold says of it."""

COSTS_OF_O = tuple(np.exp(np.linspace(-1, 1, 9)).tolist())
"""What missing that a token is in no span may cost, where missing a tag of a span costs 1."""


@dataclass(frozen=True)
class Known:
    """What is known of a task: `gold` is looked at on the examples of `dev` only, `targets` on those of `train`."""

    gold: Labels
    targets: Targets
    train: Bool[np.ndarray, " n_examples"]
    dev: Bool[np.ndarray, " n_examples"]


def decision_rule(task: Task, decision: Decision, predictions: Predictions, known: Known) -> DecisionRule:
    """The rule of one task, from what its model says of all examples."""
    costs: tuple[float, ...] = ()
    thresholds: tuple[float, ...] = ()
    if isinstance(task, Multiclass) and decision.costs is not None:
        costs = _balancing(known) if decision.costs == "balanced" else _of_classes(task.classes, decision.costs, 1.0)
    if isinstance(task, Bitvector):
        best = _best_thresholds(predictions, known) if decision.threshold == "auto" else (0.5,) * len(task.classes)
        thresholds = _thresholds(task.classes, decision.threshold, best)
    if isinstance(task, Spans):
        costs = _costs_of_tags(predictions, known)
    return DecisionRule(costs, thresholds, decision.abstain_below)


def _of_classes(classes: Sequence[str], given: Mapping[str, float], default: float) -> tuple[float, ...]:
    return tuple(float(given.get(name, default)) for name in classes)


def _balancing(known: Known) -> tuple[float, ...]:
    """The inverse of how frequent each class is among the targets, as if it stood there once more."""
    rows = np.flatnonzero(known.targets.items.of(known.train))
    counts = known.targets.probabilities[rows].T @ known.targets.weights[rows] + 1
    return tuple((counts.mean() / counts).tolist())


def missed_in_spans(found: Predictions, gold: Int[np.ndarray, " n_items"]) -> float:
    """What is missing of an F1 of 1 at the cost of O that suits spans best; 0 where gold says too little.

    Tokens without gold (-1) are not looked at.
    """
    if len(spans_in(found.items, gold).starts) < FEWEST:
        return 0.0
    return 1.0 - float(_f1_by_cost(found, gold, COSTS_OF_O[::2]).max())


def _costs_of_tags(predictions: Predictions, known: Known) -> tuple[float, ...]:
    """The cost of O that has the best F1 of spans on dev, then those of other tags; none where 1 is as good.

    As good is less than one span from the best; of such costs it is the one nearest to 1.
    """
    in_dev = known.gold.items.of(known.dev)
    items = from_lengths(known.gold.items.lengths[known.dev])
    found = Predictions(items, predictions.probabilities[in_dev], predictions.labels[in_dev])
    gold = known.gold.values[in_dev]
    n_spans = len(spans_in(items, gold).starts)
    if n_spans < FEWEST:
        return ()
    of_o = sorted(COSTS_OF_O, key=lambda cost: abs(np.log(cost)))
    f1 = _f1_by_cost(found, gold, of_o)
    nearest = int((f1 > f1.max() - 1 / n_spans).argmax())
    return _with_cost(of_o[nearest], found) if nearest else ()


def _f1_by_cost(
    found: Predictions, gold: Int[np.ndarray, " n_items"], of_o: Sequence[float]
) -> Float[np.ndarray, " n_costs"]:
    """The F1 of spans for each cost of O."""
    return np.array([_f1_of_spans(found.items, gold, dearest_tags(found, _with_cost(cost, found))) for cost in of_o])


def _with_cost(of_o: float, found: Predictions) -> tuple[float, ...]:
    return (of_o, *[1.0] * (found.probabilities.shape[1] - 1))


def _f1_of_spans(items: Items, gold: np.ndarray, tags: np.ndarray) -> float:
    """The F1 of the spans in tags; tokens without gold are not looked at."""
    counts = counts_of_entities(items, gold, tags, gold >= 0)
    return 2 * float(counts.both.sum()) / max(float(counts.gold.sum() + counts.predicted.sum()), 1.0)


def _thresholds(
    classes: Sequence[str], given: float | Mapping[str, float] | Literal["auto"], best: tuple[float, ...]
) -> tuple[float, ...]:
    if given == "auto":
        return best
    return _of_classes(classes, given, 0.5) if isinstance(given, Mapping) else (float(given),) * len(classes)


def _best_thresholds(predictions: Predictions, known: Known) -> tuple[float, ...]:
    """Of each bit the threshold that promises the best F1 on dev, one half where dev says too little.

    No threshold is a matter of elements that the model does not see.
    """
    in_dev = known.gold.items.of(known.dev)
    if predictions.covered is not None:
        in_dev = in_dev & predictions.covered.any(axis=1)
    bits = zip(predictions.probabilities[in_dev].T, known.gold.values[in_dev].T, strict=True)
    return tuple(_best_threshold(probabilities, gold) for probabilities, gold in bits)


def _best_threshold(probabilities: Float[np.ndarray, " n_items"], gold: Int[np.ndarray, " n_items"]) -> float:
    """The threshold of one bit, half way between two probabilities; one half where gold never says that it holds.

    What calibrated probabilities expect of F1 varies less with the sample than what a few gold labels have, so that
    items count as if both had labelled them; those without gold (-1) as expected.

    Source: Lipton, Elkan & Narayanaswamy (2014), arXiv 1402.1892, for thresholds of F1 from probabilities.
    """
    is_known = gold >= 0
    if is_known.sum() < FEWEST or not (gold == 1).any():
        return 0.5
    holds = np.where(is_known, (gold + EXPECTED * probabilities) / (1 + EXPECTED), probabilities)
    order = np.argsort(-probabilities, kind="stable")
    falling = np.append(probabilities[order], 0.0)
    f1 = 2 * np.cumsum(holds[order]) / (np.arange(1, len(holds) + 1) + holds.sum())
    best = int(np.where(falling[:-1] > falling[1:], f1, 0.0).argmax())
    return max(float(falling[best] + falling[best + 1]) / 2, LEAST)
