"""Projects whose payloads choose an encoder that is no network from scratch, from files to answers of the version."""

import json

import pytest

from tiny_bert import save_tiny_bert
from transom.export.artifact import open_artifact
from transom.export.layout import folder_of
from transom.pipeline.answers import predict
from transom.pipeline.lifecycle import run
from transom.serving.predictor import answers, open_predictor
from transom.serving.proof import disagreements

SCHEMA = """
payloads:
  note: {type: singleton, value: text}
  words: {type: sequence, value: token, max_length: 6}
  person: {type: singleton, value: record, fields: {age: number, job: category}}
tasks:
  mood: {payload: note, type: multiclass, classes: [bad, good]}
  kind: {payload: words, type: bitvector, classes: [praise]}
  old: {payload: person, type: multiclass, classes: ["no", "yes"]}
gold: [gold]
"""


def record(number):
    """Moods follow the word, ages the number; every seventh person is missing."""
    good, old = number % 2 == 0, number % 3 == 0
    age = 70.0 + number % 5 if old else 20.0 + number % 9
    words = ["the", "film", "good" if good else "bad"]
    return {
        "id": f"r{number}",
        "payloads": {
            "note": " ".join(words),
            "words": words,
            "person": None if number % 7 == 0 else {"age": age, "job": "cook"},
        },
        "tasks": {
            "mood": {"gold": "good" if good else "bad"},
            "kind": {"gold": [[], [], ["praise"] if good else []]},
            "old": {"gold": "yes" if old else "no"},
        },
        "tags": ["train" if number < 120 else "dev" if number < 150 else "test"],
    }


@pytest.fixture
def project(tmp_path):
    (tmp_path / "schema.yaml").write_text(SCHEMA)
    model = save_tiny_bert(tmp_path / "tiny")
    chosen = f"{{encoder: pretrained, model: {model}, max_length: 10}}"
    (tmp_path / "model.yaml").write_text(
        f"payloads: {{note: {chosen}, words: {chosen}, person: {{encoder: trees, examples_per_leaf: 5}}}}\n"
    )
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "all.jsonl").write_text("".join(json.dumps(record(number)) + "\n" for number in range(200)))
    return tmp_path


@pytest.mark.functional
def test_texts_tokens_and_records_are_learned_reported_and_answered_from_the_version(project):
    report = run(project).report
    quality = {
        (row.task, row.metric): row.value
        for row in report.rows
        if (row.stage, row.split, row.tag) == ("model", "test", "*")
    }
    assert quality["mood", "accuracy"] > 0.95
    assert quality["old", "accuracy"] > 0.85
    assert quality["kind", "micro_f1"] > 0.9
    (project / "tiny").rename(project / "gone")
    for number in (150, 151, 153):
        (reply,) = predict(project, [{"payloads": record(number)["payloads"]}])
        assert reply["predictions"]["mood"]["label"] == ("good" if number % 2 == 0 else "bad")
        assert reply["predictions"]["old"]["label"] == ("yes" if number % 3 == 0 else "no")
    asked = [{"payloads": record(number)["payloads"]} for number in range(200)]
    served = answers(open_predictor(open_artifact(folder_of(project / ".transom", 1))), asked)
    assert list(disagreements(predict(project, asked), served)) == []
