"""A release as a user makes it: two runs, a promotion that is taken back, a version that moves to another machine."""

import hashlib
import json

import pytest

from transom.cli.main import main

pytestmark = pytest.mark.functional


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The starter project after two runs that differ in a setting."""
    folder = tmp_path_factory.mktemp("releases") / "tickets ☃"
    assert main(["init", str(folder)]) == 0
    for seed in (0, 1):
        assert main(["run", str(folder), "--set", f"training.seed={seed}", "--set", "training.epochs=3"]) == 0
    return folder


def answer(capsys, *arguments):
    """The exit code and the one JSON document that a verb prints."""
    capsys.readouterr()
    code = main([*map(str, arguments), "--json"])
    return code, json.loads(capsys.readouterr().out)


def where(capsys, project):
    """Where the aliases point."""
    _, listed = answer(capsys, "versions", project)
    return {alias: version["version"] for version in listed["versions"] for alias in version["aliases"]}


def test_lineage_leads_to_every_data_file_rule_and_setting(project, capsys):
    code, origin = answer(capsys, "lineage", "live", project)
    assert code == 0
    data = project / "data" / "tickets.jsonl"
    assert origin["data"] == {"data/tickets.jsonl": hashlib.sha256(data.read_bytes()).hexdigest()}
    assert set(origin["rules"]) == {"money", "parcel", "broken", "waiting", "question"}
    assert origin["rules"]["money"]["vote"] == "billing"
    assert origin["settings"]["model.training.epochs"] == 3
    assert "rules:asks_how_to" in origin["modules"]
    assert {"torch", "polars", "transom", "python"} <= set(origin["libraries"])
    assert {"check", "label", "train", "evaluate", "export"} <= {stage["stage"] for stage in origin["stages"]}
    assert origin["same_files"]["data/tickets.jsonl"] == [2]


def test_what_a_later_run_did_not_run_again_is_shown_where_it_ran(project, capsys):
    _, origin = answer(capsys, "lineage", "candidate", project)
    runs = {stage["stage"]: stage["run"] for stage in origin["stages"]}
    assert (runs["label"], runs["train"]) == (1, 2)
    assert origin["settings"]["model.training.seed"] == 1


def test_a_promotion_is_taken_back_and_both_are_in_the_history(project, capsys):
    assert where(capsys, project) == {"live": 1, "candidate": 2}
    assert answer(capsys, "promote", "candidate", project, "--reason", "better")[0] == 0
    assert where(capsys, project) == {"live": 2}
    assert answer(capsys, "rollback", project, "--reason", "alarms")[0] == 0
    assert where(capsys, project) == {"live": 1}
    _, listed = answer(capsys, "versions", project)
    moves = [(move["alias"], move["version"], move["why"]) for move in listed["history"]]
    assert moves[0] == ("live", 1, "alarms")
    assert ("live", 2, "better") in moves


def test_a_version_answers_the_same_on_another_machine(project, capsys, tmp_path):
    (tmp_path / "there").mkdir()
    record = tmp_path / "record.jsonl"
    record.write_text('{"id": "a", "payloads": {"text": "Where is my parcel"}}\n')
    assert answer(capsys, "push", "2", tmp_path / "bundles", project)[0] == 0
    assert answer(capsys, "pull", "2", tmp_path / "bundles", tmp_path / "there")[0] == 0
    replies = [answer(capsys, "predict", place, record, "--version", "2")[1] for place in (project, tmp_path / "there")]
    assert replies[0] == replies[1]
    _, origin = answer(capsys, "lineage", "2", tmp_path / "there")
    assert set(origin["data"]) == {"data/tickets.jsonl"}


def test_a_forgotten_example_is_left_out_of_the_next_run_and_a_new_version_comes(project, capsys):
    first = json.loads((project / "data" / "tickets.jsonl").read_text().splitlines()[0])["id"]
    code, done = answer(capsys, "forget", first, project)
    assert code == 0
    assert done["versions"] == [1, 2]
    assert done["data_files"] == [{"file": "data/tickets.jsonl", "n_records": 1, "is_erased": False}]
    code, run = answer(capsys, "run", project, "--until", "check")
    assert code == 0
    assert "T165" in {warning["code"] for warning in run["warnings"]}
