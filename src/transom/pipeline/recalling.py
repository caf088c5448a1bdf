"""Recalling: what earlier runs gave for a project as it is now, for verbs that look at it and are no run themselves."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from transom.export.layout import CACHE
from transom.pipeline.cache import DamagedError, find, load, mark_used
from transom.pipeline.components import Known, components, key_of
from transom.pipeline.extending import extend_labels
from transom.pipeline.fingerprint import load_fingerprints
from transom.pipeline.ingesting import Examples, ingest_project, with_schema
from transom.pipeline.labeling import TaskLabels, label
from transom.pipeline.lifecycle import LIFE_CYCLE
from transom.pipeline.request import Request
from transom.pipeline.source_memo import load_sources
from transom.pipeline.stage import StageName


@dataclass(frozen=True)
class Labeled:
    """The examples of a project, and the labels of its tasks as training takes them."""

    examples: Examples
    labels: tuple[TaskLabels, ...]


def examples_of(request: Request) -> Examples:
    """The examples of the project: those that a run has read from just these files, else they are read now.

    Raises:
        ProjectError: as for `ingest_project`.
    """
    return _examples(request, _known(request))


def labeled(request: Request) -> Labeled:
    """The project with its labels: what the last run gave, as far as nothing has changed that they depend on.

    Raises:
        ProjectError: as for `ingest_project`, `label` and `extend_labels`.
    """
    known = _known(request)
    examples = _examples(request, known)
    labels = _recalled(request, known, "extend")
    if labels is None:
        labels = extend_labels(request, examples, label(request, examples))
    return Labeled(examples, labels)


def _examples(request: Request, known: Mapping[StageName, str]) -> Examples:
    """The examples with the slices that the stage which read them was not to see."""
    found: Examples | None = _recalled(request, known, "check")
    if found is None:
        return ingest_project(request)
    return with_schema(found, request.workspace.schema)


def _recalled(request: Request, known: Mapping[StageName, str], stage: StageName) -> Any | None:
    store = request.workspace.store
    if stage in known:
        with suppress(DamagedError):
            result = load(store, known[stage])
            mark_used(store, known[stage])
            return result
    return None


def _known(request: Request) -> dict[StageName, str]:
    """The digests of the results that stages gave for the project as it is, as far as the labels.

    Where only a run that left bad lines out has read its files, it is that run's.
    """
    return _found(request) or _found(replace(request, skip_bad_lines=True))


def _found(request: Request) -> dict[StageName, str]:
    store = request.workspace.store
    known = Known(load_fingerprints(store / CACHE), load_sources(store / CACHE))
    digests: dict[StageName, str] = {}
    for stage in LIFE_CYCLE:
        if stage.otherwise is not None and not stage.is_needed(request.workspace):
            digest = digests.get(stage.otherwise)
        elif all(name in digests for name in stage.inputs):
            inputs = {name: digests[name] for name in stage.inputs}
            digest = find(store, stage.name, key_of(components(stage, stage.sees(request), inputs, known)))
        else:
            digest = None
        if digest is not None:
            digests[stage.name] = digest
        if stage.name == "extend":
            break
    return digests
