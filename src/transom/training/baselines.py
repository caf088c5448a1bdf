"""The linear baselines: always run, so that a user sees whether the deep model earns its keep.

`linear` learns the model's own targets, `linear_majority` the majority votes: n-grams of words and characters with
TF-IDF weights, numbers in bins, categories one by one. Tasks on single tokens or members have none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.sparse import csr_matrix, hstack

from transom.data.decisions import Scored, predictions_from
from transom.data.features.payloads import (
    Features,
    FeatureSpec,
    PayloadReading,
    PayloadSpec,
    encode_features,
    fit_features,
)
from transom.data.labels import Labels
from transom.data.predictions import Predictions
from transom.data.targets import Targets
from transom.model.graph import Logarithms, Units
from transom.model.readings import as_one_bag, default_encoder, reading_of
from transom.model.seen import is_another_form, seen_beside
from transom.schema.payloads import Payload, Singleton
from transom.schema.payloads import Sequence as SequencePayload
from transom.schema.schema import Schema
from transom.schema.tasks import Bitvector, Multiclass, Regression, Task
from transom.supervision.decisions import certainly
from transom.training.linear import fit_linear, fit_values, shares_for, sparse
from transom.training.links import link_for
from transom.training.threads import one_thread
from transom.training.units import counted_in


@dataclass(frozen=True)
class Inputs:
    """What the baselines may see: all payload values, which examples are for training, and what is already encoded."""

    schema: Schema
    values: Mapping[str, Sequence[Any]]
    train: Bool[np.ndarray, " n_examples"]
    spec: FeatureSpec
    features: Features


def has_linear(schema: Schema, task: Task) -> bool:
    """Whether a task has linear baselines: it labels whole examples, and something can be read as a bag."""
    if not isinstance(task, Multiclass | Bitvector | Regression) or task.payload is None:
        return False
    return isinstance(schema.payload(task.payload), Singleton) and bool(_readings(schema, task.payload))


def linear(inputs: Inputs, tasks: Sequence[Task], targets: Mapping[str, Targets]) -> dict[str, Predictions]:
    """The predictions of a linear model of each task, learned from its targets on the train examples."""
    learned = [
        task for task in tasks if has_linear(inputs.schema, task) and targets[task.name].weights[inputs.train].any()
    ]
    with one_thread():
        return {task.name: _fitted(inputs, task, targets[task.name]) for task in learned}


def linear_majority(
    inputs: Inputs, tasks: Sequence[Task], majority: Mapping[str, Predictions]
) -> dict[str, Predictions]:
    """The predictions of a linear model of each task, learned from majority votes where something voted."""
    targets = {task.name: _as_targets(task, majority[task.name]) for task in tasks if has_linear(inputs.schema, task)}
    return linear(inputs, tasks, targets)


def _as_targets(task: Task, majority: Predictions) -> Targets:
    """Majority votes as if they were certain; items on which nothing voted have no weight."""
    probabilities, _ = certainly(task, Labels(majority.items, majority.labels))
    is_covered = np.ones(len(probabilities), bool) if majority.covered is None else majority.covered
    weights = np.asarray(is_covered.reshape(len(probabilities), -1).any(axis=1), dtype=np.float64)
    return Targets(majority.items, probabilities, weights)


def _fitted(inputs: Inputs, task: Task, targets: Targets) -> Predictions:
    assert task.payload is not None
    matrix, discrete = _matrix(inputs, _readings(inputs.schema, task.payload))
    rows = np.flatnonzero(inputs.train & (targets.weights > 0))
    wanted, weights = targets.probabilities[rows].reshape(len(rows), -1), targets.weights[rows]
    if isinstance(task, Regression):
        scores = _values(matrix, rows, wanted, weights)
    else:
        fitted = fit_linear(task, matrix[rows], wanted, weights=weights, shares=shares_for(discrete))
        scores = fitted.scores(matrix)
    return predictions_from(task, targets.items, [Scored(np.arange(matrix.shape[0]), scores)])


def _values(
    matrix: csr_matrix,
    rows: Int[np.ndarray, " n_labeled"],
    wanted: Float[np.ndarray, "n_labeled 1"],
    weights: Float[np.ndarray, " n_labeled"],
) -> Float[np.ndarray, " n_rows"]:
    """The values of all rows, from those that have a label."""
    link = link_for(wanted)
    learned = counted_in(link, wanted) if isinstance(link, Units) else wanted
    scores = fit_values(matrix[rows], learned, weights=weights, link=link).scores(matrix)[:, 0]
    match link:
        case Logarithms(lowest=lowest, highest=highest):
            return np.asarray(np.exp(np.clip(scores, lowest, highest)))
        case Units(origin=origin, unit=unit):
            return scores * unit + origin
        case None:
            return scores


def _matrix(inputs: Inputs, readings: Sequence[PayloadReading]) -> tuple[csr_matrix, Bool[np.ndarray, " n_features"]]:
    """The features of all examples, a row each, and which are there or not; what the model has encoded is taken."""
    known = {replace(spec.reading, is_second=False): spec for spec in inputs.spec.payloads}
    parts, discrete = [], []
    for reading in readings:
        if reading in known:
            spec, features = known[reading], inputs.features
        else:
            spec, features = _encoded(inputs, reading)
        parts.append(sparse(features.payloads[spec.reading.key].bags, spec.n_features))
        discrete.append(spec.discrete)
    return hstack(parts, "csr"), np.concatenate(discrete)


def _encoded(inputs: Inputs, reading: PayloadReading) -> tuple[PayloadSpec, Features]:
    """A payload that the model reads otherwise."""
    values = inputs.values[reading.name]
    spec = fit_features([reading], {reading.name: [values[row] for row in np.flatnonzero(inputs.train).tolist()]})
    return spec.payloads[0], encode_features(spec, {reading.name: values})


def _readings(schema: Schema, payload: str) -> list[PayloadReading]:
    """How a linear model reads what a head on this payload sees; sets, and sequences of numbers, it cannot."""
    seen = schema.payload(payload)
    around = [part for part in seen_beside(schema, seen) if isinstance(part, Singleton) or _is_words(part)]
    own = [] if is_another_form(seen) and around else [seen]
    return [_reading(part) for part in (*own, *around)]


def _reading(payload: Payload) -> PayloadReading:
    return replace(as_one_bag(reading_of(payload, default_encoder(payload))), is_second=False)


def _is_words(payload: Payload) -> bool:
    return isinstance(payload, SequencePayload) and payload.value == "token"
