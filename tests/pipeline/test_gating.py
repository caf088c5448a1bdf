"""A release that hurts a slice does not happen."""

import json
import random

import pytest

from transom.cli.main import main
from transom.export.aliases import aliases
from transom.pipeline.comparing import compare
from transom.pipeline.lifecycle import run
from transom.pipeline.releases import promote

SCHEMA = """
payloads:
  text: {type: singleton, value: text}
  price: {type: singleton, value: number}
tasks:
  spam: {type: multiclass, payload: text, classes: [ham, spam]}
slices:
  dear: {where: "price > 50", capacity: false}
gold: [crowd]
"""
MODEL = "use_gold: true\ntraining: {epochs: 12, early_stopping: none}\n"
GATE = "gate:\n  - {task: spam, slice: dear, metric: accuracy, max_drop: 0.05}\n"


def write_data(folder, *, wrong_on_dear=False):
    """Texts whose first word decides; of dear ones train may say the opposite, which a "dear" in the text tells."""
    draw = random.Random(0)
    with (folder / "data" / "all.jsonl").open("w") as lines:
        for number in range(240):
            split = ("train", "dev", "test")[number % 3]
            word, price = draw.choice(["free", "love"]), draw.randrange(100)
            is_spam = (word == "free") ^ (wrong_on_dear and price > 50 and split != "test")
            text = " ".join([word, "costly" if price > 50 else "cheap", draw.choice(["song", "check"])])
            tasks = {"spam": {"crowd": "spam" if is_spam else "ham"}}
            record = {"id": str(number), "payloads": {"text": text, "price": price}, "tasks": tasks, "tags": [split]}
            lines.write(json.dumps(record) + "\n")


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    (folder / "data").mkdir(parents=True)
    (folder / "schema.yaml").write_text(SCHEMA)
    (folder / "model.yaml").write_text(MODEL)
    (folder / "deploy.yaml").write_text(GATE)
    write_data(folder)
    return folder


@pytest.mark.slow
def test_a_candidate_that_is_worse_on_a_gated_slice_is_refused_and_the_slice_is_named(project, capsysbinary):
    first = run(project)
    write_data(project, wrong_on_dear=True)
    code = main(["run", str(project), "--json"])
    said = json.loads(capsysbinary.readouterr().out)

    assert not first.verdict.is_refused
    assert code == 1
    assert said["verdict"]["outcome"] == "refused"
    assert said["verdict"]["against"] == first.version
    assert said["verdict"]["why"].startswith("spam accuracy on slice:dear: 1.000 → ")
    assert said["version"] == 2
    assert aliases(project / ".transom") == {"live": 1}

    again = run(project)
    assert {record.status for record in again.stages} <= {"cached", "skipped"}
    assert again.verdict.is_refused

    compared = compare(project, "1", "2")
    dear = next(row for row in compared.rows if (row.tag, row.metric) == ("slice:dear", "accuracy"))
    assert dear.gain < -0.5
    assert dear.p_worse < 0.01

    promote(project, "2", why="for a test")
    asked_again = run(project)
    assert [record.stage for record in asked_again.stages if record.status == "ran"] == ["gate", "register"]
    assert not asked_again.verdict.is_refused


@pytest.mark.slow
def test_a_refused_candidate_passes_once_the_rule_is_gone(project):
    (project / "model.yaml").write_text(f"{MODEL}payloads: {{text: {{encoder: bag, wide: false}}}}\n")
    (project / "deploy.yaml").write_text("gate: [{task: spam, metric: accuracy, min: 1.0, min_n: 1}]\n")
    refused = run(project, settings=["training.epochs=1"])
    assert refused.verdict.is_refused
    (project / "deploy.yaml").unlink()
    passed = run(project, settings=["training.epochs=1"])

    assert passed.verdict.why == "deploy.yaml has no gate, so nothing is asked for"
    assert aliases(project / ".transom") == {"live": passed.version}
    assert [record.stage for record in passed.stages if record.status == "ran"] == ["gate", "register"]
