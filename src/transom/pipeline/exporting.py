"""Exported networks of a version: the files with which it is served, and recorded answers that prove them right."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from transom.data.dataset import Dataset, frame, in_split
from transom.data.decision_rules import DECISIONS, rules_from_json
from transom.data.features.payloads import as_in_dataset
from transom.data.validate import compile_checks
from transom.errors import MissingExtraError, Problem, TrainingError
from transom.export.artifact import Artifact
from transom.export.exporter import Subject
from transom.export.exporters.onnx import Onnx
from transom.export.recorded import RECORDED
from transom.export.trial import export_proved
from transom.export.variants import file_of
from transom.model.saved import model_from_files
from transom.pipeline.answers import Answering, answer_records
from transom.pipeline.package import SCHEMA
from transom.schema.payloads import MemberSet, Payload
from transom.schema.schema import Schema
from transom.schema.stored import schema_from_json

MOST_RECORDED = 32
"""So many examples are recorded: enough for a proof and to warm up, and little to keep."""

Values = Mapping[str, Sequence[Any]]


def exported_files(
    files: Mapping[str, bytes], variant: str | None, schema: Schema, values: Values
) -> tuple[dict[str, bytes], tuple[Problem, ...]]:
    """What serving needs of a model beside its own files, and why it cannot be served if it cannot.

    Args:
        files: The files of a version, with those of its models.
        variant: The model that is meant; the default for None.
        schema: The schema of the version.
        values: The values of each payload of some examples, which are recorded with their answers.
    """
    model = model_from_files(_own(files, variant))
    try:
        exported = export_proved(Onnx(), Subject(model, values))
    except (MissingExtraError, TrainingError) as error:
        return {}, (_warning(error.problem.message, variant),)
    named = {file_of(variant, name): content for name, content in exported.files.items()}
    rules = rules_from_json(json.loads(files[file_of(variant, DECISIONS)]))
    answering = Answering(0, schema, model, compile_checks(schema), rules)
    return {**named, file_of(variant, RECORDED): _recorded(answering, values)}, ()


def recorded_values(dataset: Dataset) -> dict[str, list[Any]]:
    """The payloads of the examples to record: the first of dev, else the first of all."""
    dev = np.flatnonzero(in_split(dataset, "dev"))
    chosen = (dev if len(dev) else np.arange(dataset.n_examples))[:MOST_RECORDED]
    return frame(dataset, [payload.name for payload in dataset.schema.payloads])[chosen].to_dict(as_series=False)


def recorded_payloads(artifact: Artifact, variant: str | None) -> dict[str, list[Any]]:
    """The payloads that a version has recorded, as datasets have them; of one that recorded nothing, none."""
    schema, name = schema_from_json(artifact.read_json(SCHEMA)), file_of(variant, RECORDED)
    lines = artifact.read(name).splitlines() if (artifact.folder / name).exists() else []
    records = [json.loads(line)["payloads"] for line in lines]
    return {each.name: [as_in_dataset(each, record[each.name]) for record in records] for each in schema.payloads}


def as_in_record(payload: Payload, value: Any) -> Any:
    """A payload value of a dataset in the form of JSON records; only sets differ."""
    if not isinstance(payload, MemberSet) or value is None:
        return value
    return [_member(each) for each in value]


def _member(member: Mapping[str, Any]) -> dict[str, Any]:
    stretch = member["range"]
    fields = {name: value for name, value in member.items() if name not in ("id", "range")}
    return {"id": member["id"], **({"range": [stretch["start"], stretch["end"]]} if stretch else {}), "fields": fields}


def _own(files: Mapping[str, bytes], variant: str | None) -> dict[str, bytes]:
    if variant is None:
        return dict(files)
    prefix = file_of(variant, "")
    return {name.removeprefix(prefix): content for name, content in files.items() if name.startswith(prefix)}


def _warning(reason: str, variant: str | None) -> Problem:
    what = "this version" if variant is None else f"variant {variant!r} of this version"
    return Problem("T183", f"{what} cannot be served: {reason}", severity="warning")


def _recorded(answering: Answering, values: Values) -> bytes:
    """Records with what the network answers to each, one JSON document a line."""
    n_examples = len(next(iter(values.values())))
    records = [
        {
            "id": str(number),
            "payloads": {
                payload.name: as_in_record(payload, values[payload.name][number])
                for payload in answering.schema.payloads
            },
        }
        for number in range(n_examples)
    ]
    lines = zip(records, answer_records(answering, records), strict=True)
    return b"".join(
        json.dumps({**record, "predictions": reply["predictions"]}, ensure_ascii=False).encode() + b"\n"
        for record, reply in lines
    )
