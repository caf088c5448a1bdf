"""Boosted trees: the values of payloads and probabilistic targets in, a forest for each of their tasks out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from transom.data.features.columns import Table, encode_table, fit_table
from transom.data.targets import Targets
from transom.errors import TrainingError, listed
from transom.model.forest import Forest, TreeTask, lightgbm, raw_scores
from transom.model.graph import TreeHead, Units
from transom.model.settings import Trees
from transom.schema.tasks import Bitvector, Multiclass, Regression
from transom.supervision.decisions import certainly
from transom.training.calibration import calibration_for
from transom.training.config import TrainingConfig
from transom.training.held_out import held_out
from transom.training.training_data import TrainingData, in_units
from transom.training.units import units_for

PATIENCE = 50
"""No more trees are added when so many in a row made nothing better for the judge."""

LEAST = 0.01
"""A class that is less probable than this is not learned from, unless it is the likeliest."""


@dataclass(frozen=True)
class _Part:
    """Some rows of a table with what is known of them: `wanted` has the shape of the targets' probabilities."""

    table: Table
    wanted: np.ndarray
    weights: Float[np.ndarray, " n_rows"]

    def take(self, rows: Int[np.ndarray, " n_taken"]) -> "_Part":
        return _Part(self.table[rows], self.wanted[rows], self.weights[rows])


def train_forests(
    heads: Sequence[TreeHead],
    values: Mapping[str, Sequence[Any]],
    data: TrainingData,
    *,
    config: TrainingConfig,
    calibrates: bool = True,
) -> tuple[Forest, ...]:
    """The forests of the tasks that have a label on train; the same seed gives the same trees to the last bit.

    Early stopping looks at dev gold; with `calibrates` so do the scale and shifts of classes. `values` are those of all
    examples, by payload.

    Raises:
        MissingExtraError: the extra `gbdt` is not installed.
        TrainingError: vectors are all that trees would see, and train has none.
    """
    return tuple(
        _forest(head, values, data, config=config, calibrates=calibrates)
        for head in heads
        if (data.targets[head.task.name].weights[data.train] > 0).any()
    )


def _forest(
    head: TreeHead,
    values: Mapping[str, Sequence[Any]],
    data: TrainingData,
    *,
    config: TrainingConfig,
    calibrates: bool,
) -> Forest:
    task, on_train = head.task, np.flatnonzero(data.train)
    assert isinstance(task, Multiclass | Bitvector | Regression), "trees are chosen for singletons only"
    units = _units(task, data.targets[task.name], on_train)
    data = data if units is None else in_units(data, {task.name: units})
    targets = data.targets[task.name]
    spec = fit_table(
        head.columns, {name: [column[row] for row in on_train.tolist()] for name, column in values.items()}
    )
    if spec.n_columns == 0:
        raise _nothing_to_see(head)
    table = encode_table(spec, values)
    judge = _judge(task, table, data)
    known = _Part(table, targets.probabilities, targets.weights)
    learned, judged_by = _parts(known, on_train[targets.weights[on_train] > 0], judge, config)
    models = _models(task, head.encoder, learned, judged_by, _Fit(spec.categorical, config.seed))
    if units is not None:
        return Forest(task, spec, models, np.array([units.unit]), np.array([units.origin]))
    n_scores = 1 if isinstance(task, Regression) else len(task.classes)
    forest = Forest(task, spec, models, np.ones(n_scores), np.zeros(n_scores))
    if judge is None or not calibrates or isinstance(task, Regression):
        return forest
    return _calibrated(forest, judge, is_weak=task.name in data.weak)


def _units(task: TreeTask, targets: Targets, on_train: Int[np.ndarray, " n_train"]) -> Units | None:
    """The units in which LightGBM, whose labels are float32, learns numbers that those are too coarse for."""
    known = targets.probabilities[on_train[targets.weights[on_train] > 0]]
    return units_for(known) if isinstance(task, Regression) else None


def _nothing_to_see(head: TreeHead) -> TrainingError:
    vectors = listed([repr(column.payload) for column in head.columns])
    return TrainingError(
        "T125",
        f"Trees are to learn task {head.task.name!r}, and no example of train has a vector of {vectors}, all that they "
        "would see. Give vectors to examples of train, or choose another encoder.",
    )


@dataclass(frozen=True)
class _Fit:
    """What LightGBM must know beside the settings: the places of categories, and the seed."""

    categorical: tuple[int, ...]
    seed: int


def _judge(task: TreeTask, table: Table, data: TrainingData) -> _Part | None:
    """The dev examples with their gold; None where there is none."""
    if task.name not in data.gold:
        return None
    wanted, is_known = certainly(task, data.gold[task.name])
    rows = np.flatnonzero(data.dev & is_known)
    return _Part(table, wanted, np.ones(len(table))).take(rows) if len(rows) else None


def _parts(
    known: _Part, labeled: Int[np.ndarray, " n_labeled"], judge: _Part | None, config: TrainingConfig
) -> tuple[_Part, _Part | None]:
    """What is learned from, and what says when to stop."""
    if config.early_stopping == "dev" and judge is not None:
        return known.take(labeled), judge
    training, judging = held_out(labeled, config)
    return known.take(training), None if judging is None else known.take(judging)


def _models(task: TreeTask, settings: Trees, learned: _Part, judge: _Part | None, fit: _Fit) -> tuple[str, ...]:
    """LightGBM's text of each model."""
    match task:
        case Multiclass(classes=classes) if len(classes) > 2:
            parts = [_repeated(learned), None if judge is None else _repeated(judge)]
            return (_boosted(settings, {"objective": "multiclass", "num_class": len(classes)}, parts, fit),)
        case Multiclass() | Bitvector():
            n_classes = len(task.classes)
            bits = [n_classes - 1] if isinstance(task, Multiclass) else range(n_classes)
            parts_of = [[_column(part, bit) for part in (learned, judge)] for bit in bits]
            return tuple(_boosted(settings, {"objective": "cross_entropy"}, parts, fit) for parts in parts_of)
        case Regression():
            return (_boosted(settings, {"objective": "regression"}, [learned, judge], fit),)


def _column(part: _Part | None, column: int) -> _Part | None:
    return None if part is None else _Part(part.table, part.wanted[:, column], part.weights)


def _repeated(part: _Part) -> _Part:
    """Each row once for every class that it may be of, weighted by how probable that is."""
    rows, classes = np.nonzero(part.wanted >= np.minimum(LEAST, part.wanted.max(axis=1, keepdims=True)))
    return _Part(part.table[rows], classes.astype(np.float64), part.weights[rows] * part.wanted[rows, classes])


def _boosted(settings: Trees, objective: Mapping[str, Any], parts: Sequence[_Part | None], fit: _Fit) -> str:
    library = lightgbm()
    learned, judge = (part and _as_dataset(library, part, fit) for part in parts)
    booster = library.train(
        {
            **objective,
            "learning_rate": settings.learning_rate,
            "num_leaves": settings.leaves,
            "min_data_in_leaf": settings.examples_per_leaf,
            "feature_fraction": settings.feature_share,
            "lambda_l2": settings.l2,
            "seed": fit.seed,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": settings.threads,
            "verbosity": -1,
        },
        learned,
        num_boost_round=settings.trees,
        valid_sets=[] if judge is None else [judge],
        callbacks=[] if judge is None else [library.early_stopping(PATIENCE, verbose=False)],
    )
    text: str = booster.model_to_string(num_iteration=booster.best_iteration or -1)
    return text


def _as_dataset(library: Any, part: _Part, fit: _Fit) -> Any:
    categorical = list(fit.categorical)
    return library.Dataset(
        part.table, part.wanted, weight=part.weights, categorical_feature=categorical, free_raw_data=False
    )


def _calibrated(forest: Forest, judge: _Part, *, is_weak: bool) -> Forest:
    """The forest with its scores in line with gold."""
    gold = judge.wanted.astype(np.int64) if isinstance(forest.task, Bitvector) else judge.wanted.argmax(axis=1)
    found = calibration_for(forest.task, raw_scores(forest, judge.table), gold, is_weak=is_weak)
    return replace(forest, scale=found.scale, shift=found.shift)
