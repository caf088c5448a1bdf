"""Records in, predictions out, from a stored version."""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from transom.data.decision_rules import Rules, ruled
from transom.data.features.payloads import encode_features
from transom.data.features.vector_lengths import vector_lengths
from transom.data.jsonl import BOM
from transom.data.lines import parse_line
from transom.data.predictions import Predictions
from transom.data.records import Record, Reply, Said, id_of, record_problem, record_replies, values_of
from transom.data.validate import Checks, compile_checks
from transom.errors import Location, Problem, ProjectError, UsageError
from transom.export.artifact import Artifact
from transom.export.layout import LIVE, store_of
from transom.export.store import open_version
from transom.model.forest import predict_forests
from transom.model.saved import Model
from transom.pipeline.package import SCHEMA
from transom.pipeline.stored_models import stored_model
from transom.schema.schema import Schema
from transom.schema.stored import schema_from_json
from transom.training.predict import Answers, answer

BATCH = 256
Found = TypeVar("Found")


@dataclass(frozen=True)
class Answering:
    """A version that is ready to answer."""

    version: int
    schema: Schema
    model: Model
    checks: Checks
    rules: Rules = field(default_factory=dict)


@dataclass(frozen=True)
class Refused:
    """A record that cannot be answered: its id, where it could be read, and what is wrong."""

    id: str | None
    problem: Problem


def open_answering(
    folder: Path | str, *, store: Path | str | None = None, version: str = LIVE, variant: str | None = None
) -> Answering:
    """The model of a version, or one of its variants, loaded after its files were found whole.

    Raises:
        ArtifactError: there is no such version or variant, or it is damaged.
    """
    return answering_of(open_version(store_of(folder, store), version), variant)


def answering_of(artifact: Artifact, variant: str | None = None) -> Answering:
    """The model in an artifact whose files were found whole, or one of its variants, loaded.

    Raises:
        ArtifactError: it has no such variant.
    """
    schema = schema_from_json(artifact.read_json(SCHEMA))
    stored = stored_model(artifact, variant)
    lengths = vector_lengths(stored.model.spec, [forest.table for forest in stored.model.forests])
    return Answering(artifact.about["version"], schema, stored.model, compile_checks(schema, lengths), stored.rules)


def predict(
    folder: Path | str,
    records: Iterable[Mapping[str, Any]],
    *,
    store: Path | str | None = None,
    version: str = LIVE,
    variant: str | None = None,
) -> list[Reply]:
    """What a version answers to records of the data format; of each record only `payloads` is needed.

    Raises:
        ProjectError: a record does not fit the schema; its number stands where a file has its line.
        ArtifactError: there is no such version or variant, or it is damaged.
    """
    answering = open_answering(folder, store=store, version=version, variant=variant)
    found = [_checked(answering, record, Location("records", n)) for n, record in enumerate(records, 1)]
    refused = [one.problem for one in found if isinstance(one, Refused)]
    if refused:
        raise ProjectError(refused)
    return [reply for batch in _batches(found) for reply in _replies(answering, batch)]


def predict_lines(
    folder: Path | str,
    file: Path,
    *,
    store: Path | str | None = None,
    version: str = LIVE,
    variant: str | None = None,
) -> Iterator[Reply]:
    """What a version answers to the lines of a file ("-" = standard input), in their order, as they come.

    A line that cannot be answered gives `{"id", "error"}`; the others are answered all the same.
    """
    answering = open_answering(folder, store=store, version=version, variant=variant)
    for lines in _batches(_lines(file)):
        yield from _replies(answering, [_parsed(answering, line, at) for line, at in lines])


def predict_values(answering: Answering, values: Mapping[str, Sequence[Any]]) -> dict[str, Predictions]:
    """Predictions from the values of each payload, in the form that datasets have."""
    return answer_values(answering, values).predictions


def answer_values(answering: Answering, values: Mapping[str, Sequence[Any]]) -> Answers:
    """Predictions, and membership of slices, from the values of each payload."""
    model = answering.model
    found = answer(model.network, encode_features(model.spec, values))
    predictions = found.predictions | predict_forests(model.forests, values)
    ruled_ones = {name: ruled(answering.schema.task(name), each, answering.rules) for name, each in predictions.items()}
    return replace(found, predictions=ruled_ones)


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
    for number, read in enumerate(lines, 1):
        line = read.removeprefix(BOM) if number == 1 else read
        if line.strip():
            yield line, Location(name, number)


def _parsed(answering: Answering, line: bytes, at: Location) -> Record | Refused:
    parsed = parse_line(line)
    if isinstance(parsed, Problem):
        return Refused(None, replace(parsed, at=at))
    return _checked(answering, parsed[0], at)


def _checked(answering: Answering, record: Record, at: Location) -> Record | Refused:
    """The record, or what is wrong with it."""
    problem = record_problem(answering.checks, record, at)
    return record if problem is None else Refused(id_of(record), problem)


def _replies(answering: Answering, found: Sequence[Record | Refused]) -> Iterator[Reply]:
    """A reply to each record, an error where it was refused; in order."""
    records = [record for record in found if not isinstance(record, Refused)]
    answers = iter(answer_records(answering, records) if records else ())
    for one in found:
        yield {"id": one.id, "error": one.problem.as_dict()} if isinstance(one, Refused) else next(answers)


def answer_records(answering: Answering, records: Sequence[Mapping[str, Any]]) -> Iterator[Reply]:
    """The reply to each record, in order; records have no problem."""
    values = values_of(answering.schema, [record["payloads"] for record in records])
    found = answer_values(answering, values)
    said = Said(answering.version, found.predictions, answering.model.network.graph.slices, found.membership)
    return record_replies(answering.schema, said, values, [record.get("id") for record in records])
