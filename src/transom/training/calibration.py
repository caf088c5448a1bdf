"""Calibration: a scale and shifts that bring a head's scores in line with dev gold.

Weak sources see some classes more than others, and a network learns that too; a few hundred gold labels are enough to
correct it. A shift of a class decides as a threshold does, and probabilities stay probabilities. Members of a set are
no classes: they have one shift, against "none of them", which sources that always name a member hide.
Source: Platt (1999) for two classes; Guo et al. (2017), arXiv 1706.04599, section 4.2, for more (one scale, and a
vector of shifts). We add normal priors, so that a dozen labels change little. What was learned from gold labels knows
how frequent each class is; there it takes more of them to shift one.
"""

from dataclasses import dataclass
from functools import singledispatch

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.optimize import minimize

from transom.model.elements import HIDDEN
from transom.schema.tasks import Bitvector, Multiclass, Select, Spans, Task

OF_SCALE = 4.0
"""Precision of the prior on the logarithm of the scale, whose mean is 0."""

OF_SHIFTS, OF_WEAK_SHIFTS = 16.0, 1.0
"""Precision of the prior on each shift, whose mean is 0, where gold labels taught the scores and where sources did."""

Numbers = Float[np.ndarray, " n_numbers"]


@dataclass(frozen=True)
class Calibration:
    """Scores become `scores * scale + shift`; `loss` is that of the gold labels then, a mean over them.

    Of a select there is one of each: members are scaled and shifted, "none of them" is scaled.
    """

    scale: Float[np.ndarray, " n_scores"]
    shift: Float[np.ndarray, " n_scores"]
    loss: float


CALIBRATED = Multiclass | Bitvector | Spans | Select
"""The types of task that are calibrated."""


@singledispatch
def calibration_for(
    task: Task,
    scores: Float[np.ndarray, "n_labels n_scores"],  # noqa: ARG001 it is the signature of those below
    gold: np.ndarray,  # noqa: ARG001
    *,
    is_weak: bool,  # noqa: ARG001
) -> Calibration:
    """The calibration of a head, from the scores of items and their gold.

    `is_weak` says whether a label model made most of what the scores were learned from.
    """
    raise TypeError(f"a task of type {type(task).__name__} is not calibrated")


@calibration_for.register(Multiclass)
@calibration_for.register(Spans)
def _(_task: Task, scores: Float[np.ndarray, "n_labels n_scores"], gold: np.ndarray, *, is_weak: bool) -> Calibration:
    return fit_softmax(scores, gold.astype(np.int64), is_weak=is_weak)


@calibration_for.register
def _(
    _task: Bitvector, scores: Float[np.ndarray, "n_labels n_scores"], gold: np.ndarray, *, is_weak: bool
) -> Calibration:
    """Each bit by itself, on the items where it has gold; a bit without gold stays as it is."""
    bits = [_fit_bit(scores[:, bit], gold[:, bit], is_weak=is_weak) for bit in range(scores.shape[1])]
    return Calibration(
        np.concatenate([bit.scale for bit in bits]),
        np.concatenate([bit.shift for bit in bits]),
        float(np.mean([bit.loss for bit in bits])),
    )


@calibration_for.register
def _(_task: Select, scores: Float[np.ndarray, "n_labels n_scores"], gold: np.ndarray, *, is_weak: bool) -> Calibration:
    """Scores of none and of the members, any number of which are `HIDDEN`: members are no classes, and move together.

    Only how far they are from none makes a difference; so they alone are shifted.
    """
    choices = _choices(scores, gold.astype(np.int64))
    precision = np.array([(OF_WEAK_SHIFTS if is_weak else OF_SHIFTS) / 2, OF_SCALE])  # a difference of two shifts
    known = (choices, precision)
    shift, log_scale = minimize(_penalized_loss_of_choices, np.zeros(2), args=known, jac=True, method="L-BFGS-B").x
    scale = np.exp(log_scale)
    logarithms = choices.logarithms(choices.scores * scale + shift * choices.is_member)
    return Calibration(np.array([scale]), np.array([shift]), -float(logarithms[choices.chosen].mean()))


def fit_softmax(
    scores: Float[np.ndarray, "n_labels n_scores"], gold: Int[np.ndarray, " n_labels"], *, is_weak: bool
) -> Calibration:
    """One scale, and a shift of each class, of scores that a softmax turns into probabilities."""
    n_labels, n_scores = scores.shape
    truth = np.eye(n_scores)[gold]
    precision = np.append(np.full(n_scores, OF_WEAK_SHIFTS if is_weak else OF_SHIFTS), OF_SCALE)
    begin = np.zeros(n_scores + 1)
    found = minimize(_penalized_loss, begin, args=(scores, truth, precision), jac=True, method="L-BFGS-B").x
    shift, scale = found[:-1], np.exp(found[-1])
    loss = -float((_log_softmax(scores * scale + shift) * truth).sum()) / n_labels
    return Calibration(np.full(n_scores, scale), shift, loss)


def _fit_bit(scores: Float[np.ndarray, " n_labels"], gold: np.ndarray, *, is_weak: bool) -> Calibration:
    known = gold >= 0
    if not known.any():
        return Calibration(np.ones(1), np.zeros(1), 0.0)
    of_both = np.stack([np.zeros(known.sum()), scores[known]], axis=1)
    two = fit_softmax(of_both, gold[known].astype(np.int64), is_weak=is_weak)
    return Calibration(two.scale[:1], two.shift[1:] - two.shift[:1], two.loss)


def _penalized_loss(
    parameters: Numbers,
    scores: Float[np.ndarray, "n_labels n_scores"],
    truth: Float[np.ndarray, "n_labels n_scores"],
    precision: Numbers,
) -> tuple[float, Numbers]:
    """The loss of shifts and the logarithm of a scale, and its slope."""
    shift, log_scale = parameters[:-1], parameters[-1]
    scaled = scores * np.exp(log_scale)
    logarithms = _log_softmax(scaled + shift)
    error = np.exp(logarithms) - truth
    slope = np.append(error.sum(axis=0), (error * scaled).sum()) + precision * parameters
    loss = -(logarithms * truth).sum() + (precision * parameters**2).sum() / 2
    return float(loss), slope


def _log_softmax(scores: Float[np.ndarray, "n_labels n_scores"]) -> Float[np.ndarray, "n_labels n_scores"]:
    moved = scores - scores.max(axis=1, keepdims=True)
    return np.asarray(moved - np.log(np.exp(moved).sum(axis=1, keepdims=True)))


@dataclass(frozen=True)
class _Choices:
    """Scores of none and of the members of each set, one set after the other, where each starts and what gold chose.

    Nothing hidden is among them: one long set would make a table of all the others as wide.
    """

    scores: Numbers
    is_member: Bool[np.ndarray, " n_numbers"]
    starts: Int[np.ndarray, " n_labels"]
    lengths: Int[np.ndarray, " n_labels"]
    chosen: Int[np.ndarray, " n_labels"]

    def logarithms(self, scores: Numbers) -> Numbers:
        """Those of the probabilities that a softmax over each set makes of scores."""
        moved = scores - np.repeat(np.maximum.reduceat(scores, self.starts), self.lengths)
        return np.asarray(moved - np.repeat(np.log(np.add.reduceat(np.exp(moved), self.starts)), self.lengths))


def _choices(scores: Float[np.ndarray, "n_labels n_scores"], gold: Int[np.ndarray, " n_labels"]) -> _Choices:
    is_there = scores > HIDDEN
    lengths = is_there.sum(axis=1)
    starts = lengths.cumsum() - lengths
    is_member = np.broadcast_to(np.arange(scores.shape[1]) > 0, scores.shape)[is_there]
    chosen = np.flatnonzero((np.arange(scores.shape[1]) == gold[:, None])[is_there])
    return _Choices(scores[is_there], is_member, starts, lengths, chosen)


def _penalized_loss_of_choices(parameters: Numbers, choices: _Choices, precision: Numbers) -> tuple[float, Numbers]:
    """The loss of the members' shift and the logarithm of the scale, and its slope."""
    shift, log_scale = parameters
    scaled = choices.scores * np.exp(log_scale)
    logarithms = choices.logarithms(scaled + shift * choices.is_member)
    error = np.exp(logarithms)
    error[choices.chosen] -= 1
    slope = np.array([error[choices.is_member].sum(), (error * scaled).sum()]) + precision * parameters
    loss = -logarithms[choices.chosen].sum() + (precision * parameters**2).sum() / 2
    return float(loss), slope
