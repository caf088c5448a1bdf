"""The commands as a user meets them, on the starter project."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from transom.cli.main import main
from transom.errors import UsageError
from transom.pipeline.lifecycle import LIFE_CYCLE
from transom.pipeline.reports import find_mistakes

pytestmark = pytest.mark.functional


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The starter project after one run; tests that change it work on a copy."""
    folder = tmp_path_factory.mktemp("functional") / "tickets"
    assert main(["init", str(folder)]) == 0
    assert main(["run", str(folder)]) == 0
    return folder


def answer(capsys, *arguments):
    """The exit code and the one JSON document that a verb prints."""
    capsys.readouterr()
    code = main([*map(str, arguments), "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_run_prints_rows_sources_stages_and_the_version(trained, capsys, tmp_path):
    code, run = answer(capsys, "run", trained, "--store", tmp_path / "store")
    assert code == 0
    assert run["version"] == 1
    assert [stage["stage"] for stage in run["stages"]] == [stage.name for stage in LIFE_CYCLE]
    assert {stage["status"] for stage in run["stages"]} == {"ran", "skipped"}
    assert {source["source"] for source in run["sources"]} == {
        "click_log", "money", "parcel", "broken", "waiting", "question",
    }  # fmt: skip
    assert {row["stage"] for row in run["rows"]} == {
        "majority", "label_model", "model", "baseline:majority_class", "baseline:best_source", "baseline:linear",
        "baseline:linear_majority",
    }  # fmt: skip
    assert all(row["low"] <= row["value"] <= row["high"] for row in run["rows"] if row["low"] is not None)


def test_the_report_is_that_of_the_run(trained, capsys, tmp_path):
    _, run = answer(capsys, "run", trained, "--store", tmp_path / "store")
    code, report = answer(capsys, "report", trained, "--store", tmp_path / "store")
    assert code == 0
    assert report == {"version": 1, "rows": run["rows"], "warnings": []}


def test_label_needs_no_model_and_registers_nothing(trained, capsys, tmp_path):
    code, labels = answer(capsys, "label", trained, "--store", tmp_path / "store")
    assert code == 0
    assert {row["stage"] for row in labels["rows"]} == {"majority", "label_model"}
    assert labels["version"] is None
    assert not (tmp_path / "store" / "versions").exists()


def test_predictions_are_those_that_the_report_measured(trained, capsys):
    lines = [json.loads(line) for line in (trained / "data" / "tickets.jsonl").read_text().splitlines()]
    test = [line for line in lines if "test" in line["tags"]]
    (trained.parent / "records.jsonl").write_text("".join(json.dumps(line) + "\n" for line in test))
    capsys.readouterr()
    assert main(["predict", str(trained), str(trained.parent / "records.jsonl")]) == 0
    replies = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [reply["id"] for reply in replies] == [line["id"] for line in test]
    right = [
        reply["predictions"]["queue"]["label"] == line["tasks"]["queue"]["support_team"]
        for reply, line in zip(replies, test, strict=True)
    ]
    _, report = answer(capsys, "report", trained)
    stated = [
        row["value"]
        for row in report["rows"]
        if (row["stage"], row["split"], row["tag"], row["metric"]) == ("model", "test", "*", "accuracy")
    ]
    assert stated == [sum(right) / len(right)]


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(trained, tmp_path):
    def weights(store, seed):
        assert main(["run", str(trained), "--store", str(tmp_path / store), "--set", f"training.seed={seed}"]) == 0
        return (tmp_path / store / "versions" / "1" / "weights.safetensors").read_bytes()

    assert weights("a", 3) == weights("b", 3)
    assert weights("a2", 4) != weights("b2", 3)


def test_errors_shows_wrong_rows_and_confusion(trained, capsys):
    code, found = answer(capsys, "errors", trained)
    assert code == 0
    assert [one["task"] for one in found] == ["queue"]
    assert found[0]["n"] == 15
    assert all(row["gold"] != row["predicted"] for row in found[0]["rows"])


def test_a_version_has_no_errors_in_a_task_that_it_has_not_learned(trained, tmp_path):
    project = shutil.copytree(trained, tmp_path / "later")
    schema = project / "schema.yaml"
    new = "tasks:\n  angry: {payload: text, type: multiclass, classes: [sure, calm]}\n"
    schema.write_text(schema.read_text().replace("tasks:\n", new, 1))
    message = "version 1 has not learned 'angry'. It has learned: queue."
    with pytest.raises(UsageError, match=re.escape(message)):
        find_mistakes(project, task="angry")


@pytest.mark.parametrize("verb", ["check", "label", "run", "report", "errors"])
def test_every_verb_shows_people_something(trained, verb, capsys, tmp_path):
    capsys.readouterr()
    assert main([verb, str(trained)]) == 0
    assert len(capsys.readouterr().out.splitlines()) >= 1


def test_a_reader_that_goes_away_is_no_error(trained):
    records = json.dumps({"id": "a", "payloads": {"text": "Where is it"}}) + "\n"
    command = f"{sys.executable} -m transom"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command} predict {trained} - | head -1"],
        input=records * 3000, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    assert json.loads(done.stdout)["id"] == "a"


def test_predict_answers_the_others_when_a_record_is_broken(trained, capsys, tmp_path):
    records = tmp_path / "records.jsonl"
    records.write_text(
        '{"id": "a", "payloads": {"text": "Where is my parcel"}}\n{"id": "b", "payloads": {"txt": "x"}}\nnot json\n'
        '{"payloads": {"text": null}}\n'
    )
    capsys.readouterr()
    assert main(["predict", str(trained), str(records)]) == 1
    replies = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert replies[0]["predictions"]["queue"]["label"] in {"billing", "delivery", "technical"}
    assert (replies[1]["id"], replies[1]["error"]["line"]) == ("b", 2)
    assert replies[1]["error"]["message"] == "'txt' is no payload. Known: text. Did you mean text?"
    assert (replies[2]["id"], replies[2]["error"]["line"]) == (None, 3)
    assert set(replies[3]) == {"id", "version", "predictions", "slices"}


def test_slow_start_is_not_paid_for_help(capsys):
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    verbs = ("init", "check", "label", "run", "report", "errors", "predict", "schema", "explain")
    assert all(verb in out for verb in verbs)


def test_two_equal_runs_at_once_make_one_version(trained, tmp_path):
    command = [sys.executable, "-m", "transom", "run", str(trained), "--store", str(tmp_path), "--json"]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    versions = sorted(json.loads(run.communicate()[0])["version"] for run in runs)
    assert versions == [1, 1]
    assert sorted(path.name for path in (tmp_path / "versions").iterdir()) == ["1"]


def test_nothing_is_left_beside_the_store(trained):
    assert sorted(path.name for path in Path(trained).iterdir()) == [
        ".transom", "data", "deploy.yaml", "model.yaml", "rules.py", "schema.yaml", "sources.yaml",
    ]  # fmt: skip
