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
from jaxtyping import Bool, Float, Int
from scipy.sparse import csr_matrix, diags_array, hstack
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
from transom.training.linear import Linear, Matrix, fit_linear, fit_values, naive_bayes, shares_for, sparse
from transom.training.objective import Goal
from transom.training.pruning import largest
from transom.training.threads import one_thread

ODDS = (1 / 19, 1 / 9, 1 / 4, 3 / 7, 2 / 3, 1.0, 3 / 2, 7 / 3, 4.0, 9.0)
"""How much a linear model may count beside a network that counts 1."""

LOUDNESS = 1.5
"""The spread of the scores of naive Bayes, beside those of the fitted model of the same features as 1."""

OF_NUMBERS = 0.5
"""How large coefficients of numbers may well be beside words and categories, whose own are 1 in the mean of squares.

A number has dozens of features of weight 1, where all those of a text have a length of 1 together. Coefficients of
vectors are halved with them, which leaves their models as good.
"""

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

    Heads of whose targets no train example has one are left out. `weak` names the tasks most of whose targets a label
    model made. `prune` is the share of coefficients, the smallest, that are set to zero.
    """
    fitted = {
        head: _fitted(network, head, features, targets[head.task.name], train, is_weak=head.task.name in weak)
        for head in heads
        if head.wide and (targets[head.task.name].weights[train] > 0).any()
    }
    return {head: _pruned(model, prune) for head, model in fitted.items()}


def best_odds(network: Network, linear: Mapping[Head, Linear], features: Features, by: Judge) -> dict[Head, float]:
    """How much each linear model counts: what the judge likes best of all it knows of the task, with a prior.

    Neither the network nor the linear models may have learned from the judge's examples. The network is as before, but
    these heads are no longer calibrated.
    """
    besides = {head: _beside(network, head) for head in linear}
    own = replace(by, goals=tuple(goal for goal in by.goals if goal.head in linear))
    losses = [_losses_at(odds, network, besides, linear, features, own) for odds in ODDS]
    for head, beside in besides.items():
        _say(beside, linear[head], 0.0)
    found = dict.fromkeys(linear, 1.0)
    for goal in own.goals:
        precision = _precision(goal.head, is_weak=goal.head.task.name in by.weak)
        of_task = [each[goal.head.task.name] for each in losses]
        found[goal.head] = _best_odds(goal, of_task, by.examples, precision=precision)
    return found


def calibrations_beside(
    network: Network, linear: Mapping[Head, Linear], odds: Mapping[Head, float], features: Features, by: Judge
) -> dict[str, Calibration]:
    """What brings the scores of both together in line with what the judge knows.

    The network is as before, but these heads are no longer calibrated.
    """
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
    network: Network,
    head: Head,
    features: Features,
    targets: Targets,
    train: Bool[np.ndarray, " n_examples"],
    *,
    is_weak: bool,
) -> Linear:
    """The linear model of all that a head sees."""
    rows = np.flatnonzero(train & (targets.weights > 0))
    specs = {payload.reading.key: payload for payload in network.spec.payloads}
    seen = [specs[key] for key in _beside(network, head).payloads]
    parts = [sparse(features.payloads[each.reading.key].bags.take(rows), each.n_features) for each in seen]
    wanted, weights = targets.probabilities[rows].reshape(len(rows), -1), targets.weights[rows]
    with one_thread():
        matrix = hstack(parts, "csr")
        if isinstance(head.task, Regression):
            return fit_values(matrix, wanted, weights=weights, link=head.link)
        discrete = np.concatenate([each.discrete for each in seen])
        return _of_classes(head.task, matrix, discrete, wanted, weights, is_weak=is_weak)


def _of_classes(
    task: Task,
    features: csr_matrix,
    discrete: Bool[np.ndarray, " n_features"],
    targets: Matrix,
    weights: np.ndarray,
    *,
    is_weak: bool,
) -> Linear:
    """A model fitted to the targets, which expects more of the features that naive Bayes says tell classes apart.

    Of targets that weak sources made naive Bayes itself has a say, too, as they mislead it less. It knows features that
    are there or not; of the others what the fit makes of them stands. Where there are such others, and labels are gold,
    held-out rows say how much the fit is penalized.

    Source: Wang & Manning (2012), ACL, section 2.3, for a fit to features in units of these ratios. Theirs are of two
    classes; of more we take the mean of squares, as most are too rare to have an opinion of each.
    """
    counted = _only(naive_bayes(features, targets, weights=weights), discrete)
    units = _expected(counted, discrete)
    shares = (1.0,) if is_weak else shares_for(discrete)
    scaled = fit_linear(task, csr_matrix(features @ diags_array(units)), targets, weights=weights, shares=shares)
    fitted = replace(scaled, coefficients=units[:, None] * scaled.coefficients)
    if not is_weak:
        return fitted
    of_same = _only(fitted, discrete)
    loud, counted_loud = (model.scores(features).std(axis=0).mean() for model in (of_same, counted))
    factor = LOUDNESS * loud / (counted_loud or 1.0)
    return replace(fitted, coefficients=fitted.coefficients + factor * counted.coefficients)


def _expected(counted: Linear, discrete: Bool[np.ndarray, " n_features"]) -> Float[np.ndarray, " n_features"]:
    """How large the coefficients of each feature may well be: of discrete ones as large as naive Bayes says they are.

    The mean is of all of them, also of those that no row with a label has: with few labels less is expected of each.
    """
    ratios = np.sqrt((counted.coefficients**2).mean(axis=1))
    if not ratios.any():
        return np.ones(len(ratios))
    return np.where(discrete, ratios / np.sqrt((ratios[discrete] ** 2).mean()), OF_NUMBERS)


def _only(linear: Linear, chosen: Bool[np.ndarray, " n_features"]) -> Linear:
    """What is said of some features alone."""
    return replace(linear, coefficients=np.where(chosen[:, None], linear.coefficients, 0.0))


def _pruned(linear: Linear, share: float) -> Linear:
    kept = largest(torch.from_numpy(linear.coefficients), share).numpy()
    return replace(linear, coefficients=linear.coefficients * kept)


def _precision(head: Head, *, is_weak: bool) -> float:
    """How surely a linear model counts as much as the network; not at all beside slices, which it does not know."""
    if len(head.inputs) > 1:
        return 0.0
    return PRECISION_OF_WEAK if is_weak else PRECISION


def _losses_at(
    odds: float,
    network: Network,
    besides: Mapping[Head, _Beside],
    linear: Mapping[Head, Linear],
    features: Features,
    by: Judge,
) -> Mapping[str, float]:
    """The loss of each task where every linear model counts so much: none has a say in the task of another."""
    for head, beside in besides.items():
        _say(beside, linear[head], odds)
    return judge(network, features, by).losses


def _best_odds(
    goal: Goal, of_task: Sequence[float], examples: Int[np.ndarray, " n_chosen"], *, precision: float
) -> float:
    """How much a linear model counts, at the least loss of all labels with that of the prior."""
    n_labels = goal.targets.weights[examples].sum()
    costs = []
    for odds, loss in zip(ODDS, of_task, strict=True):
        unlikely = log(max(loss, LEAST)) / 2 if isinstance(goal.head.task, Regression) else loss
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
