"""The models of a version."""

import json

import pytest

from toy_models import PAYLOADS, TASKS, compiled, random_values
from transom.data.decision_rules import DECISIONS, DecisionRule, rules_to_json
from transom.errors import ArtifactError
from transom.export.artifact import open_artifact, write_artifact
from transom.export.variants import files_of
from transom.model.network import Network
from transom.model.saved import Model, model_files
from transom.pipeline.stored_models import stored_model
from transom.schema.schema import Schema

GRAPH, SPEC, _ = compiled(Schema(PAYLOADS, TASKS[:1]), random_values(8))
FILES = model_files(Model(Network(GRAPH, SPEC), SPEC))
RULES = {"pos": DecisionRule(costs=(1.0, 2.0, 1.0), abstain_below=0.5)}


def version_of(folder, files):
    write_artifact(folder / "1", files, {"version": 1})
    return open_artifact(folder / "1")


def test_a_model_comes_back_with_its_rules(tmp_path):
    rules = json.dumps(rules_to_json(RULES)).encode()
    assert stored_model(version_of(tmp_path, {**FILES, DECISIONS: rules})).rules == RULES


def test_a_version_without_rules_decides_as_all_do(tmp_path):
    assert stored_model(version_of(tmp_path, FILES)).rules == {}


def test_variants_stand_beside_the_model(tmp_path):
    artifact = version_of(tmp_path, {**FILES, **files_of("small", FILES), **files_of("large", FILES)})
    assert stored_model(artifact, "small").model.network.graph == GRAPH


@pytest.mark.parametrize(
    ("files", "variant", "message"),
    [
        ({"schema.json": b"{}"}, None, "T149 this version has no model: no task of its schema has a payload."),
        (FILES, "small", "T131 this version has no variant 'small'. It has none."),
        ({**FILES, **files_of("small", FILES)}, "smal", "T131 this version has no variant 'smal'. Variants: small."),
    ],
)
def test_what_a_version_does_not_hold_is_said(tmp_path, files, variant, message):
    with pytest.raises(ArtifactError) as caught:
        stored_model(version_of(tmp_path, files), variant)
    assert message in str(caught.value)
