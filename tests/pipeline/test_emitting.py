"""`emit` as a whole; what each orchestrator gets is tested in `workflows/`."""

import os
import re
import resource
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


def test_a_long_name_is_cut_and_stays_apart_from_others_that_begin_like_it(project):
    names = []
    for folder in ("a" * 63, "a" * 64, "a" * 65, f"{'a' * 53}-{'b' * 20}"):
        project = project.rename(project.with_name(folder))
        names.append(re.search(r"^pipelineInfo:\n  name: (.*)$", emit("kubeflow", project), re.MULTILINE)[1])
    assert names[0] == "a" * 63
    assert len({*names}) == len(names)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) and len(name) <= 63 for name in names)


def test_a_workflow_is_written_over_itself_and_over_nothing_else(tmp_path):
    file = tmp_path / "new" / "workflow.yaml"
    write_workflow(f"# {MARK} github`.\n", file)
    write_workflow(f"# {MARK} github`, again.\n", file)
    assert "again" in file.read_text(encoding="utf-8")
    file.write_text("jobs: mine\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"T206 '.*workflow.yaml' was not written by transom emit. Name another file"):
        write_workflow("theirs", file)
    assert file.read_text(encoding="utf-8") == "jobs: mine\n"


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("/dev/zero")])
def test_what_is_no_file_is_neither_read_nor_written(tmp_path, make):
    make(place := tmp_path / "place")
    with pytest.raises(UsageError) as caught:
        write_workflow(f"# {MARK} github`.\n", place)
    assert caught.value.problem.message == (
        f"{str(place)!r} was not written by transom emit. Name another file, or delete it."
    )


def test_a_workflow_for_which_the_disk_has_no_room_leaves_the_older_one_with_its_permissions(tmp_path):
    file = tmp_path / "workflow.yaml"
    older = f"# {MARK} github`.\n"
    write_workflow(older, file)
    file.chmod(0o600)
    before, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(older) + 1, most))
    try:
        with pytest.raises(OSError, match="File too large"):
            write_workflow(older * 2, file)
        with pytest.raises(OSError, match="File too large"):
            write_workflow(older * 2, file.with_name("new.yaml"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, most))
    assert file.read_text(encoding="utf-8") == older
    assert list(tmp_path.iterdir()) == [file]
    write_workflow(older * 2, file)
    assert (file.read_text(encoding="utf-8"), file.stat().st_mode & 0o777) == (older * 2, 0o600)


def test_the_command_prints_the_file_or_writes_it(project, capsys):
    assert main(["emit", "github", project.name]) == 0
    printed = capsys.readouterr().out
    assert main(["emit", "github", project.name, "--out", ".github/workflows/formats.yaml"]) == 0
    assert Path(".github/workflows/formats.yaml").read_text(encoding="utf-8") == printed
    assert capsys.readouterr().out == "Wrote .github/workflows/formats.yaml.\n"
