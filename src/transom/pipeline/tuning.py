"""The verb `tune`: tries settings of the model within a budget, judges them on dev, and keeps what it saw."""

import hashlib
import json
import multiprocessing
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from importlib.metadata import version
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
from jaxtyping import Bool

from transom.data.dataset import Dataset, in_split
from transom.data.features.payloads import Features, FeatureSpec, PayloadReading, encode_features
from transom.data.fingerprint import canonical
from transom.data.predictions import Predictions
from transom.data.votes import has_label
from transom.errors import TrainingError, UsageError, listed
from transom.evaluation.metric_names import metric_names
from transom.evaluation.metrics import ERRORS, rows_of
from transom.evaluation.report import evaluate
from transom.export.objects import write_durably
from transom.model.compile import compile_graph
from transom.model.forest import predict_forests
from transom.pipeline.choices import as_keys, search_space, with_choices
from transom.pipeline.fitting import feature_spec, training_data
from transom.pipeline.labeling import TaskLabels
from transom.pipeline.learning import payload_values
from transom.pipeline.metric_references import task_of
from transom.pipeline.progress import Advance, no_progress
from transom.pipeline.recalling import labeled
from transom.pipeline.request import Request
from transom.pipeline.search_settings import Search, seconds
from transom.pipeline.settings import ModelSettings
from transom.pipeline.slice_capacity import SliceCapacity, slice_capacity
from transom.pipeline.workspace import open_workspace
from transom.schema.stored import schema_to_json
from transom.training.device import device_for
from transom.training.learner import Epoch
from transom.training.predict import predict
from transom.training.published import frozen_texts, with_vectors
from transom.training.train import train
from transom.training.trees import train_forests
from transom.tuning.search import Budget, Found, Intermediate, Journal, Trial, n_begun, search
from transom.tuning.space import Parameter, Value

JOURNAL = Path("tuning") / "journal.log"
DEV = "dev"

MOST_READ = 8
"""So many ways of reading the data are kept for further trials; of a range of `bins` nearly every trial has its own."""


@dataclass(frozen=True)
class Asked:
    """What a search was asked for: the project, its overridden settings, and what its budget is."""

    folder: Path
    store: Path | None
    overrides: tuple[str, ...]
    budget: Budget


@dataclass(frozen=True)
class Trying:
    """A project whose labels are made, so that only its model remains to be chosen."""

    settings: ModelSettings
    dataset: Dataset
    capacity: SliceCapacity
    labels: tuple[TaskLabels, ...]
    judged: TaskLabels
    metric: str
    space: tuple[Parameter, ...]
    values: Mapping[str, Sequence[Any]]
    read: Callable[[tuple[PayloadReading, ...], tuple[str, ...]], tuple[FeatureSpec, Features]]
    journal: Journal

    @property
    def is_maximized(self) -> bool:
        """Whether more of the metric is better."""
        return self.metric not in ERRORS


@dataclass(frozen=True)
class Tuned:
    """What a search came to: `now` is what the settings of the project reach, on dev as all of it.

    `keys` are the keys of model.yaml that make the best choices, with their values; there are none where the project's
    own settings are as good.

    The best of many trials looks better on dev than it is; test says how much, once.
    """

    metric: str
    now: float
    found: Found
    keys: Mapping[str, Any]

    @property
    def settings(self) -> tuple[str, ...]:
        """`keys` as `--set` takes them."""
        return tuple(f"{key}={canonical(value).decode()}" for key, value in self.keys.items())

    def as_dict(self) -> dict[str, Any]:
        """The search as `tune --json` prints it."""
        best = self.found.best
        return {
            "metric": self.metric,
            "now": self.now,
            "best": None if best is None else {"trial": best.number, "value": best.value, "choices": best.choices},
            "settings": list(self.settings),
            "trace": self.found.trace,
            "importances": dict(self.found.importances),
            "trials": [
                {
                    "number": trial.number,
                    "state": trial.state,
                    "value": trial.value,
                    "seconds": round(trial.seconds, 3),
                    "choices": trial.choices,
                    "why": trial.why,
                }
                for trial in self.found.trials
            ],
        }


def tune(
    folder: Path | str = ".",
    *,
    store: Path | str | None = None,
    settings: Sequence[str] = (),
    n_trials: int | None = None,
    budget: str | None = None,
    n_jobs: int = 1,
    progress: Advance = no_progress,
) -> Tuned:
    """Searches what `search` in model.yaml asks for, until `n_trials` or the `budget` ("120s") is spent.

    Trials of earlier calls count as long as the data, the labels and the other settings are the same: a search that was
    interrupted goes on. With `n_jobs` so many processes try at once, together no more than `n_trials`. What came of it,
    with the trace and importances, is kept beside the journal.

    Raises:
        ProjectError: the project's files are wrong.
        UsageError: the metric's task has no label on train or no gold on dev, nothing can be varied, a trunk should
            stay frozen, or the budget is no duration.
        TrainingError: the project's own settings cannot be trained, or dev has no gold for the metric.
    """
    limit_s = None if budget is None else seconds(budget)
    asked = Asked(Path(folder), None if store is None else Path(store), tuple(settings), Budget(None, None, n_jobs))
    trying = _prepare(asked, progress)
    if limit_s is None:
        limit_s = seconds((trying.settings.search or Search()).budget)
    since = n_begun(trying.journal, is_maximized=trying.is_maximized)
    asked = replace(asked, budget=replace(asked.budget, seconds=limit_s, trials=n_trials, since=since))
    progress("the settings as they are", None)
    now = _quality(trying, {}, _ignored)
    if n_jobs > 1:
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(n_jobs - 1, spawn, initializer=_end_with_parent) as workers:
            others = [workers.submit(_work, asked, number) for number in range(1, n_jobs)]
            _search(trying, asked.budget, 0, progress)
            for other in others:
                other.result()
    else:
        _search(trying, asked.budget, 0, progress)
    found = _search(trying, Budget(trials=0), 0, progress)  # what all processes tried
    tuned = Tuned(f"{trying.judged.task.name}.{trying.metric}", now, found, _better(trying, now, found.best))
    summary = trying.journal.file.with_name(f"{trying.journal.name}.json")
    write_durably(summary, json.dumps(tuned.as_dict(), ensure_ascii=False, indent=1).encode())
    return tuned


def _better(trying: Trying, now: float, best: Trial | None) -> dict[str, Any]:
    if best is None or best.value is None or (best.value <= now if trying.is_maximized else best.value >= now):
        return {}
    return as_keys(trying.settings, trying.dataset.schema, best.choices)


def _work(asked: Asked, number: int) -> None:
    """What another process does: the same search in the same journal."""
    _search(_prepare(asked, no_progress), asked.budget, number, no_progress)


def _end_with_parent() -> None:
    """Ends this process as soon as the one that began it is gone: a trial that it is at was interrupted, too."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    Thread(target=_end_after, args=(parent,), daemon=True).start()


def _end_after(process: BaseProcess) -> None:
    process.join()
    os._exit(1)  # training does not listen for less


def _search(trying: Trying, budget: Budget, seed: int, progress: Advance) -> Found:
    return search(
        partial(_quality, trying),
        trying.space,
        trying.journal,
        budget=budget,
        is_maximized=trying.is_maximized,
        seed=trying.settings.training.seed + seed,
        advance=lambda trial: progress(_in_words(trial), None),
    )


def _prepare(asked: Asked, progress: Advance) -> Trying:
    workspace = open_workspace(asked.folder, store=asked.store, overrides=asked.overrides)
    if workspace.model.training.trunk == "frozen":
        raise UsageError(
            "T129",
            "A search trains every model from the beginning, and trunk: frozen keeps what a version has. Search with "
            "training.trunk=trained.",
        )
    request = Request(workspace, advance=progress)
    known = labeled(request)
    dataset, labels = known.examples.dataset, known.labels
    asked_for = workspace.model.search or Search()
    judged, metric = _judged(asked_for.metric, dataset, labels)
    space = search_space(asked_for, workspace.model, dataset.schema)
    values = payload_values(dataset, [payload.name for payload in dataset.schema.payloads])
    capacity = slice_capacity(dataset, workspace.folder)
    name = _fingerprint(workspace.model, dataset, capacity, labels, f"{judged.task.name}.{metric}", space)
    return Trying(
        settings=workspace.model,
        dataset=dataset,
        capacity=capacity,
        labels=labels,
        judged=judged,
        metric=metric,
        space=space,
        values=values,
        read=lru_cache(MOST_READ)(partial(_read, dataset, values, device_for(workspace.model.training))),
        journal=Journal(workspace.store / JOURNAL, name),
    )


def _judged(asked_for: str | None, dataset: Dataset, labels: Sequence[TaskLabels]) -> tuple[TaskLabels, str]:
    """The task that the search looks at and its metric: the first that can be, where none is named."""
    able = [one for one in labels if one.task.payload is not None and _is_learned(one, in_split(dataset, "train"))]
    able = [one for one in able if _has_gold(one, in_split(dataset, DEV))]
    named = None if asked_for is None else task_of(asked_for, [one.task for one in labels])
    for one in able:
        if asked_for is None or one.task == named:
            return one, (asked_for or f"{one.task.name}.{metric_names(one.task)[0]}").removeprefix(f"{one.task.name}.")
    with_both = f" These have both: {listed([one.task.name for one in able])}." if able else ""
    what = "a task with a payload" if asked_for is None else f"the task of {asked_for!r}"
    raise UsageError("T181", f"Trials are compared on {what} that has labels on train and gold on dev.{with_both}")


def _is_learned(one: TaskLabels, in_train: Bool[np.ndarray, " n_examples"]) -> bool:
    """Whether any training example has a label."""
    targets = one.combined.targets
    return bool((targets.weights[rows_of(one.task, targets.items, in_train)] > 0).any())


def _has_gold(one: TaskLabels, chosen: Bool[np.ndarray, " n_examples"]) -> bool:
    """Whether any of these examples has gold."""
    return bool(has_label(one.gold)[rows_of(one.task, one.gold.items, chosen)].any())


def _on_dev(dataset: Dataset, one: TaskLabels, predictions: Predictions) -> dict[str, float]:
    """The metrics of predictions on dev gold; none where dev has no gold."""
    splits = {DEV: in_split(dataset, DEV)}
    report = evaluate("model", one.task, gold=one.gold, predictions=predictions, splits=splits, tags={})
    return {row.metric: row.value for row in report.rows}


def _read(
    dataset: Dataset,
    values: Mapping[str, Sequence[Any]],
    device: str,
    readings: tuple[PayloadReading, ...],
    frozen: tuple[str, ...],
) -> tuple[FeatureSpec, Features]:
    spec = feature_spec(dataset, readings, values)
    return spec, with_vectors(spec, encode_features(spec, values), frozen, device=device)


def _quality(trying: Trying, choices: Mapping[str, Value], so_far: Intermediate) -> float:
    """What a model with these choices reaches on dev."""
    settings = with_choices(trying.settings, trying.dataset.schema, choices)
    graph = compile_graph(trying.capacity.schema, settings.payloads)
    spec, features = trying.read(graph.readings, frozen_texts(graph))
    data = training_data(trying.dataset, trying.labels, features, trying.capacity.members)
    by_trees = [head for head in graph.tree_heads if head.task == trying.judged.task]
    if by_trees:
        forests = train_forests(by_trees, trying.values, data, config=settings.training, calibrates=settings.use_dev)
        found = predict_forests(forests, trying.values)
    else:
        trained = train(
            graph,
            spec,
            data,
            config=replace(settings.training, refit=False),
            calibrates=settings.use_dev,
            advance=partial(_tell, so_far, trying.is_maximized),
        )
        found = predict(trained.network, features)
    measured = _on_dev(trying.dataset, trying.judged, found[trying.judged.task.name])
    if trying.metric not in measured:
        name = f"{trying.judged.task.name}.{trying.metric}"
        raise TrainingError("T181", f"{name!r} cannot be measured on dev: it takes more gold, or more answers.")
    return measured[trying.metric]


def _tell(so_far: Intermediate, is_maximized: bool, epoch: Epoch) -> None:
    """An epoch is judged by its loss, of which less is always better."""
    if epoch.judged is not None:
        so_far(-epoch.judged if is_maximized else epoch.judged)


def _ignored(_value: float) -> None:
    """Nobody compares the settings as they are while they are tried."""


def _fingerprint(
    settings: ModelSettings,
    dataset: Dataset,
    capacity: SliceCapacity,
    labels: Sequence[TaskLabels],
    metric: str,
    space: Sequence[Parameter],
) -> str:
    """A name for all that the value of a trial depends on, but its choices; equal in every process."""
    said = hashlib.sha256(canonical([version("transom"), dataset.fingerprint, schema_to_json(capacity.schema), metric]))
    said.update(repr((settings.payloads, settings.training, settings.use_dev, tuple(space))).encode())
    said.update(capacity.members.tobytes())
    for one in labels:
        said.update(one.combined.targets.probabilities.tobytes())
        said.update(one.combined.targets.weights.tobytes())
    return said.hexdigest()[:16]


def _in_words(trial: Trial) -> str:
    outcome = trial.state if trial.value is None else f"{trial.value:.4f}"
    return f"trial {trial.number}: {outcome}"
