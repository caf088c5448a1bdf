"""Records in, predictions out, from a stored version."""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from transom.data.features.payloads import as_in_dataset, encode_features
from transom.data.items import is_elementwise
from transom.data.lines import parse_line
from transom.data.predictions import Predictions
from transom.data.replies import replies
from transom.data.validate import Checks, check_record, compile_checks
from transom.errors import ArtifactError, Location, Problem, ProjectError, UsageError
from transom.export.artifact import Artifact
from transom.export.layout import LIVE, store_of
from transom.export.store import open_version
from transom.model.saved import FEATURES, GRAPH, WEIGHTS, Model, model_from_files
from transom.pipeline.packaging import SCHEMA
from transom.schema.schema import Schema
from transom.schema.stored import schema_from_json
from transom.schema.tasks import Select, Spans, Task
from transom.training.predict import predict as predict_features

BATCH = 256
Reply = dict[str, Any]
Found = TypeVar("Found")


@dataclass(frozen=True)
class Answering:
    """A version that is ready to answer."""

    version: int
    schema: Schema
    model: Model
    checks: Checks


def open_answering(folder: Path | str, *, store: Path | str | None = None, version: str = LIVE) -> Answering:
    """The model of a version, loaded after its files were found whole.

    Raises:
        ArtifactError: there is no such version, or it is damaged.
    """
    artifact = open_version(store_of(folder, store), version)
    schema = schema_from_json(artifact.read_json(SCHEMA))
    return Answering(artifact.about["version"], schema, _model(artifact), compile_checks(schema))


def predict(
    folder: Path | str,
    records: Iterable[Mapping[str, Any]],
    *,
    store: Path | str | None = None,
    version: str = LIVE,
) -> list[Reply]:
    """What a version answers to records of the data format; of each record only `payloads` is needed.

    Raises:
        ProjectError: a record does not fit the schema; its number stands where a file has its line.
        ArtifactError: there is no such version, or it is damaged.
    """
    answering = open_answering(folder, store=store, version=version)
    found = [_checked(answering, record, Location("records", n)) for n, record in enumerate(records, 1)]
    problems = [problem for problem in found if isinstance(problem, Problem)]
    if problems:
        raise ProjectError(problems)
    return [reply for batch in _batches(found) for reply in _replies(answering, batch)]


def predict_lines(
    folder: Path | str, file: Path, *, store: Path | str | None = None, version: str = LIVE
) -> Iterator[Reply]:
    """What a version answers to the lines of a file ("-" = standard input), in their order, as they come.

    A line that cannot be answered gives `{"id", "error"}`; the others are answered all the same.
    """
    answering = open_answering(folder, store=store, version=version)
    for lines in _batches(_lines(file)):
        yield from _replies(answering, [_parsed(answering, line, at) for line, at in lines])


def _model(artifact: Artifact) -> Model:
    if not (artifact.folder / WEIGHTS).exists():
        raise ArtifactError(
            "T149", "this version has no model: no task of its schema has a payload.", Location(str(artifact.folder))
        )
    return model_from_files({name: artifact.read(name) for name in (GRAPH, FEATURES, WEIGHTS)})


def predict_values(answering: Answering, values: Mapping[str, Sequence[Any]]) -> dict[str, Predictions]:
    """Predictions from the values of each payload, in the form that datasets have."""
    return predict_features(answering.model.network, encode_features(answering.model.spec, values))


def _batches(found: Iterable[Found]) -> Iterator[list[Found]]:
    rest = iter(found)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _lines(file: Path) -> Iterator[tuple[bytes, Location]]:
    """The lines of the file that are not blank, and where each stands."""
    if str(file) == "-":
        yield from _numbered(sys.stdin.buffer, "<stdin>")
        return
    if not file.is_file():
        raise UsageError("T177", f"there is no file {str(file)!r}. Name a file of JSON lines, or - for standard input.")
    with file.open("rb") as lines:
        yield from _numbered(lines, str(file))


def _numbered(lines: Iterable[bytes], name: str) -> Iterator[tuple[bytes, Location]]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield line, Location(name, number)


def _parsed(answering: Answering, line: bytes, at: Location) -> Mapping[str, Any] | Problem:
    parsed = parse_line(line)
    if isinstance(parsed, Problem):
        return replace(parsed, at=at)
    return _checked(answering, parsed[0], at)


def _checked(answering: Answering, record: Mapping[str, Any], at: Location) -> Mapping[str, Any] | Problem:
    """The record, or the first thing wrong with its payloads; what else it says does not matter for an answer."""
    if record.get("payloads") is None:
        return Problem("T178", "the record has no payloads. Give at least {'payloads': {...}}.", at, "/payloads")
    problems = check_record(answering.checks, {"payloads": record["payloads"]}).problems
    return replace(problems[0], at=at) if problems else record


def _replies(answering: Answering, found: Sequence[Mapping[str, Any] | Problem]) -> Iterator[Reply]:
    """A reply to each record, an error where it was a problem; in order."""
    records = [record for record in found if not isinstance(record, Problem)]
    answers = iter(_answers(answering, records) if records else ())
    for one in found:
        yield {"id": None, "error": one.as_dict()} if isinstance(one, Problem) else next(answers)


def _answers(answering: Answering, records: Sequence[Mapping[str, Any]]) -> Iterator[Reply]:
    payloads = {payload.name: payload for payload in answering.schema.payloads}
    values = {
        each.reading.name: [
            as_in_dataset(payloads[each.reading.name], record["payloads"].get(each.reading.name)) for record in records
        ]
        for each in answering.model.spec.payloads
    }
    by_task = {
        name: task_replies(answering.schema, name, predictions, values)
        for name, predictions in predict_values(answering, values).items()
    }
    for number, record in enumerate(records):
        yield {
            "id": record.get("id"),
            "version": answering.version,
            "predictions": {name: answers[number] for name, answers in by_task.items()},
        }


def task_replies(
    schema: Schema, name: str, predictions: Predictions, values: Mapping[str, Sequence[Any]]
) -> list[dict[str, Any]]:
    """One task's answers, an example each."""
    task = schema.task(name)
    return replies(task, predictions, elementwise=_on_elements(schema, task), member_ids=member_ids(task, values))


def member_ids(task: Task, values: Mapping[str, Sequence[Any]]) -> list[list[str]]:
    """For a select task the ids of each example's members; nothing for others."""
    if not isinstance(task, Select) or task.payload is None:
        return []
    return [[member["id"] for member in members or ()] for members in values[task.payload]]


def _on_elements(schema: Schema, task: Task) -> bool:
    if task.payload is None:
        return False
    return isinstance(task, Spans) or is_elementwise(task, schema.payload(task.payload))
