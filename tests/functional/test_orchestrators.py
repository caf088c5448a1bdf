"""The workflows that `emit` writes, run as their orchestrators would: one command after the other."""

import shlex

import pytest
import yaml

from cached_project import write_project
from transom.cli.main import main
from transom.export.executions import runs
from transom.pipeline.emitting import STEPS, emit

pytestmark = pytest.mark.functional


def test_the_steps_of_a_workflow_come_to_a_version_and_each_runs_its_own_stage(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_project(tmp_path / "shop")
    steps = yaml.safe_load(emit("github", "shop"))["jobs"]["run"]["steps"]
    commands = [shlex.split(step["run"]) for step in steps if step.get("name") in STEPS]
    assert [main(command[1:]) for command in commands] == [0] * len(STEPS)
    recorded = runs(tmp_path / "shop" / ".transom", len(STEPS))[::-1]
    ran = [[each.stage for each in run.executions if each.status == "ran"] for run in recorded]
    extend = STEPS.index("extend")
    assert ran[extend] == []  # the project does not ask for it
    assert ran[:extend] + ran[extend + 1 : -1] == [[step] for step in STEPS[:-1] if step != "extend"]
    assert ran[-1] == ["gate", "register"]
    assert recorded[-1].version == 1
