"""All the votes of one task combined: majority, label model, and the targets that a network learns from."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float

from transom.data.items import Items, one_each
from transom.data.predictions import Predictions
from transom.data.targets import Targets
from transom.data.votes import empty_labels
from transom.errors import Problem
from transom.schema.tasks import Bitvector, Regression, Select, Spans, Task
from transom.supervision.averaging import FittedMean, KnownValues, fit_mean, fit_precisions
from transom.supervision.boundaries import split_runs
from transom.supervision.chance import contradictions
from transom.supervision.choice import Auto, Choice, Judged
from transom.supervision.copies import Copies
from transom.supervision.counted_prior import prior_of_votes
from transom.supervision.decisions import certainly, decide
from transom.supervision.dependencies import with_copies
from transom.supervision.evidence import Evidence
from transom.supervision.identifiability import no_votes
from transom.supervision.label_model import FittedLabelModel, LabelModel
from transom.supervision.label_models.majority import Majority
from transom.supervision.matrix import (
    ABSTAINED,
    ClassTask,
    LabelMatrix,
    ValueMatrix,
    label_matrix,
    rows_of_examples,
    value_matrix,
    votes_for,
)
from transom.supervision.neighbours import in_order, of_examples
from transom.supervision.prior import Prior, class_prior, uniform_prior
from transom.supervision.span_choice import choose_whole_spans
from transom.supervision.statistics import examples_of_rows, has_vote, rows_of, with_patterns

UseGold = bool | Literal["auto"]


@dataclass(frozen=True)
class Combined:
    """Both ways to combine the votes beside each other, on every item of every split.

    `majority` counts the votes as they were cast; `label_model` and `targets` are about the extended ones, if any.
    `targets` are the label model's probabilities with weight 1; an item on which nothing voted has weight 0. Of spans,
    a token without a vote is O, with weight 1 in an example that has any: a source that found spans has read it.
    Where no source votes there is nothing to combine: `majority` and `label_model` are None, targets are gold alone.
    `accuracies` are what the label model thought of each source before gold taught it, so that gold can contradict, NaN
    where it cannot say; `copies` are sources that copy each other, None where that was not looked for. `gold_share` is
    the share of gold among the labels of train in `targets`.
    """

    majority: Predictions | None
    label_model: Predictions | None
    targets: Targets
    accuracies: Float[np.ndarray, " n_sources"]
    name: str
    why: str
    warnings: tuple[Problem, ...] = ()
    copies: Copies | None = None
    gold_share: float = 0.0


def combine(
    evidence: Evidence,
    model: LabelModel,
    *,
    use_dev: bool = True,
    use_gold: UseGold = "auto",
) -> Combined:
    """Fits a label model on the votes on train, and predicts every item of the task.

    Gold on dev gives the class prior and chooses the label model of `auto` (not with `use_dev=False`); without any,
    votes give the prior. Of numbers it says what sources add to the truth, and how far they scatter. Gold on train is
    withheld, unless `use_gold`: it is then the target where present; "auto" does so where no other source votes.

    Raises:
        LabelModelError: the settings of the label model do not fit the task.
    """
    sees_train = not evidence.sources if use_gold == "auto" else use_gold
    is_seen = (evidence.dev & use_dev) | (evidence.train & sees_train)
    if not evidence.sources:
        combined = _without_votes(evidence, sees_train)
    elif isinstance(evidence.task, Regression):
        combined = _combine_values(evidence, model, is_seen)
    else:
        combined = _combine_classes(evidence.task, evidence, model, is_seen)
    warnings = [
        replace(warning, message=f"task {evidence.task.name!r}: {warning.message}") for warning in combined.warnings
    ]
    combined = replace(combined, warnings=tuple(warnings))
    if not (evidence.sources and sees_train):
        return combined
    targets, share = _with_gold(combined.targets, evidence)
    return replace(combined, targets=targets, gold_share=share)


def _without_votes(evidence: Evidence, sees_train: bool) -> Combined:
    """Gold on train as it is, if it may be seen; of many tokens and classes each further array would take gigabytes."""
    seen, is_member = empty_labels(evidence.task, evidence.items), isinstance(evidence.task, Select)
    rows = evidence.train if is_member else evidence.items.of(evidence.train)
    if sees_train:
        seen.values[rows] = evidence.gold.values[rows]
    probabilities, is_gold = certainly(evidence.task, seen)
    targets = Targets(evidence.items, probabilities, is_gold.astype(np.float64))
    warnings = () if sees_train else (no_votes(),)
    return Combined(None, None, targets, np.zeros(0), "", "no source votes", warnings, None, float(is_gold.any()))


def _combine_classes(
    task: ClassTask,
    evidence: Evidence,
    model: LabelModel,
    is_seen: Bool[np.ndarray, " n_examples"],
) -> Combined:
    matrix = with_patterns(label_matrix(task, evidence.votes, sources=evidence.sources, items=evidence.items))
    extended = matrix
    if evidence.extended is not None:
        extended = with_patterns(label_matrix(task, evidence.extended, sources=evidence.sources, items=evidence.items))
    learned = extended if evidence.learns_from_extended else matrix
    judged = _judged(learned, evidence, is_seen)
    training = training_rows(learned, evidence)
    choice = fit_label_model(model, training, task=task, judged=judged, are_rules_for_bits=names_one_bit_each(evidence))
    majority = _predict(Majority().fit(training, uniform_prior(matrix.n_classes)), task, matrix, evidence)
    weighed = _predict(choice.best, task, extended, evidence)
    if isinstance(task, Spans):
        weighed = split_runs(weighed, evidence.votes)
        wholes = choose_whole_spans(weighed, evidence, is_seen) if isinstance(model, Auto) else None
        if wholes is not None:
            weighed, choice = wholes.predictions, replace(choice, name="whole_spans", why=wholes.why)
    targets = Targets(evidence.items, weighed.probabilities, _weights(task, evidence.items, weighed))
    return Combined(
        majority, weighed, targets, choice.model.accuracies, choice.name, choice.why, choice.doubts, choice.copies
    )


def training_rows(matrix: LabelMatrix, evidence: Evidence) -> LabelMatrix:
    """What a label model is fitted on: the votes on train, in the order of the examples where they have one."""
    order = None if evidence.order is None else evidence.order[evidence.train]
    return in_order(of_examples(matrix, evidence.train), order)[0]


def names_one_bit_each(evidence: Evidence) -> bool:
    """Whether each source of a bitvector names one class only: what it says of the others it has not looked at."""
    if not isinstance(evidence.task, Bitvector):
        return False
    return all((np.asarray(votes.values) == 1).any(axis=0).sum() <= 1 for votes in evidence.votes)


def fit_label_model(
    model: LabelModel,
    training: LabelMatrix,
    *,
    task: Task,
    judged: Judged,
    are_rules_for_bits: bool,
) -> Choice:
    """A label model fitted on the votes on train, copies discounted; `judged` are rows whose gold it may see.

    Raises:
        LabelModelError: the settings of the label model do not fit the task.
    """
    prior = _prior(getattr(model, "prior", "uniform"), training, task=task, judged=judged)
    training = with_copies(training, prior)
    if isinstance(model, Auto):
        choice = model.choose(training, prior, judged=judged, are_rules_for_bits=are_rules_for_bits)
    else:
        doubts = () if has_vote(training).any() else (no_votes(),)
        choice = Choice(model.fit(training, prior), type(model).__name__.lower(), "chosen in model.yaml", doubts)
    against = contradictions(judged.matrix, judged.truth, judged.examples)
    return replace(choice, doubts=choice.doubts + against, copies=training.copies)


def _prior(setting: Prior, training: LabelMatrix, *, task: Task, judged: Judged) -> Float[np.ndarray, " n_classes"]:
    """The class prior, without gold counted on the votes: but these hardly ever say O, and members are no classes."""
    if setting == "dev" and len(judged.truth) == 0 and not isinstance(task, Spans | Select):
        return prior_of_votes(training)
    return class_prior(setting, judged.matrix, judged.truth)


def _predict(model: FittedLabelModel, task: ClassTask, matrix: LabelMatrix, evidence: Evidence) -> Predictions:
    ordered, rows = in_order(matrix, evidence.order)
    probabilities = np.empty((len(matrix.votes), matrix.n_classes))
    probabilities[rows] = model.predict(ordered)
    return decide(task, matrix, probabilities, silence=_silence(model, matrix), keys=evidence.keys)


def _silence(model: FittedLabelModel, matrix: LabelMatrix) -> Float[np.ndarray, "... n_classes"]:
    """What a label model says of a row by itself without a vote, which may differ from bit to bit."""
    n_bits = 1 if matrix.bits is None else int(matrix.bits.max(initial=0)) + 1
    nothing = np.full((n_bits, len(matrix.sources)), ABSTAINED, dtype=matrix.votes.dtype)
    n_options = None if matrix.n_options is None else np.array([matrix.n_classes])
    bits = None if matrix.bits is None else np.arange(n_bits)
    said = model.predict(
        LabelMatrix(nothing, matrix.sources, matrix.n_classes, one_each(n_bits), n_options=n_options, bits=bits)
    )
    return np.asarray(said[0] if matrix.bits is None else said[matrix.bits])


def _judged(matrix: LabelMatrix, evidence: Evidence, is_seen: Bool[np.ndarray, " n_examples"]) -> Judged:
    """The rows with gold that may be seen and on which a source votes."""
    truth = np.asarray(votes_for(evidence.task, evidence.gold))
    rows = np.flatnonzero(rows_of_examples(matrix, is_seen) & (truth != ABSTAINED) & has_vote(matrix))
    judged = Judged(rows_of(matrix, rows), truth[rows].astype(np.int64), examples_of_rows(matrix)[rows])
    if matrix.n_options is not None or (evidence.order is None and (matrix.items.lengths == 1).all()):
        return judged
    among, row_of = in_order(matrix, evidence.order)
    if among.bits is None:  # bits that are weighed alike are judged alike
        judged = replace(judged, matrix=replace(judged.matrix, bits=None))
    return replace(judged, among=among, places=np.argsort(row_of)[rows])


def _weights(task: ClassTask, items: Items, predictions: Predictions) -> Float[np.ndarray, " n_weighted"]:
    """1 where something voted on the item, of spans on its example; 0 masks the rest."""
    is_covered = np.asarray(predictions.covered)
    match task:
        case Bitvector():
            return np.asarray(is_covered.any(axis=1), dtype=np.float64)
        case Spans():
            voted = np.bincount(items.examples(), weights=is_covered, minlength=items.n_examples)
            return items.of(voted > 0).astype(np.float64)
        case _:
            return is_covered.astype(np.float64)


def _with_gold(targets: Targets, evidence: Evidence) -> tuple[Targets, float]:
    """Targets that are gold where a training example has it, and of how many of its labels that is the share."""
    probabilities, is_gold = certainly(evidence.task, evidence.gold)
    is_member = isinstance(evidence.task, Select)
    in_train = evidence.train if is_member else evidence.items.of(evidence.train)
    is_gold = is_gold & in_train
    rows = evidence.items.of(is_gold) if is_member else is_gold
    shape = (-1,) + (1,) * (probabilities.ndim - 1)
    weights = np.where(is_gold, 1.0, targets.weights)
    n_labels = int((weights[in_train] > 0).sum())
    chosen = np.where(rows.reshape(shape), probabilities, targets.probabilities)
    return Targets(evidence.items, chosen, weights), float(is_gold.sum()) / max(n_labels, 1)


def _combine_values(evidence: Evidence, model: LabelModel, is_seen: Bool[np.ndarray, " n_examples"]) -> Combined:
    matrix = value_matrix(evidence.votes, sources=evidence.sources, items=evidence.items)
    is_training = evidence.items.of(evidence.train)
    training = ValueMatrix(matrix.votes[is_training], matrix.sources, evidence.items.keep(evidence.train))
    is_covered = np.isfinite(matrix.votes).any(axis=1)
    majority = _as_predictions(matrix, fit_mean(training), is_covered)
    if isinstance(model, Majority):
        weighed, name, why = majority, "mean", "every source counts the same"
    else:
        known = _known_values(matrix, evidence, is_seen)
        weighed, name = _as_predictions(matrix, fit_precisions(training, known), is_covered), "precision_weighted_mean"
        why = "sources that lie close to the others" + (", and to gold," if len(known.truth) else "") + " count more"
    targets = Targets(evidence.items, weighed.probabilities, is_covered.astype(np.float64))
    warnings = () if np.isfinite(training.votes).any() else (no_votes(),)
    return Combined(majority, weighed, targets, np.full(len(matrix.sources), np.nan), name, why, warnings)


def _known_values(matrix: ValueMatrix, evidence: Evidence, is_seen: Bool[np.ndarray, " n_examples"]) -> KnownValues:
    """The votes and the gold of items whose gold may be seen."""
    truth = np.asarray(evidence.gold.values)
    rows = evidence.items.of(is_seen) & np.isfinite(truth)
    return KnownValues(matrix.votes[rows], truth[rows])


def _as_predictions(matrix: ValueMatrix, fitted: FittedMean, is_covered: Bool[np.ndarray, " n_items"]) -> Predictions:
    values = fitted.predict(matrix)
    return Predictions(matrix.items, values, values, is_covered)
