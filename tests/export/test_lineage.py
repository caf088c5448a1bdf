import json
from datetime import UTC, datetime

import pytest

from transom.export.aliases import Reason, promote, roll_back
from transom.export.artifact import write_artifact
from transom.export.executions import Execution, begin_run, executions_of, record_execution, runs
from transom.export.layout import folder_of
from transom.export.lineage import LINEAGE, lineage, lineage_file
from transom.export.lineage_diagram import mermaid
from transom.export.store import register

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
REASON = Reason("ada", NOW, "better")
A, B, RULES = "a" * 64, "b" * 64, "c" * 64


def ran(store, seed="0", data=A, tall=RULES):
    """A run of check, label, train (extend is skipped) and register, and the version that came of it."""
    run = begin_run(store, NOW)
    parts = {
        "check": {"data:data/a.jsonl": data, "library:polars": "2.1", "setting:schema.gold": '["crowd"]'},
        "label": {
            "input:check": f"check {data}", "module:rules": RULES, "module:rules:tall": tall,
            "setting:sources.tall": "RegexRule", "setting:sources.tall.regex": '"(?i)tall"',
        },
        "train": {"input:check": f"check {data}", "input:extend": f"label {data}", "setting:model.training.seed": seed,
                  "library:torch": "", "code:transom": "d"},
    }  # fmt: skip
    for stage, components in parts.items():
        key = f"{stage} {data} {seed}"
        record_execution(
            store, Execution(run, stage, key, components, "ran", NOW, 1.25, "first", (), (f"{stage} {data}",))
        )
    files = {LINEAGE: lineage_file(executions_of(store, run))}
    number = register(store, files, {"project": "demo"}, REASON, run=run)
    registered = Execution(run, "register", f"{data} {seed}", {}, "ran", NOW, 0.1, "first", (), (f"version {number}",))
    record_execution(store, registered)
    return number


def test_a_version_leads_to_every_file_rule_setting_and_library(tmp_path):
    found = lineage(tmp_path, ran(tmp_path)).as_dict()
    assert found["version"] == 1
    assert found["project"] == "demo"
    assert found["aliases"] == ["live"]
    assert found["data"] == {"data/a.jsonl": A}
    assert found["rules"] == {"tall": {"kind": "RegexRule", "regex": "(?i)tall"}}
    assert found["settings"] == {"schema.gold": ["crowd"], "model.training.seed": 0}
    assert found["modules"] == {"rules": RULES, "rules:tall": RULES}
    assert found["libraries"] == {"polars": "2.1"}


def test_a_version_leads_to_its_stages_when_why_and_after_which_others(tmp_path):
    stages = lineage(tmp_path, ran(tmp_path)).as_dict()["stages"]
    assert [(each["stage"], each["inputs"]) for each in stages] == [
        ("check", []), ("label", ["check"]), ("train", ["check", "label"]),
    ]  # fmt: skip
    assert stages[0] == {
        "stage": "check", "key": f"check {A} 0", "inputs": [], "run": 1, "started": "2026-11-21T09:30:00+00:00",
        "seconds": 1.25, "why": "first",
    }  # fmt: skip


def test_a_version_knows_where_its_aliases_were(tmp_path):
    first, second = ran(tmp_path), ran(tmp_path, seed="1")
    promote(tmp_path, second, REASON)
    roll_back(tmp_path, REASON)
    moves = lineage(tmp_path, second).moves
    assert [(move.alias, move.version) for move in moves] == [("live", second), ("candidate", second)]
    assert lineage(tmp_path, first).aliases == ("live",)


def test_a_file_leads_to_the_other_versions_that_it_went_into(tmp_path):
    for seed, data in (("0", A), ("1", A), ("0", B)):
        ran(tmp_path, seed, data)
    assert lineage(tmp_path, 1).same_files == {"data/a.jsonl": (2,), "rules": (3, 2)}
    assert lineage(tmp_path, 3).same_files["data/a.jsonl"] == ()


def test_a_module_of_which_a_function_was_edited_is_another_one(tmp_path):
    for seed, tall in (("0", RULES), ("1", B), ("2", RULES)):
        ran(tmp_path, seed, tall=tall)
    assert lineage(tmp_path, 1).same_files["rules"] == (3,)
    assert lineage(tmp_path, 2).same_files["rules"] == ()
    digests = [lineage(tmp_path, number).steps[1].files["rules"] for number in (1, 2, 3)]
    assert digests[0] == digests[2] != digests[1]


def test_in_another_store_a_version_still_knows_what_it_came_from(tmp_path):
    ran(tmp_path / "here")
    folder = folder_of(tmp_path / "here", 1)
    folder_of(tmp_path / "there", 1).parent.mkdir(parents=True)
    folder.rename(folder_of(tmp_path / "there", 1))
    found = lineage(tmp_path / "there", 1).as_dict()
    assert found["data"] == {"data/a.jsonl": A}
    assert [each["run"] for each in found["stages"]] == [None, None, None]


def test_equal_runs_leave_equal_lineage_files(tmp_path):
    ran(tmp_path / "one")
    ran(tmp_path / "other")
    ran(tmp_path / "other")
    contents = {(folder_of(tmp_path / name, 1) / LINEAGE).read_bytes() for name in ("one", "other")}
    assert contents == {(folder_of(tmp_path / "other", 2) / LINEAGE).read_bytes()}


def test_the_first_layout_of_the_lineage_file_is_still_read(tmp_path):
    document = {
        "data": {"fingerprint": "0", "files": {"a.jsonl": A}}, "project_files": {"rules.py": RULES},
        "libraries": {"torch": None, "numpy": "2.4"}, "python": "3.11",
    }  # fmt: skip
    write_artifact(folder_of(tmp_path, 1), {LINEAGE: json.dumps(document).encode()}, {})
    found = lineage(tmp_path, 1).as_dict()
    assert (found["data"], found["modules"]) == ({"data/a.jsonl": A}, {"rules.py": RULES})
    assert found["libraries"] == {"numpy": "2.4", "python": "3.11"}


def test_a_version_without_a_lineage_file_has_an_empty_lineage(tmp_path):
    write_artifact(folder_of(tmp_path, 1), {}, {"project": "demo"})
    assert lineage(tmp_path, 1).steps == ()


def test_a_run_that_came_to_a_version_that_was_there_names_it(tmp_path):
    ran(tmp_path)
    for key, status in ((f"{A} 0", "cached"), ("of another gate", "ran")):
        again = begin_run(tmp_path, NOW)
        record_execution(tmp_path, Execution(again, "register", key, {}, status, NOW, 0.0, "same", (), ("version 1",)))
    assert [(run.number, run.version) for run in runs(tmp_path)] == [(3, 1), (2, 1), (1, 1)]


@pytest.mark.parametrize("name", ['"quoted"', "<b>", "a & b"])
def test_names_in_the_diagram_cannot_break_it(tmp_path, name):
    run = begin_run(tmp_path, NOW)
    record_execution(tmp_path, Execution(run, "check", "k", {f"data:{name}": A}, "ran", NOW, 1.0, "first"))
    register(tmp_path, {LINEAGE: lineage_file(executions_of(tmp_path, run))}, {}, REASON, run=run)
    (line,) = [line for line in mermaid(lineage(tmp_path, 1)).splitlines() if "aaaaaaaa" in line]
    assert line.count('"') == 2
    assert "<" not in line


def test_the_diagram_goes_from_files_over_stages_to_the_version_and_its_aliases(tmp_path):
    assert mermaid(lineage(tmp_path, ran(tmp_path))) == (
        "flowchart LR\n"
        '  version(["version 1"])\n'
        '  check["check"]\n'
        '  n0[("data/a.jsonl aaaaaaaa")] --> check\n'
        '  label["label"]\n'
        '  n1[("rules b624011a")] --> label\n'
        '  n2[/"rules: tall"/] --> label\n'
        "  check --> label\n"
        '  train["train"]\n'
        "  check --> train\n"
        "  label --> train\n"
        "  train --> version\n"
        '  version --> alias0>"live"]\n'
    )
