"""`emit` as a whole; what each orchestrator gets is tested in `workflows/`."""

from pathlib import Path

import pytest

from transom.cli.main import main
from transom.errors import ProjectError, UsageError
from transom.pipeline.emitting import ORCHESTRATORS, STEPS, emit, write_workflow
from transom.pipeline.lifecycle import LIFE_CYCLE
from transom.pipeline.workflow import MARK


@pytest.fixture
def project(formats, monkeypatch):
    monkeypatch.chdir(formats.parent)
    return formats


def test_every_stage_is_a_step_but_the_gate_whose_verdict_register_waits_for():
    assert [*STEPS, "gate"] == sorted([stage.name for stage in LIFE_CYCLE], key=[*STEPS, "gate"].index)
    assert (STEPS[0], STEPS[-1]) == ("check", "register")


@pytest.mark.parametrize("target", ORCHESTRATORS)
def test_every_orchestrator_gets_all_steps_in_order_and_the_file_says_who_wrote_it(target, project):
    text = emit(target, project)
    places = [text.index(f"--until {step}" if target != "kubeflow" else f"- {step}\n") for step in STEPS]
    assert places == sorted(places)
    assert MARK in text.partition("\n")[0]


def test_the_same_project_gives_the_same_file(project):
    assert emit("airflow", project) == emit("airflow", project)


def test_settings_are_checked_and_passed_on_with_the_place_of_the_store(project):
    text = emit("github", project, store="kept", settings=["training.seed=3"])
    assert text.count("--store kept --set training.seed=3") == len(STEPS)
    with pytest.raises(ProjectError, match="Did you mean training"):
        emit("github", project, settings=["trainin.seed=3"])


def test_an_unknown_target_is_an_error_that_names_the_near_one(project):
    with pytest.raises(UsageError, match=r"^T203 'airflo' is no target. Targets: airflow, github, kubeflow. Did you "):
        emit("airflo", project)


@pytest.mark.parametrize("schedule", ["daily", "@daily", "0 3 * *", "0 3 * * * *", "0 3 * * *\n- x", ""])
def test_a_schedule_has_five_fields(project, schedule):
    with pytest.raises(UsageError) as caught:
        emit("airflow", project, schedule=schedule)
    expected = f"{schedule!r} is not five fields of cron. Every night at three is '0 3 * * *'."
    assert (caught.value.problem.code, caught.value.problem.message) == ("T204", expected)


def test_a_broken_project_gets_no_workflow(project):
    (project / "schema.yaml").write_text("tasks: 3\n", encoding="utf-8")
    with pytest.raises(ProjectError):
        emit("github", project)


@pytest.mark.parametrize(
    ("folder", "name"), [("My Tickets (2)", "my-tickets-2"), ("票", "project"), ("a_b", "a-b"), ("ok", "ok")]
)
def test_names_are_those_that_kubernetes_takes(project, folder, name):
    assert f"name: {name}\n" in emit("kubeflow", project.rename(project.with_name(folder)))


def test_a_workflow_is_written_over_itself_and_over_nothing_else(tmp_path):
    file = tmp_path / "new" / "workflow.yaml"
    write_workflow(f"# {MARK} github`.\n", file)
    write_workflow(f"# {MARK} github`, again.\n", file)
    assert "again" in file.read_text(encoding="utf-8")
    file.write_text("jobs: mine\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"T206 '.*workflow.yaml' was not written by transom emit. Name another file"):
        write_workflow("theirs", file)
    assert file.read_text(encoding="utf-8") == "jobs: mine\n"


def test_the_command_prints_the_file_or_writes_it(project, capsys):
    assert main(["emit", "github", project.name]) == 0
    printed = capsys.readouterr().out
    assert main(["emit", "github", project.name, "--out", ".github/workflows/formats.yaml"]) == 0
    assert Path(".github/workflows/formats.yaml").read_text(encoding="utf-8") == printed
    assert capsys.readouterr().out == "Wrote .github/workflows/formats.yaml.\n"
