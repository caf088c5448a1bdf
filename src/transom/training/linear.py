"""Linear models of sparse features, fitted to probabilistic targets: what a deep model has to beat."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from scipy.special import xlogy

from transom.data.features.bags import Bags
from transom.model.graph import Link
from transom.model.losses import Spread
from transom.schema.tasks import Bitvector, Multiclass, Task
from transom.training.links import spread_of

STRENGTH = 3.0
"""The inverse of the penalty on squared coefficients: `C` of scikit-learn."""

SMOOTHING = 0.6
"""Naive Bayes counts so many rows more that have all features, of each class in proportion to its rows."""

LEAST = 1e-12
"""The weight of rows, or of those of a class, is not less."""

SHARES = (1.0, 0.1, 0.01, 0.001)
"""Of the weight of targets where these or features are numbers: what of them is noise, nobody knows beforehand."""

FEWEST_STEPS, MOST_STEPS = 10, 100

MOST_PRODUCTS = 5e10
"""Of features with coefficients, over all steps: where a step takes seconds, the first ones, worth most, must do."""

MOST_COEFFICIENTS = 2**23
"""Of more only the features with the steepest slopes at first get theirs: one takes some 260 bytes, all 2 GiB.

The optimizer counts in 32 bits, too: 13 times as many, of a thousand classes and the n-grams of ten thousand texts,
would end the process.
"""

OUTPUTS_AT_ONCE = 64
"""Of more outputs the slopes of all features would take as much memory again."""

FURTHEST = 30.0
"""From so far above that of the mean on the loss of a logarithm is linear: a step too long overflows nothing."""

Matrix = Float[np.ndarray, "n_rows n_outputs"]


@dataclass(frozen=True)
class Linear:
    """Scores are `features @ coefficients + intercepts`."""

    coefficients: Float[np.ndarray, "n_features n_outputs"]
    intercepts: Float[np.ndarray, " n_outputs"]

    def scores(self, features: csr_matrix) -> Matrix:
        """The scores of each row."""
        return np.asarray(features @ self.coefficients + self.intercepts)


def sparse(bags: Bags, n_features: int) -> csr_matrix:
    """Bags as a matrix, a row each."""
    return csr_matrix((bags.weights.astype(np.float64), bags.ids, bags.offsets), (bags.n_rows, n_features))


def shares_for(discrete: Bool[np.ndarray, " n_features"]) -> tuple[float, ...]:
    """The shares that `fit_linear` is to choose from: where all features are there or not, the whole alone."""
    return (1.0,) if discrete.all() else SHARES


def fit_linear(
    task: Task,
    features: csr_matrix,
    targets: Matrix,
    *,
    weights: Float[np.ndarray, " n_rows"],
    shares: Sequence[float] = (1.0,),
) -> Linear:
    """The coefficients that minimize the weighted loss of the targets and half their square over `STRENGTH`.

    The loss is that of logistic regression, softmax or one bit at a time; an expected target counts as the row would
    that is repeated with every label, weighted by its probability. Intercepts are not penalized. Of several `shares` of
    the weights that is taken which is best for every fifth row when the others say it.
    """
    assert isinstance(task, Multiclass | Bitvector), "other tasks have no linear model of classes"
    loss = _softmax if isinstance(task, Multiclass) else _logistic
    return _fitted(loss, features, targets, _best_share(loss, features, targets, weights, shares) * weights)


def naive_bayes(features: csr_matrix, targets: Matrix, *, weights: Float[np.ndarray, " n_rows"]) -> Linear:
    """For each class or bit, how much likelier a row with it has a feature than one without it, as a logarithm.

    A row has a feature or has not, however much of it. Targets that are wrong at random make all of these numbers
    smaller, but hardly change which are large; a fit goes after each of its rows. What a class of few rows lacks speaks
    no more for it than for the others, as rows are added in proportion.

    Source: McCallum & Nigam (1998), AAAI workshop on learning for text categorization, section 2.1, for the counts; we
    leave out what a row lacks. Ng & Jordan (2001), NIPS 14, for the less data it takes. Rennie et al. (2003), ICML,
    section 3.1, for the likelihood without the class.
    """
    there, added = features.astype(bool).astype(np.float64), SMOOTHING / max(weights.sum(), LEAST)
    having, lacking = (
        (there.T @ share) / np.maximum(share.sum(axis=0), LEAST) + added
        for share in (weights[:, None] * targets, weights[:, None] * (1 - targets))
    )
    return Linear(np.log(having) - np.log(lacking), np.zeros(targets.shape[1]))


def fit_values(
    features: csr_matrix, targets: Matrix, *, weights: Float[np.ndarray, " n_rows"], link: Link | None = None
) -> Linear:
    """The linear model of numbers or their logarithms, penalized as is best for every fifth row when the others say it.

    Less weight of all targets is more weight of the penalty, which means the same in any unit. The loss of logarithms
    is that of Poisson regression, whose model is right of the mean of the values (see `transom.model.losses`).
    """
    spread = spread_of(targets, link)
    loss, scaled = measured(targets, spread)
    found = _fitted(loss, features, scaled, _best_share(loss, features, scaled, weights, SHARES) * weights)
    return Linear(found.coefficients * spread.unit, found.intercepts * spread.unit + spread.middle)


Loss = Callable[[Matrix, Matrix, np.ndarray], tuple[Matrix, float]]
"""Of scores, targets and weights: the expected targets at these scores, and the loss. Its slope is expected less given,
whatever the loss."""


def _best_share(
    loss: Loss,
    features: csr_matrix,
    targets: Matrix,
    weights: Float[np.ndarray, " n_rows"],
    shares: Sequence[float],
) -> float:
    """The share of the weights that is best for every fifth row when the others say it; the first of equals."""
    if len(shares) == 1:
        return shares[0]
    held_out = np.arange(len(targets)) % 5 == 4
    known, unknown = np.flatnonzero(~held_out), np.flatnonzero(held_out)
    errors = []
    for share in shares:
        model = _fitted(loss, features[known], targets[known], share * weights[known])
        errors.append(loss(model.scores(features[unknown]), targets[unknown], weights[unknown, None])[1])
    return shares[int(np.argmin(errors))]


def _fitted(loss: Loss, features: csr_matrix, targets: Matrix, weights: Float[np.ndarray, " n_rows"]) -> Linear:
    """The coefficients of least loss and penalty; of more than `MOST_COEFFICIENTS` some are 0."""
    (_, n_features), n_outputs = features.shape, targets.shape[1]
    n_kept = MOST_COEFFICIENTS // max(n_outputs, 1)
    if n_features <= n_kept:
        return _minimized(loss, features, targets, weights)
    kept = _steepest(features, targets, weights, n_kept)
    found = _minimized(loss, csr_matrix(features[:, kept]), targets, weights)
    coefficients = np.zeros((n_features, n_outputs))
    coefficients[kept] = found.coefficients
    return replace(found, coefficients=coefficients)


def _steepest(
    features: csr_matrix, targets: Matrix, weights: Float[np.ndarray, " n_rows"], n_kept: int
) -> Int[np.ndarray, " n_kept"]:
    """The features on which the loss depends most where all coefficients are 0, and intercepts the best; ascending.

    Any loss has the slope of expected less given there, and expects the mean of all rows.
    """
    error = weights[:, None] * (targets - weights @ targets / max(weights.sum(), LEAST))
    transposed, squares = features.T.tocsr(), np.zeros(features.shape[1])
    for start in range(0, targets.shape[1], OUTPUTS_AT_ONCE):
        squares += ((transposed @ error[:, start : start + OUTPUTS_AT_ONCE]) ** 2).sum(axis=1)
    return np.sort(np.argsort(-squares, kind="stable")[:n_kept])


def _minimized(loss: Loss, features: csr_matrix, targets: Matrix, weights: Float[np.ndarray, " n_rows"]) -> Linear:
    """The coefficients of least loss and penalty, of all features."""
    shape = (features.shape[1] + 1, targets.shape[1])
    found = minimize(
        _penalized,
        np.zeros(shape).ravel(),
        args=(loss, features, features.T.tocsr(), targets, weights[:, None]),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": _n_steps(features, targets.shape[1]), "ftol": 1e-5},
    ).x.reshape(shape)
    return Linear(found[:-1], found[-1])


def _n_steps(features: csr_matrix, n_outputs: int) -> int:
    return int(np.clip(MOST_PRODUCTS / max(features.nnz * n_outputs, 1), FEWEST_STEPS, MOST_STEPS))


def _penalized(
    flat: np.ndarray, loss: Loss, features: csr_matrix, transposed: csr_matrix, targets: Matrix, weights: np.ndarray
) -> tuple[float, np.ndarray]:
    parameters = flat.reshape(-1, targets.shape[1])
    means, total = loss(features @ parameters[:-1] + parameters[-1], targets, weights)
    error = (means - targets) * weights
    slope = np.concatenate([transposed @ error + parameters[:-1] / STRENGTH, error.sum(axis=0, keepdims=True)])
    return total + float((parameters[:-1] ** 2).sum()) / (2 * STRENGTH), slope.ravel()


def _softmax(scores: Matrix, targets: Matrix, weights: np.ndarray) -> tuple[Matrix, float]:
    logarithms = scores - scores.max(axis=1, keepdims=True)
    logarithms -= np.log(np.exp(logarithms).sum(axis=1, keepdims=True))
    return np.exp(logarithms), -float((logarithms * targets * weights).sum())


def _logistic(scores: Matrix, targets: Matrix, weights: np.ndarray) -> tuple[Matrix, float]:
    loss = (np.logaddexp(0, scores) - scores * targets) * weights
    return np.exp(-np.logaddexp(0, -scores)), float(loss.sum())


def _square(scores: Matrix, targets: Matrix, weights: np.ndarray) -> tuple[Matrix, float]:
    return scores, float(((scores - targets) ** 2 * weights).sum()) / 2


def measured(values: Matrix, spread: Spread) -> tuple[Loss, Matrix]:
    """The loss of scores in units of the spread, whose mean is 0, and the targets that it is given."""
    mean, unit = spread.mean, spread.unit
    if spread.link is None:
        return _square, (values - mean) / unit
    return partial(_poisson, unit=unit), values / mean / unit


def _poisson(scores: Matrix, targets: Matrix, weights: np.ndarray, *, unit: float) -> tuple[Matrix, float]:
    """Half the deviance in squared units; targets and their expectation are in units, too, so that the slope is."""
    logarithms = unit * scores
    near = np.minimum(logarithms, FURTHEST)
    means = np.exp(near) / unit
    least = targets - xlogy(targets, unit * targets)  # without it steps would end at a share of what no fit can change
    beyond = means * (logarithms - near)
    return means, float((((means + beyond - least) / unit - scores * targets) * weights).sum())
