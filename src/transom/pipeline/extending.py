"""The stage `extend`: votes reach similar examples, and the label model weighs them too."""

from dataclasses import replace
from typing import Any, Literal

import numpy as np
from jaxtyping import Float, UInt64

from transom.data.dataset import Dataset, frame, in_split
from transom.data.embedding import Embedding, vectors_given
from transom.errors import Problem, ProjectError, UsageError
from transom.pipeline.extension_settings import Extension
from transom.pipeline.ingesting import Examples
from transom.pipeline.labeling import TaskLabels, evidence_of, keys_of, row_frame
from transom.pipeline.registered import settings_class
from transom.pipeline.request import Request
from transom.pipeline.settings import ModelSettings
from transom.schema.payloads import Payload, Sequence, Singleton
from transom.supervision.choice import Auto
from transom.supervision.combine import combine
from transom.supervision.evidence import Evidence
from transom.supervision.extend import extend
from transom.supervision.extension import ExtensionRow, is_extendable

Vectors = Float[np.ndarray, "n_examples n_dimensions"]


def extend_labels(request: Request, examples: Examples, labels: tuple[TaskLabels, ...]) -> tuple[TaskLabels, ...]:
    """The labels of every task, weighed with more votes where similar examples have some to give.

    The votes as they were cast, their table and their majority stay. So does a task with no class or bits of whole
    examples, or without sources. One for which dev has too little gold to choose a threshold stays with a warning.

    Raises:
        ProjectError: there is no task to extend, or too little gold on dev for each of them.
        MissingExtraError: a package that embeds texts, or that finds neighbours among many examples, is missing.
    """
    extension = request.workspace.model.extend
    if extension is None:
        return labels
    extended = [one.task.name for one in labels if one.sources and is_extendable(one.task, _payload_of(one, examples))]
    if not extended:
        message = "extend: no source votes on a task of whole examples, so there is nothing to extend. Take extend out."
        raise ProjectError([Problem("T112", message)])
    keys = keys_of(row_frame(examples.dataset))
    request.advance(f"embed {extension.payload}", None)
    vectors = _embedded(examples.dataset, extension, keys)
    tried: dict[str, TaskLabels | Problem] = {}
    for one in labels:
        if one.task.name in extended:
            request.advance(f"extend {one.task.name}", len(tried) / len(extended))
            evidence = evidence_of(one, examples.dataset, keys)
            tried[one.task.name] = _extended(one, evidence, vectors, request.workspace.model, extension.threshold)
    refusals = [each for each in tried.values() if isinstance(each, Problem)]
    if len(refusals) == len(tried):
        raise ProjectError(refusals)
    return tuple(_outcome(one, tried.get(one.task.name, one)) for one in labels)


def _payload_of(one: TaskLabels, examples: Examples) -> Payload | None:
    return None if one.task.payload is None else examples.dataset.schema.payload(one.task.payload)


def _embedded(dataset: Dataset, extension: Extension, keys: UInt64[np.ndarray, " n_examples"]) -> Vectors:
    """A vector for each example, learned in the order of the keys so that no rounding follows that of the files."""
    payload = dataset.schema.payload(extension.payload)
    values: list[Any] = frame(dataset, [payload.name])[payload.name].to_list()
    if isinstance(payload, Singleton) and payload.value == "vector":
        return vectors_given(payload.name, values)
    if isinstance(payload, Sequence):
        values = [None if value is None else " ".join(value) for value in values]
    embedding: Embedding = settings_class("embeddings", extension.embedding)()
    order = np.argsort(keys)
    vectors = embedding.embed([values[row] for row in order], in_split(dataset, "train")[order])
    return vectors[np.argsort(order)]


def _extended(
    one: TaskLabels,
    evidence: Evidence,
    vectors: Vectors,
    settings: ModelSettings,
    threshold: float | Literal["auto"],
) -> TaskLabels | Problem:
    """The task's labels with its votes extended, or why they cannot be."""
    model = settings.label_models[one.task.name].model or Auto()
    try:
        found = extend(evidence, vectors, model=model, threshold=threshold)
    except UsageError as error:
        return error.problem
    if found.row.n_added == 0:
        return replace(_with_warning(one, _nothing_added(found.row)), extension=found.row)
    combined = combine(found.evidence, model, use_dev=settings.use_dev, use_gold=settings.use_gold)
    return replace(one, combined=combined, extension=found.row)


def _outcome(one: TaskLabels, tried: TaskLabels | Problem) -> TaskLabels:
    return _with_warning(one, replace(tried, severity="warning")) if isinstance(tried, Problem) else tried


def _with_warning(one: TaskLabels, warning: Problem) -> TaskLabels:
    return replace(one, combined=replace(one.combined, warnings=(*one.combined.warnings, warning)))


def _nothing_added(row: ExtensionRow) -> Problem:
    if row.dev_before is None:
        reason = "no example is nearer to another than extend: threshold asks for. A lower one reaches more."
    else:
        reason = f"{row.dev_before:.1%} of the labels on dev are right, and no more with more votes."
    return Problem("T113", f"task {row.task!r}: no votes were added: {reason}", severity="warning")
