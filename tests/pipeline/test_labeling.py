import json

import pytest

from transom.pipeline.lifecycle import run

SCHEMA = """
payloads: {{x: {{type: singleton, value: number}}}}
tasks: {{state: {{payload: x, type: multiclass, classes: [idle, busy], ordered_by: {by}}}}}
gold: [truth]
"""
TRUE_STATES = [0] * 12 + [1] * 12 + [0] * 12


def write_project(folder, by):
    """Neighbours share a state; three sources see it, and are wrong or silent now and then."""
    (folder / "data").mkdir()
    (folder / "schema.yaml").write_text(SCHEMA.format(by=by))
    (folder / "model.yaml").write_text("label_model: chain\nuse_dev: false\n")
    names = ("idle", "busy")
    lines = []
    for place, state in enumerate(TRUE_STATES):
        votes = {f"s{number}": names[state] for number in range(3) if (place + 5 * number) % 4}
        if place % 6 == 3:
            votes = {"s0": names[1 - state]}
        at = {"order": place} if by == "order" else {"time": f"2026-11-02T14:{place:02}:00Z"}
        tags = ["train"] if place % 9 else ["dev"]
        lines.append(
            {"id": f"{(7 * place) % 36:02}", "payloads": {"x": 0}, "tags": tags, **at}
            | {"tasks": {"state": votes | {"truth": names[state]}}}
        )
    lines.sort(key=lambda line: line["id"])
    (folder / "data" / "a.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


@pytest.mark.slow
@pytest.mark.parametrize("by", ["order", "time"])
def test_ordered_examples_correct_each_other_wherever_they_stand_in_the_file(tmp_path, by):
    write_project(tmp_path, by)
    rows = run(tmp_path, until="label").report.rows
    accuracy = {row.stage: row.value for row in rows if (row.split, row.tag, row.metric) == ("train", "*", "accuracy")}
    assert accuracy["label_model"] > accuracy["majority"] + 0.1


@pytest.mark.slow
def test_the_calibration_of_label_models_is_reported_against_gold(tmp_path):
    write_project(tmp_path, "order")
    rows = run(tmp_path, until="label").report.rows
    errors = {row.stage: row.value for row in rows if (row.split, row.tag, row.metric) == ("train", "*", "ece")}
    assert set(errors) == {"majority", "label_model"}
    assert all(0 <= error <= 1 for error in errors.values())


@pytest.mark.slow
def test_a_source_that_copies_another_is_named_in_the_table(tmp_path):
    write_project(tmp_path, "order")
    lines = [json.loads(line) for line in (tmp_path / "data" / "a.jsonl").read_text().splitlines()]
    for line in lines:
        votes = line["tasks"]["state"]
        votes |= {"echo": votes["s0"]} if "s0" in votes else {}
    more = [line | {"id": f"{line['id']}-{copy}"} for line in lines for copy in range(3)]
    (tmp_path / "data" / "a.jsonl").write_text("".join(json.dumps(line) + "\n" for line in more))
    copies = {row.source: row.copies for row in run(tmp_path, until="label").sources}
    assert copies["echo"] == ("s0",)
    assert copies["s0"] == ("echo",)
