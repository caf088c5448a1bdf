from dataclasses import fields, replace
from pathlib import Path

import pytest

from transom.model.settings import PayloadSettings, Pretrained
from transom.pipeline.deployment import Deployment
from transom.pipeline.lifecycle import LIFE_CYCLE
from transom.pipeline.request import Request
from transom.pipeline.serve_section import Serving
from transom.pipeline.settings import ModelSettings
from transom.pipeline.views import (
    NOTHING,
    files_of_rules,
    files_of_training,
    seen_by_check,
    seen_by_evaluate,
    seen_by_label,
    seen_by_train,
)
from transom.pipeline.workspace import Workspace
from transom.schema.schema import Schema
from transom.schema.slices import Slice
from transom.schema.tasks import Multiclass
from transom.supervision.rule_kinds import GazetteerRule, RegexRule, TableRule
from transom.training.config import TrainingConfig

SLICES = (Slice("short", where="a < 1"), Slice("reported", where="a < 2", capacity=False))
FULL = Request(
    Workspace(
        Path("project"),
        Path("store"),
        Schema(tasks=(Multiclass("t", ("a",)),), slices=SLICES, gold=("crowd",)),
        (RegexRule("r", "t", "x", "text", "a"),),
        ModelSettings(use_dev=False, split_by="g:", training=TrainingConfig(seed=3)),
        Deployment(serve=Serving(port=1)),
    ),
    skip_bad_lines=True,
)


@pytest.mark.parametrize("stage", LIFE_CYCLE, ids=lambda stage: stage.name)
def test_every_stage_knows_its_folder_and_its_store_and_changes_nothing_that_it_sees(stage, tmp_path):
    request = replace(FULL, workspace=replace(FULL.workspace, store=tmp_path))
    seen = stage.sees(request).workspace
    assert (seen.folder, seen.store) == (request.workspace.folder, tmp_path)
    for each in fields(ModelSettings):
        value = getattr(seen.model, each.name)
        assert value in (getattr(FULL.workspace.model, each.name), getattr(ModelSettings(), each.name))


def test_reading_data_sees_no_slice_no_source_and_no_training():
    seen = seen_by_check(FULL)
    assert seen.workspace.schema == replace(FULL.workspace.schema, slices=())
    assert seen.workspace.model == ModelSettings(split_by="g:")
    assert seen.workspace.sources == ()
    assert seen.skip_bad_lines


def test_labels_see_how_votes_are_weighed_and_not_how_models_are_trained():
    seen = seen_by_label(FULL)
    assert seen.workspace.sources == FULL.workspace.sources
    assert seen.workspace.model == ModelSettings(use_dev=False)
    assert not seen.skip_bad_lines


def test_training_sees_only_the_slices_that_get_capacity():
    assert seen_by_train(FULL).workspace.schema.slices == SLICES[:1]
    assert seen_by_evaluate(FULL).workspace.schema.slices == SLICES


def test_no_stage_before_the_gate_sees_how_a_model_is_served():
    before = LIFE_CYCLE[: [stage.name for stage in LIFE_CYCLE].index("export")]
    assert all(stage.sees(FULL).workspace.deploy == NOTHING.deploy for stage in before)


def test_a_version_and_a_pretrained_model_that_training_begins_with_are_files_that_it_reads(tmp_path):
    (tmp_path / "bert").mkdir()
    (tmp_path / "bert" / "config.json").write_text("{}")
    payloads = {"text": PayloadSettings(Pretrained(model=str(tmp_path / "bert")))}
    model = ModelSettings(payloads=payloads, training=TrainingConfig(start=7))
    workspace = replace(FULL.workspace, model=model)
    assert list(files_of_training(workspace)) == [
        Path("store/versions/7/manifest.json"), tmp_path / "bert" / "config.json",
    ]  # fmt: skip
    assert not list(files_of_training(FULL.workspace))


def test_tables_and_gazetteers_are_files_that_rules_read():
    rules = (
        RegexRule("r", "t", "x", "text", "a"),
        TableRule("f", "t", "data/facts.csv", {"text": "a"}, "x"),
        GazetteerRule("g", "t", "cities.txt", "tokens", "LOC"),
    )
    workspace = replace(FULL.workspace, sources=rules)
    assert list(files_of_rules(workspace)) == [Path("project/data/facts.csv"), Path("project/cities.txt")]
