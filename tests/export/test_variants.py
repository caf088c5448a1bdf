"""Variants stand beside the default model of a version, in files that bear their names."""

import json

import pytest

from transom.data.decision_rules import DECISIONS, DecisionRule, rules_to_json
from transom.errors import ArtifactError
from transom.export.artifact import open_artifact, write_artifact
from transom.export.variants import file_of, files_of, name_of, require_variant, rules_of, variants_of

FILES = {"features.json": b"{}"}


@pytest.fixture
def artifact(tmp_path):
    files = {**FILES, **files_of("small", FILES), **files_of("large", FILES)}
    write_artifact(tmp_path / "1", files, {"version": 1})
    return open_artifact(tmp_path / "1")


def test_every_file_of_a_variant_is_a_plain_name():
    assert file_of("small", "graph.json") == "variants.small.graph.json"
    assert file_of(None, "graph.json") == "graph.json"


def test_the_variants_of_a_version_are_told_by_their_files(artifact):
    assert variants_of(artifact) == ("large", "small")


def test_the_default_model_needs_no_name(artifact):
    require_variant(artifact, None)
    require_variant(artifact, "small")
    with pytest.raises(ArtifactError, match=r"T131 this version has no variant 'smal'\. Variants: large, small\."):
        require_variant(artifact, "smal")


def test_each_model_has_its_own_rules_and_one_of_an_older_version_has_none(tmp_path):
    rules = {"topic": DecisionRule(thresholds=(0.3, 0.7))}
    kept = {DECISIONS: json.dumps(rules_to_json(rules)).encode()}
    write_artifact(tmp_path / "1", {**FILES, **files_of("small", {**FILES, **kept})}, {"version": 1})
    artifact = open_artifact(tmp_path / "1")
    assert rules_of(artifact, "small") == rules
    assert rules_of(artifact, None) == {}


def test_clients_know_a_variant_by_the_project_and_its_own_name():
    assert name_of("moods", None) == "moods"
    assert name_of("moods", "small") == "moods.small"
