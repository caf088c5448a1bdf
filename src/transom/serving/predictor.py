"""A predictor: a stored version ready to answer records, with numpy and onnxruntime alone.

The path from record to features and from scores to replies is the one of training (`transom.data`), so that what is
served is what was measured.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from transom.data.decision_rules import Rules, ruled
from transom.data.decisions import Scored, predictions_from
from transom.data.features.columns import encode_table
from transom.data.features.inputs import inputs_of
from transom.data.features.payloads import Features, FeatureSpec, encode_features
from transom.data.features.stored import spec_from_json
from transom.data.features.vector_lengths import vector_lengths
from transom.data.items import one_each
from transom.data.predictions import Predictions
from transom.data.records import Record, Reply, Said, Values, record_problem, record_replies, values_of
from transom.data.validate import Checks, compile_checks
from transom.errors import ArtifactError, Location, Problem
from transom.export.artifact import Artifact
from transom.export.onnx_runner import Run, onnx_runner
from transom.export.recorded import RECORDED
from transom.export.signature import (
    FEATURES,
    NETWORK,
    SIGNATURE,
    SLICES,
    HeadOutput,
    Signature,
    signature_from_json,
    table_input,
)
from transom.export.variants import file_of, require_variant, rules_of
from transom.schema.schema import Schema
from transom.schema.stored import schema_from_json
from transom.serving.padding import parts_of

SCHEMA = "schema.json"


@dataclass(frozen=True)
class Predictor:
    """A version that is ready to answer; `run` gives the outputs of the network by name."""

    version: int
    schema: Schema
    spec: FeatureSpec
    signature: Signature
    checks: Checks
    run: Run
    rules: Rules


def open_predictor(artifact: Artifact, variant: str | None = None, *, n_threads: int = 1) -> Predictor:
    """The version in an artifact, whose files were found whole, or one of its variants.

    Raises:
        ArtifactError: it has no such variant, or holds no exported network.
    """
    require_variant(artifact, variant)
    if not is_served(artifact, variant):
        what = "this version" if variant is None else f"variant {variant!r} of this version"
        message = f"{what} holds no network that can be served. Install the extra 'export' and run again."
        raise ArtifactError("T183", message, Location(str(artifact.folder)))
    schema = schema_from_json(artifact.read_json(SCHEMA))
    spec = spec_from_json(artifact.read_json(file_of(variant, FEATURES)))
    signature = signature_from_json(artifact.read_json(file_of(variant, SIGNATURE)))
    lengths = vector_lengths(spec, [head.table for head in signature.heads if head.table])
    return Predictor(
        version=artifact.about["version"],
        schema=schema,
        spec=spec,
        signature=signature,
        checks=compile_checks(schema, lengths),
        run=onnx_runner(artifact.read(file_of(variant, NETWORK)), n_threads=n_threads),
        rules=rules_of(artifact, variant),
    )


def is_served(artifact: Artifact, variant: str | None = None) -> bool:
    """Whether the artifact holds the model, or the variant, in the form that is served."""
    return (artifact.folder / file_of(variant, NETWORK)).exists()


def recorded_answers(artifact: Artifact, variant: str | None = None) -> list[Record]:
    """Records with what the network answered to them, in order."""
    return [json.loads(line) for line in artifact.read(file_of(variant, RECORDED)).splitlines()]


def problem_of(predictor: Predictor, record: Record, at: Location) -> Problem | None:
    """What is wrong with a record, if it cannot be answered."""
    return record_problem(predictor.checks, record, at)


def answers(predictor: Predictor, records: Sequence[Record]) -> list[Reply]:
    """The reply to each record, in order; records have no problem."""
    values = values_of(predictor.schema, [record["payloads"] for record in records])
    return list(replies_to(predictor, values, [record.get("id") for record in records]))


def predictions(predictor: Predictor, values: Values) -> tuple[dict[str, Predictions], np.ndarray]:
    """Predictions of every task, and how likely each example is in each slice, (n_examples, n_slices)."""
    features, heads = encode_features(predictor.spec, values), predictor.signature.heads
    tables = {table_input(head.task): encode_table(head.table, values) for head in heads if head.table}
    scored: dict[str, list[Scored]] = {head.task: [] for head in heads}
    membership = np.zeros((features.n_examples, len(predictor.signature.slices)))
    for examples, part in parts_of(features):
        outputs = predictor.run(inputs_of(part) | {name: table[examples] for name, table in tables.items()})
        for head in heads:
            lengths = None if head.elements is None else part.payloads[head.elements].items.lengths
            scored[head.task].append(Scored(examples, outputs[head.name], lengths))
        if predictor.signature.slices:
            membership[examples] = outputs[SLICES]
    return {head.task: _predictions_of(predictor, head, features, scored[head.task]) for head in heads}, membership


def replies_to(predictor: Predictor, values: Values, ids: Sequence[str | None]) -> Iterator[Reply]:
    """The replies to examples by their values."""
    found, membership = predictions(predictor, values)
    said = Said(predictor.version, found, predictor.signature.slices, membership)
    return record_replies(predictor.schema, said, values, ids)


def _predictions_of(
    predictor: Predictor, head: HeadOutput, features: Features, scored: Sequence[Scored]
) -> Predictions:
    task = predictor.schema.task(head.task)
    items = one_each(features.n_examples) if head.elements is None else features.payloads[head.elements].all_items
    return ruled(task, predictions_from(task, items, scored), predictor.rules)
