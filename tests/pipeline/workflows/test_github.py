import shlex
from dataclasses import replace
from pathlib import Path

import pytest
import typer.main
import yaml

from transom.cli.main import app
from transom.errors import UsageError
from transom.pipeline.workflow import Workflow
from transom.pipeline.workflows.github import github


@pytest.fixture
def workflow(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Workflow("tickets", tmp_path.resolve() / "my tickets", ("check", "register"), "30 1 * * 1-5", "unused")


def test_each_stage_is_a_step_whose_command_and_options_exist(workflow):
    steps = yaml.safe_load(github(workflow))["jobs"]["run"]["steps"]
    commands = [shlex.split(step["run"]) for step in steps if step.get("name") in workflow.stages]
    assert commands == [["transom", "run", "my tickets", "--until", stage] for stage in workflow.stages]
    known = {option for each in typer.main.get_command(app).commands["run"].params for option in each.opts}
    assert "--until" in known


def test_the_store_is_brought_before_the_stages_and_kept_after_them_whatever_they_say(workflow):
    steps = yaml.safe_load(github(workflow))["jobs"]["run"]["steps"]
    before, after = (step for step in steps if "cache" in step.get("uses", ""))
    assert steps.index(before) < steps.index(after) == len(steps) - 1
    assert after["if"] == "always()"
    assert before["with"]["path"] == after["with"]["path"] == "my tickets/.transom"
    assert before["with"]["key"].startswith(before["with"]["restore-keys"])


def test_a_run_that_is_started_again_saves_its_store_beside_that_of_the_attempt_before(workflow):
    steps = yaml.safe_load(github(workflow))["jobs"]["run"]["steps"]
    keys = {step["with"]["key"] for step in steps if "cache" in step.get("uses", "")}
    assert keys == {"transom-tickets-${{ github.run_id }}-${{ github.run_attempt }}"}


def test_another_store_is_kept_in_place_of_the_projects_own_and_every_stage_gets_it(workflow):
    other = replace(workflow, store=workflow.folder.parent / "kept", settings=("training.seed=3",))
    steps = yaml.safe_load(github(other))["jobs"]["run"]["steps"]
    assert {step["with"]["path"] for step in steps if "cache" in step.get("uses", "")} == {"kept"}
    for step in (step for step in steps if step.get("name") in workflow.stages):
        assert shlex.split(step["run"])[5:] == ["--store", "kept", "--set", "training.seed=3"]


def test_what_looks_like_an_expression_in_a_name_or_a_setting_is_none(workflow):
    folder = workflow.folder.with_name("${{ secrets.A }} $(b)")
    document = yaml.safe_load(github(replace(workflow, folder=folder, settings=("extend={a: ${{ b }}}",))))
    steps = document["jobs"]["run"]["steps"]
    commands = [step["run"] for step in steps if step.get("name") in workflow.stages]
    places = [step["with"]["path"] for step in steps if "cache" in step.get("uses", "")]
    commands, places = ([each.replace("${{ '${{' }}", "<opens>") for each in them] for them in (commands, places))
    assert places == ["<opens> secrets.A }} $(b)/.transom"] * 2
    expected = ["<opens> secrets.A }} $(b)", "extend={a: <opens> b }}}"]
    assert [shlex.split(each)[2:7:4] for each in commands] == [expected] * len(workflow.stages)


@pytest.mark.parametrize("field", ["folder", "store"])
def test_what_is_outside_of_the_repository_is_an_error(workflow, field):
    with pytest.raises(UsageError) as caught:
        github(replace(workflow, **{field: Path("/elsewhere")}))
    assert str(caught.value) == (
        "T205 '/elsewhere' is not in the current folder. GitHub checks a repository out: go to its root first."
    )


def test_it_runs_on_schedule_and_when_it_is_asked_to(workflow):
    asked = yaml.safe_load(github(workflow))["on"]
    assert asked == {"workflow_dispatch": {}, "schedule": [{"cron": "30 1 * * 1-5"}]}
    assert "schedule" not in yaml.safe_load(github(replace(workflow, schedule=None)))["on"]
