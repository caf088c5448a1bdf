"""A task that boosted trees have learned, beside the network: LightGBM's models as the texts that it writes."""

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Float

from transom.data.decisions import Scored, predictions_from
from transom.data.features.columns import Table, TableSpec, encode_table
from transom.data.items import one_each
from transom.data.predictions import Predictions
from transom.errors import MissingExtraError
from transom.schema.tasks import Bitvector, Multiclass, Regression, Task

TreeTask = Multiclass | Bitvector | Regression
"""The types of task that trees can learn."""


@dataclass(frozen=True)
class Forest:
    """The trees of one task: a model of all classes (of two the log odds of the second), of each bit, or of the value.

    Scale and shift bring the scores in line with dev gold, as those of the network's heads do.
    """

    task: Task
    table: TableSpec
    models: tuple[str, ...]
    scale: Float[np.ndarray, " n_scores"]
    shift: Float[np.ndarray, " n_scores"]

    @cached_property
    def boosters(self) -> tuple[Any, ...]:
        """The models as LightGBM reads them."""
        return tuple(lightgbm().Booster(model_str=model) for model in self.models)


def predict_forests(forests: Sequence[Forest], values: Mapping[str, Sequence[Any]]) -> dict[str, Predictions]:
    """What each forest says of examples, by the name of its task; `values` are those of each payload."""
    return {forest.task.name: _predicted(forest, encode_table(forest.table, values)) for forest in forests}


def forest_scores(forest: Forest, table: Table) -> np.ndarray:
    """What a forest says of the rows of its table, in the form of a network's scores (see `data.decisions`)."""
    scores: np.ndarray = raw_scores(forest, table) * forest.scale + forest.shift
    return scores[:, 0] if isinstance(forest.task, Regression) else scores


def raw_scores(forest: Forest, table: Table) -> Float[np.ndarray, "n_examples n_scores"]:
    """What the models say before calibration, in the form of a network's scores (see `data.decisions`)."""
    task = forest.task
    found = [np.asarray(booster.predict(table, raw_score=True, num_threads=1)) for booster in forest.boosters]
    if isinstance(task, Multiclass) and len(task.classes) > 2:
        return found[0].reshape(len(table), len(task.classes))
    scores = np.stack(found, axis=1)
    is_second = isinstance(task, Multiclass) and len(task.classes) == 2
    return np.concatenate([np.zeros_like(scores), scores], axis=1) if is_second else scores


def lightgbm() -> Any:
    """The package LightGBM.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        return importlib.import_module("lightgbm")
    except ModuleNotFoundError:
        raise MissingExtraError("lightgbm", "gbdt", "The encoder 'trees'") from None


def _predicted(forest: Forest, table: Table) -> Predictions:
    scored = Scored(np.arange(len(table)), forest_scores(forest, table))
    return predictions_from(forest.task, one_each(len(table)), [scored])
