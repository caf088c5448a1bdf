"""Decision rules: from probabilities to answers where the likeliest label is not the best one.

The same rules hold in the report of a run and in every answer of its version: they are kept with the model.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import singledispatch
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from transom.data.decisions import like_labels, likeliest_tags
from transom.data.features.inputs import element_mask, padded
from transom.data.predictions import Predictions
from transom.schema.tasks import Bitvector, Multiclass, Select, Spans, Task

DECISIONS = "decisions.json"
"""The file of a version that holds its rules."""

AT_ONCE = 256
"""The tags of so many sequences are decided together."""

LEAST = 1e-30
"""A probability below is taken for this one, so that it has a logarithm."""


@dataclass(frozen=True)
class DecisionRule:
    """How one task decides; the defaults are the likeliest class, the bits above one half, and an answer always.

    `costs` holds, of each class (of spans: of each BIO tag), what it costs to miss it; `thresholds`, of each bit, the
    probability above which it holds. An item of which nothing is as sure as `abstain_below` is not answered.
    """

    costs: tuple[float, ...] = ()
    thresholds: tuple[float, ...] = ()
    abstain_below: float = 0.0


Rules = Mapping[str, DecisionRule]
"""Rules by task; a task that is not in it has the defaults."""


def ruled(task: Task, predictions: Predictions, rules: Rules) -> Predictions:
    """The predictions with the labels that the task's rule decides; items that it leaves open are not covered.

    >>> from transom.data.items import one_each
    >>> found = Predictions(one_each(2), np.array([[0.6, 0.4], [0.9, 0.1]]), np.array([0, 0]))
    >>> ruled(Multiclass("label", ("HAM", "SPAM")), found, {"label": DecisionRule(costs=(1.0, 2.0))}).labels
    array([1, 0])
    """
    rule = rules.get(task.name)
    if rule is None:
        return predictions
    decided = replace(predictions, labels=_labels(task, predictions, rule))
    if not rule.abstain_below:
        return decided
    is_sure = like_labels(_sureness(task, decided) >= rule.abstain_below, decided.labels)
    return replace(decided, covered=is_sure if decided.covered is None else is_sure & decided.covered)


def rules_to_json(rules: Rules) -> dict[str, Any]:
    """Rules as JSON values."""
    return {
        name: {"costs": list(rule.costs), "thresholds": list(rule.thresholds), "abstain_below": rule.abstain_below}
        for name, rule in rules.items()
    }


def rules_from_json(document: Mapping[str, Any]) -> dict[str, DecisionRule]:
    """The rules that `rules_to_json` wrote."""
    return {
        name: DecisionRule(tuple(rule["costs"]), tuple(rule["thresholds"]), rule["abstain_below"])
        for name, rule in document.items()
    }


def _labels(task: Task, predictions: Predictions, rule: DecisionRule) -> np.ndarray:
    """The labels of the items that are covered; others keep theirs.

    The class with the largest product of probability and cost has the least expected cost, where a mistake costs what
    the class that was missed does (Elkan, 2001, The Foundations of Cost-Sensitive Learning, section 2).
    """
    probabilities, labels = predictions.probabilities, predictions.labels
    if isinstance(task, Multiclass) and rule.costs:
        decided = (probabilities * np.array(rule.costs)).argmax(axis=1).astype(labels.dtype)
    elif isinstance(task, Spans) and rule.costs:
        decided = dearest_tags(predictions, rule.costs).astype(labels.dtype)
    elif isinstance(task, Bitvector) and rule.thresholds:
        decided = (probabilities > np.array(rule.thresholds)).astype(labels.dtype)
    else:
        return labels
    return decided if predictions.covered is None else np.where(predictions.covered, decided, labels)


def dearest_tags(predictions: Predictions, costs: Sequence[float]) -> Int[np.ndarray, " n_items"]:
    """The sequences of BIO tags with the largest products of probabilities and costs."""
    items = predictions.items
    products = np.log(np.maximum(predictions.probabilities, LEAST)) + np.log(costs)
    tags = np.zeros(items.n_items, np.int64)
    for start in range(0, items.n_examples, AT_ONCE):
        lengths = items.lengths[start : start + AT_ONCE]
        elements = slice(items.offsets[start], items.offsets[start + len(lengths)])
        found = likeliest_tags(padded(products[elements], lengths), lengths)
        tags[elements] = found[element_mask(lengths)]
    return tags


@singledispatch
def _sureness(task: Task, predictions: Predictions) -> Float[np.ndarray, " n_answers"]:  # noqa: ARG001 it is the signature of those below
    """How probable each answer is to be right."""
    raise TypeError(f"a task of type {type(task).__name__} always answers")


@_sureness.register
def _(_task: Multiclass, predictions: Predictions) -> Float[np.ndarray, " n_answers"]:
    return np.asarray(predictions.probabilities[np.arange(len(predictions.labels)), predictions.labels])


@_sureness.register
def _(_task: Bitvector, predictions: Predictions) -> Float[np.ndarray, " n_answers"]:
    """As sure as its least sure bit."""
    holds: Bool[np.ndarray, "n_items n_bits"] = predictions.labels == 1
    return np.asarray(np.where(holds, predictions.probabilities, 1 - predictions.probabilities).min(axis=1))


@_sureness.register
def _(_task: Select, predictions: Predictions) -> Float[np.ndarray, " n_answers"]:
    """The probability of the member, or what the members leave of 1."""
    items, labels = predictions.items, predictions.labels.astype(np.int64)
    totals = np.append(0.0, np.cumsum(predictions.probabilities))
    of_none = 1 - np.diff(totals[items.offsets])
    is_none = labels >= items.lengths
    places = np.where(is_none, 0, items.offsets[:-1] + labels)
    of_member = np.append(predictions.probabilities, 0.0)[places]
    return np.where(is_none, of_none, of_member)
