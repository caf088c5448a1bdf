"""A variant is served as the default model is, under a name of its own."""

import json

import pytest

from served import REASON, serving
from transom.data.decision_rules import DECISIONS, DecisionRule, rules_to_json
from transom.errors import ArtifactError
from transom.export.artifact import MANIFEST, open_artifact
from transom.export.layout import folder_of
from transom.export.recorded import RECORDED
from transom.export.signature import FEATURES, NETWORK, SIGNATURE
from transom.export.store import register
from transom.export.variants import files_of
from transom.serving.predictor import open_predictor
from transom.serving.proof import prove

RECORD = {"payloads": {"text": "hate day"}}
NEVER_SURE = {"mood": DecisionRule(abstain_below=1.0)}


@pytest.fixture
def with_variant(project):
    """The project with a version 3, whose variant `shy` is sure of nothing."""
    folder = folder_of(project / ".transom", 1)
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != MANIFEST}
    shy = {name: files[name] for name in (FEATURES, NETWORK, SIGNATURE)}
    shy |= {DECISIONS: json.dumps(rules_to_json(NEVER_SURE)).encode(), RECORDED: b""}
    assert register(project / ".transom", {**files, **files_of("shy", shy)}, {"project": "moods"}, REASON) == 3
    return project


@pytest.mark.slow
def test_a_server_of_a_variant_answers_with_it_under_its_own_name(with_variant):
    with serving(with_variant, "--version", "3", "--variant", "shy") as running:
        mood = running.ask("/v1/predict", RECORD).json["predictions"]["mood"]
        assert (mood["label"], mood["abstained"]) == (None, True)
        assert running.ask("/v2/models/moods.shy").json["name"] == "moods.shy"
        assert running.ask("/v2/models/moods").status == 404


@pytest.mark.slow
def test_the_variant_may_stand_in_deploy_yaml(with_variant):
    (with_variant / "deploy.yaml").write_text("serve: {variant: shy}\n")
    with serving(with_variant, "--version", "3") as running:
        assert running.ask("/v1/predict", RECORD).json["predictions"]["mood"]["abstained"] is True


def test_a_variant_that_is_not_there_is_not_served(with_variant):
    artifact = open_artifact(folder_of(with_variant / ".transom", 3))
    with pytest.raises(
        ArtifactError, match=r"T131 this version has no variant 'sly'\. Variants: shy\. Did you mean shy\?"
    ):
        open_predictor(artifact, "sly")


def test_a_variant_that_was_not_exported_says_so(with_variant):
    folder = folder_of(with_variant / ".transom", 3)
    artifact = open_artifact(folder)
    (folder / "variants.shy.model.onnx").unlink()
    with pytest.raises(ArtifactError) as caught:
        open_predictor(artifact, "shy")
    assert str(caught.value).endswith(
        "T183 variant 'shy' of this version holds no network that can be served. "
        "Install the extra 'export' and run again."
    )


def test_the_recorded_answers_of_a_variant_are_proved_too(with_variant):
    answer = {"id": "0", **RECORD, "predictions": {"mood": {"label": "good"}}}
    folder = folder_of(with_variant / ".transom", 3)
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != MANIFEST}
    files["variants.shy.recorded.jsonl"] = json.dumps(answer).encode()
    assert register(with_variant / ".transom", files, {"project": "moods"}, REASON) == 4

    wrong = prove(folder_of(with_variant / ".transom", 4))["disagreements"]

    assert len(wrong) == 1
    assert wrong[0].startswith("variant 'shy', record '0', task 'mood': ")
