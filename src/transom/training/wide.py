"""Linear models beside the network: each is fitted alone, then has a say in the scores of its head.

A network that sums embeddings and a linear model of the same features err differently: dropout and early stopping keep
the one simple, a penalty on squares the other. Adding scores multiplies probabilities, which keeps what both are sure
of. Source: Cheng et al. (2016), arXiv 1606.07792, for a linear part beside a deep one; Hinton (2002), Neural
Computation 14(8), for products of experts. We differ from the first: the parts are not trained together, as each would
then leave to the other what it could have learned by itself.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log

import numpy as np
import torch
from jaxtyping import Bool
from scipy.sparse import csr_matrix, hstack
from torch import Tensor, nn

from transom.data.features.payloads import Features
from transom.data.targets import Targets
from transom.model.blocks import WideSum
from transom.model.graph import Head, Wide
from transom.model.heads import Scores, Value
from transom.model.network import Network
from transom.schema.tasks import Regression, Task
from transom.training.calibration import Calibration
from transom.training.judging import Judge, judge
from transom.training.linear import Linear, Matrix, fit_linear, fit_values, naive_bayes, sparse
from transom.training.pruning import largest
from transom.training.threads import one_thread

ODDS = (1 / 19, 1 / 9, 1 / 4, 3 / 7, 2 / 3, 1.0, 3 / 2, 7 / 3, 4.0, 9.0)
"""How much a linear model may count beside a network that counts 1."""

LOUDNESS = 1.5
"""The spread of the scores of naive Bayes, beside those of the fitted model as 1."""

PRECISION, PRECISION_OF_WEAK = 1.0, 4.0
"""Precision of the prior on the logarithm of the odds, whose mean is 0: where sources made the labels, a few dozen gold
ones change little."""

LEAST = 1e-12
"""A loss of numbers in units of their spread is not told from less: its logarithm is what the likelihood goes by."""


def linear_beside(
    network: Network,
    heads: Sequence[Head],
    features: Features,
    *,
    targets: Mapping[str, Targets],
    train: Bool[np.ndarray, " n_examples"],
    weak: Container[str] = (),
    prune: float = 0.0,
) -> dict[Head, Linear]:
    """A linear model of the targets of each of these heads that has one beside it, fitted to the train examples.

    `weak` names the tasks most of whose targets a label model made. `prune` is the share of coefficients, the smallest,
    that are set to zero.
    """
    fitted = {
        head: _fitted(_beside(network, head), features, targets[head.task.name], train, is_weak=head.task.name in weak)
        for head in heads
        if head.wide
    }
    return {head: _pruned(model, prune) for head, model in fitted.items()}


def best_odds(
    network: Network, linear: Mapping[Head, Linear], features: Features, by: Judge, *, weak: Container[str] = ()
) -> dict[Head, float]:
    """How much each linear model counts: what the judge likes best of all it knows of the task, with a prior.

    Neither the network nor the linear models may have learned from the judge's examples. The network is as before.
    `weak` names the tasks most of whose targets a label model made.
    """
    found = {}
    for head, model in linear.items():
        beside = _beside(network, head)
        precision = _precision(head, is_weak=head.task.name in weak)
        found[head] = _best_odds(network, beside, model, features, by, precision=precision)
        _say(beside, model, 0.0)
    return found


def calibrations_beside(
    network: Network, linear: Mapping[Head, Linear], odds: Mapping[Head, float], features: Features, by: Judge
) -> dict[str, Calibration]:
    """What brings the scores of both together in line with what the judge knows. The network is as before."""
    besides = {head: _beside(network, head) for head in linear}
    for head, beside in besides.items():
        _say(beside, linear[head], odds.get(head, 1.0))
    found = judge(network, features, by).calibrations
    for head, beside in besides.items():
        _say(beside, linear[head], 0.0)
    return {head.task.name: found[head.task.name] for head in linear if head.task.name in found}


def widen(
    network: Network,
    linear: Mapping[Head, Linear],
    odds: Mapping[Head, float],
    calibrations: Mapping[str, Calibration],
) -> None:
    """Gives linear models a say in a network that learned without them; of a head without odds both count the same."""
    for head, model in linear.items():
        _say(_beside(network, head), model, odds.get(head, 1.0), calibrations.get(head.task.name))


def clear_wide(network: Network, heads: Sequence[Head]) -> None:
    """Takes their say from the linear models of these heads, so that the network learns by itself."""
    for head in heads:
        if head.wide:
            for table in _beside(network, head).tables:
                nn.init.zeros_(table)


@dataclass(frozen=True)
class _Beside:
    """A head, and where its linear model goes: each of `tables` holds the coefficients of one payload.

    `alone` is what makes the network's scores: of classes nothing, of numbers their spread and mean.
    """

    head: Head
    scores: Scores
    payloads: tuple[str, ...]
    tables: tuple[Tensor, ...]
    alone: tuple[np.ndarray, np.ndarray]


def _beside(network: Network, head: Head) -> _Beside:
    places = [place for place, block in enumerate(network.graph.blocks) if block.id == head.wide]
    block, module, scores = network.graph.blocks[places[0]], network.parts[places[0]], network.head(head.task.name)
    assert isinstance(block, Wide)
    assert isinstance(module, WideSum)
    alone = np.ones(head.shape.size), np.zeros(head.shape.size)
    if isinstance(scores, Value):
        scores = scores.scores
        alone = scores.scale.cpu().numpy().copy(), scores.shift.cpu().numpy().copy()
    assert isinstance(scores, Scores)
    payloads = tuple(reading.key for reading in block.readings)
    return _Beside(head, scores, payloads, tuple(module.parameters()), alone)


def _fitted(
    beside: _Beside, features: Features, targets: Targets, train: Bool[np.ndarray, " n_examples"], *, is_weak: bool
) -> Linear:
    """The linear model of all that a head sees."""
    task, rows = beside.head.task, np.flatnonzero(train & (targets.weights > 0))
    bags = [features.payloads[key].bags for key in beside.payloads]
    parts = [sparse(each.take(rows), len(table)) for each, table in zip(bags, beside.tables, strict=True)]
    wanted, weights = targets.probabilities[rows].reshape(len(rows), -1), targets.weights[rows]
    with one_thread():
        return _learned(task, hstack(parts, "csr"), wanted, weights, is_weak=is_weak)


def _learned(task: Task, features: csr_matrix, targets: Matrix, weights: np.ndarray, *, is_weak: bool) -> Linear:
    """A model fitted to the targets; of those that weak sources made naive Bayes, which they mislead less, says more.

    It knows only features that are there or not, more or less: none below zero.
    """
    if isinstance(task, Regression):
        return fit_values(task, features, targets, weights=weights)
    fitted = fit_linear(task, features, targets, weights=weights)
    if not is_weak or (features.data < 0).any():
        return fitted
    counted = naive_bayes(features, targets, weights=weights)
    loud, counted_loud = (model.scores(features).std(axis=0).mean() for model in (fitted, counted))
    factor = LOUDNESS * loud / (counted_loud or 1.0)
    return replace(fitted, coefficients=fitted.coefficients + factor * counted.coefficients)


def _pruned(linear: Linear, share: float) -> Linear:
    kept = largest(torch.from_numpy(linear.coefficients), share).numpy()
    return replace(linear, coefficients=linear.coefficients * kept)


def _precision(head: Head, *, is_weak: bool) -> float:
    """How surely a linear model counts as much as the network; not at all beside slices, which it does not know."""
    if len(head.inputs) > 1:
        return 0.0
    return PRECISION_OF_WEAK if is_weak else PRECISION


def _best_odds(
    network: Network, beside: _Beside, linear: Linear, features: Features, by: Judge, *, precision: float
) -> float:
    """How much a linear model counts, at the least loss of all labels with that of the prior."""
    task = beside.head.task
    own = Judge(by.examples, tuple(goal for goal in by.goals if goal.head.task.name == task.name), by.gold)
    if not own.goals:
        return 1.0
    n_labels = own.goals[0].targets.weights[by.examples].sum()
    costs = []
    for odds in ODDS:
        _say(beside, linear, odds)
        loss = judge(network, features, own).loss
        unlikely = log(max(loss, LEAST)) / 2 if isinstance(task, Regression) else loss
        costs.append(n_labels * unlikely + precision / 2 * log(odds) ** 2)
    return ODDS[int(np.argmin(costs))]


def _say(beside: _Beside, linear: Linear, odds: float, found: Calibration | None = None) -> None:
    """Lets a linear model count for `odds` of the network, both together for one, and calibrates what they say."""
    share, n_scores = odds / (1 + odds), len(linear.intercepts)
    scale, shift = (np.ones(n_scores), np.zeros(n_scores)) if found is None else (found.scale, found.shift)
    unit, middle = beside.alone
    ends = np.cumsum([len(table) for table in beside.tables])[:-1]
    for table, coefficients in zip(beside.tables, np.split(linear.coefficients, ends), strict=True):
        _fill(table, share * coefficients * scale)
    _fill(beside.scores.scale, (1 - share) * unit * scale)
    _fill(beside.scores.shift, ((1 - share) * middle + share * linear.intercepts) * scale + shift)


def _fill(tensor: Tensor, values: np.ndarray) -> None:
    with torch.no_grad():
        tensor.copy_(torch.from_numpy(values))
