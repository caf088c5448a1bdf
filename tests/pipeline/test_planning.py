"""`model` plans what the files say and counts what was trained, trees too."""

import json

import pytest

from transom.cli.main import main
from transom.pipeline.lifecycle import run
from transom.pipeline.planning import plan

SCHEMA = """
payloads:
  person: {type: singleton, value: record, fields: {age: number, job: category}}
  note: {type: singleton, value: text}
tasks:
  old: {type: multiclass, payload: person, classes: ["no", "yes"]}
  kind: {type: multiclass, payload: note, classes: [a, b]}
gold: [crowd]
"""
MODEL = """
use_gold: true
payloads: {person: {encoder: trees}}
training: {epochs: 1}
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "schema.yaml").write_text(SCHEMA)
    (tmp_path / "model.yaml").write_text(MODEL)
    with (tmp_path / "data" / "all.jsonl").open("w") as lines:
        for number in range(40):
            person, note = {"age": number * 7 % 40, "job": "ab"[number % 2]}, ["yes", "no"][number % 2]
            tasks = {"old": {"crowd": "yes" if person["age"] > 20 else "no"}, "kind": {"crowd": "ab"[number % 2]}}
            record = {"id": str(number), "payloads": {"person": person, "note": note}, "tasks": tasks}
            lines.write(json.dumps(record) + "\n")
    return tmp_path


@pytest.mark.slow
def test_trees_stand_beside_the_network_before_and_after_training(project):
    planned = [(block.id, block.kind) for block in plan(project).blocks]
    assert planned[-2:] == [("payload/person/columns", "columns"), ("task/old/trees", "multiclass trees")]
    assert ("task/kind/head", "multiclass head") in planned

    run(project)
    trained = plan(project, version="live").blocks
    assert [(block.id, block.kind) for block in trained] == planned
    assert [block.id for block in trained if block.parameters is None] == ["payload/person/columns", "task/old/trees"]


def test_a_drawing_has_the_trees(project, capsys):
    assert main(["model", str(project), "--mermaid"]) == 0
    assert "task/old/trees<br>multiclass trees (examples, 2)" in capsys.readouterr().out


def test_what_is_not_trained_is_counted_as_far_as_its_graph_says(project, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(project)
    assert main(["model"]) == 0
    shown = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert shown[3].split()[-4:] == ["64", "a", "feature", "0"]
    assert shown[-3:] == [
        "25,026 parameters, and 130 for each feature that train has; 49,408 FLOPs for one",
        "example of full length.",
        "What a trained model has and costs: transom model --version live.",
    ]


def test_a_variant_that_is_not_declared_is_refused(project, capsys):
    (project / "model.yaml").write_text("variants: {small: {note: {encoder: bag}}}\n")
    assert main(["model", str(project), "--variant", "smal"]) == 2
    assert capsys.readouterr().err == (
        "transom: T131 'smal' is not a variant of model.yaml. Variants: small. Did you mean small?\n"
    )
    (project / "model.yaml").unlink()
    assert main(["model", str(project), "--variant", "small"]) == 2
    assert "Variants: none." in capsys.readouterr().err


def test_a_transformer_that_is_not_there_leaves_the_plan_without_figures(project, tmp_path):
    (project / "model.yaml").write_text(f"payloads: {{note: {{encoder: pretrained, model: {tmp_path / 'nothing'}}}}}\n")
    assert {block.parameters for block in plan(project).blocks} == {None}
