"""A gold source that is misspelt is worth a warning, with its place."""

import json

import pytest

from transom.pipeline.check import check

SCHEMA = """
payloads: {text: {type: singleton, value: text}}
tasks: {spam: {payload: text, type: multiclass, classes: [ham, spam]}}
gold: [experts, GOLD]
"""
NOTHING_LABELS = "schema.yaml:4:17 T243 'crwd' is gold, and labels no example. Did you mean crowd?"


@pytest.mark.parametrize(
    ("labels", "gold", "warnings"),
    [
        ({"experts": "ham", "crowd": "ham"}, "crowd", []),
        ({"experts": "ham", "crowd": "ham"}, "crwd", [NOTHING_LABELS]),
        ({}, "crwd", []),
    ],
)
def test_gold_that_labels_nothing_is_warned_about_where_others_label_something(tmp_path, labels, gold, warnings):
    (tmp_path / "schema.yaml").write_text(SCHEMA.replace("GOLD", gold))
    (tmp_path / "data").mkdir()
    line = {"id": "a", "payloads": {"text": "x"}, "tags": ["train"], "tasks": {"spam": labels}}
    (tmp_path / "data" / "a.jsonl").write_text(json.dumps(line))
    assert [str(warning) for warning in check(tmp_path).warnings] == warnings


def test_gold_is_not_said_to_label_nothing_where_its_lines_were_refused(tmp_path):
    (tmp_path / "schema.yaml").write_text(SCHEMA.replace("GOLD", "crowd"))
    (tmp_path / "data").mkdir()
    line = {"id": "a", "payloads": {"text": "x"}, "tags": ["train"], "tasks": {"spam": {"experts": "ham"}}}
    refused = line | {"id": "b", "tasks": {"spam": {"crowd": "ham"}, "topic": {"crowd": "music"}}}
    (tmp_path / "data" / "a.jsonl").write_text("\n".join(map(json.dumps, (line, refused))))
    found = check(tmp_path)
    assert [str(problem) for problem in found.problems] == [
        "data/a.jsonl:2 T039 /tasks/topic: 'topic' is no task. Known: spam."
    ]
    assert found.warnings == ()
