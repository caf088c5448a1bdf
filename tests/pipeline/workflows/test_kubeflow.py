import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from transom.errors import UsageError
from transom.pipeline.workflow import Workflow
from transom.pipeline.workflows.kubeflow import kubeflow

WORKFLOW = Workflow("tickets", Path("/srv/tickets"), ("check", "train", "register"), None, "images/transom:1")


def documents(workflow=WORKFLOW):
    return tuple(yaml.safe_load_all(kubeflow(workflow)))


def test_each_stage_is_a_container_that_waits_for_the_one_before():
    pipeline, _ = documents()
    tasks = pipeline["root"]["dag"]["tasks"]
    assert {name: task.get("dependentTasks") for name, task in tasks.items()} == {
        "check": None, "train": ["check"], "register": ["train"],
    }  # fmt: skip
    for name, task in tasks.items():
        label = pipeline["components"][task["componentRef"]["name"]]["executorLabel"]
        container = pipeline["deploymentSpec"]["executors"][label]["container"]
        assert [*container["command"], *container["args"]] == ["transom", "run", "/projects/tickets", "--until", name]
        assert container["image"] == "images/transom:1"


def test_a_store_in_the_project_is_found_on_its_volume_and_one_elsewhere_is_an_error():
    pipeline, _ = documents(replace(WORKFLOW, store=WORKFLOW.folder / "kept", settings=("training.seed=3",)))
    for executor in pipeline["deploymentSpec"]["executors"].values():
        assert executor["container"]["args"][4:] == [
            "--store", "/projects/tickets/kept", "--set", "training.seed=3",
        ]  # fmt: skip
    with pytest.raises(UsageError) as caught:
        kubeflow(replace(WORKFLOW, store=Path("/elsewhere")))
    assert str(caught.value) == (
        "T205 '/elsewhere' is not in the project's folder, which is all that containers share. Put it there."
    )


def test_what_looks_like_a_variable_in_a_name_or_a_setting_is_none():
    pipeline, _ = documents(replace(WORKFLOW, store=WORKFLOW.folder / "$(HOME)", settings=("extend={a: $$b}",)))
    for executor in pipeline["deploymentSpec"]["executors"].values():
        assert executor["container"]["args"][4:] == [
            "--store", "/projects/tickets/$$(HOME)", "--set", "extend={a: $$$$b}",
        ]  # fmt: skip


def test_every_container_has_the_projects_volume():
    pipeline, platform = documents()
    mounts = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    assert set(mounts) == set(pipeline["deploymentSpec"]["executors"])
    assert {(each["pvcMount"][0]["constant"], each["pvcMount"][0]["mountPath"]) for each in mounts.values()} == {
        ("tickets", "/projects/tickets")
    }


def test_kubeflow_keeps_no_schedule_in_a_pipeline():
    with pytest.raises(UsageError) as caught:
        kubeflow(replace(WORKFLOW, schedule="0 3 * * *"))
    assert str(caught.value) == (
        "T205 Kubeflow keeps schedules outside of pipelines. Leave --schedule out and create a recurring run."
    )


@pytest.mark.slow
def test_kubeflow_loads_the_pipeline_and_compiles_it_to_the_same(tmp_path):
    """In an environment of KFP's own, as its requirements and ours exclude each other."""
    python = os.environ.get("TRANSOM_KFP_PYTHON")
    if python is None:
        pytest.skip("TRANSOM_KFP_PYTHON names no Python that has it; `make orchestrators` installs it")
    written, compiled = tmp_path / "written.yaml", tmp_path / "compiled.yaml"
    written.write_text(kubeflow(WORKFLOW), encoding="utf-8")
    code = (
        "import sys; from kfp import compiler, components;"
        "compiler.Compiler().compile(components.load_component_from_file(sys.argv[1]), sys.argv[2])"
    )
    subprocess.run([python, "-W", "ignore", "-c", code, written, compiled], capture_output=True, check=True)
    again = tuple(yaml.safe_load_all(compiled.read_text(encoding="utf-8")))
    assert [{**each, "sdkVersion": ""} for each in again] == [{**each, "sdkVersion": ""} for each in documents()]
