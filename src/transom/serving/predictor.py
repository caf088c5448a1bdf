"""A predictor: a stored version ready to answer records, with numpy and onnxruntime alone.

The path from record to features and from scores to replies is the one of training (`transom.data`), so that what is
served is what was measured.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import onnxruntime

from transom.data.decision_rules import DECISIONS, Rules, ruled, rules_from_json
from transom.data.decisions import Scored, predictions_from
from transom.data.features.inputs import inputs_of
from transom.data.features.payloads import Features, FeatureSpec, as_in_dataset, encode_features
from transom.data.features.stored import spec_from_json
from transom.data.items import Items, is_elementwise, one_each
from transom.data.predictions import Predictions
from transom.data.replies import replies
from transom.data.validate import Checks, check_record, compile_checks
from transom.errors import ArtifactError, Location, Problem
from transom.export.artifact import Artifact
from transom.export.signature import NETWORK, SIGNATURE, SLICES, HeadOutput, Signature, signature_from_json
from transom.schema.schema import Schema
from transom.schema.stored import schema_from_json
from transom.schema.tasks import Select, Spans, Task

SCHEMA, FEATURES = "schema.json", "features.json"

Record = Mapping[str, Any]
Reply = dict[str, Any]
Values = Mapping[str, Sequence[Any]]
"""The values of each payload, one an example, as datasets have them."""

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Predictor:
    """A version that is ready to answer; `run` gives the outputs of the network by name."""

    version: int
    schema: Schema
    spec: FeatureSpec
    signature: Signature
    checks: Checks
    run: Callable[[Arrays], Arrays]
    rules: Rules


def open_predictor(artifact: Artifact, *, n_threads: int = 1) -> Predictor:
    """The version in an artifact, whose files were found whole.

    Raises:
        ArtifactError: it holds no exported network.
    """
    if not (artifact.folder / NETWORK).exists():
        message = "this version holds no network that can be served. Install the extra 'export' and run again."
        raise ArtifactError("T183", message, Location(str(artifact.folder)))
    schema = schema_from_json(artifact.read_json(SCHEMA))
    return Predictor(
        version=artifact.about["version"],
        schema=schema,
        spec=spec_from_json(artifact.read_json(FEATURES)),
        signature=signature_from_json(artifact.read_json(SIGNATURE)),
        checks=compile_checks(schema),
        run=_session(artifact.read(NETWORK), n_threads),
        rules=_rules(artifact),
    )


def problem_of(predictor: Predictor, record: Record, at: Location) -> Problem | None:
    """The first thing wrong with a record's payloads; what else it says does not matter for an answer."""
    payloads = record.get("payloads")
    if payloads is None:
        return Problem("T178", "the record has no payloads. Give at least {'payloads': {...}}.", at, "/payloads")
    problems = check_record(predictor.checks, {"payloads": payloads}).problems
    return replace(problems[0], at=at) if problems else None


def answers(predictor: Predictor, records: Sequence[Record]) -> list[Reply]:
    """The reply to each record, in order; records have no problem."""
    values = values_of(predictor.schema, [record["payloads"] for record in records])
    return list(replies_to(predictor, values, [record.get("id") for record in records]))


def values_of(schema: Schema, payloads: Sequence[Mapping[str, Any]]) -> Values:
    """The payloads of records as the values that features are made of."""
    return {
        payload.name: [as_in_dataset(payload, each.get(payload.name)) for each in payloads]
        for payload in schema.payloads
    }


def predictions(predictor: Predictor, values: Values) -> tuple[dict[str, Predictions], np.ndarray]:
    """Predictions of every task, and how likely each example is in each slice, (n_examples, n_slices)."""
    features = encode_features(predictor.spec, values)
    outputs = predictor.run(inputs_of(features))
    found = {
        head.task: _predictions_of(predictor, head, features, outputs[head.name]) for head in predictor.signature.heads
    }
    nothing = np.zeros((features.n_examples, 0))
    return found, outputs[SLICES] if predictor.signature.slices else nothing


def replies_to(predictor: Predictor, values: Values, ids: Sequence[str | None]) -> Iterator[Reply]:
    """The replies to examples by their values."""
    found, membership = predictions(predictor, values)
    by_task = {name: _task_replies(predictor.schema, name, each, values) for name, each in found.items()}
    for number, id_ in enumerate(ids):
        reply = {
            "id": id_,
            "version": predictor.version,
            "predictions": {name: answers[number] for name, answers in by_task.items()},
        }
        if predictor.signature.slices:
            reply["slices"] = dict(zip(predictor.signature.slices, membership[number].tolist(), strict=True))
        yield reply


def _predictions_of(predictor: Predictor, head: HeadOutput, features: Features, scores: np.ndarray) -> Predictions:
    task = predictor.schema.task(head.task)
    every = np.arange(features.n_examples)
    lengths = None if head.elements is None else features.payloads[head.elements].items.lengths
    found = predictions_from(task, _items(head, features), [Scored(every, scores, lengths)])
    return ruled(task, found, predictor.rules)


def _items(head: HeadOutput, features: Features) -> Items:
    return one_each(features.n_examples) if head.elements is None else features.payloads[head.elements].all_items


def _task_replies(schema: Schema, name: str, found: Predictions, values: Values) -> list[Reply]:
    task = schema.task(name)
    return replies(task, found, elementwise=_on_elements(schema, task), member_ids=_member_ids(task, values))


def _member_ids(task: Task, values: Values) -> list[list[str]]:
    """For a select task the ids of each example's members; nothing for others."""
    if not isinstance(task, Select) or task.payload is None:
        return []
    return [[member["id"] for member in members or ()] for members in values[task.payload]]


def _on_elements(schema: Schema, task: Task) -> bool:
    if task.payload is None:
        return False
    return isinstance(task, Spans) or is_elementwise(task, schema.payload(task.payload))


def _rules(artifact: Artifact) -> Rules:
    """The rules of a version; one that was made before there were rules has none."""
    return rules_from_json(artifact.read_json(DECISIONS)) if (artifact.folder / DECISIONS).exists() else {}


def _session(content: bytes, n_threads: int) -> Callable[[Arrays], Arrays]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = n_threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    inputs = tuple(each.name for each in session.get_inputs())
    outputs = tuple(each.name for each in session.get_outputs())
    return partial(_run, session, inputs, outputs)


def _run(session: Any, inputs: Sequence[str], outputs: Sequence[str], arrays: Arrays) -> Arrays:
    found = session.run(outputs, {name: arrays[name] for name in inputs})
    return dict(zip(outputs, found, strict=True))
