"""A workflow as YAML for Kubeflow Pipelines 2: a compiled pipeline with one container a stage.

It is what KFP's compiler makes (schema version 2.1.0), so that it can be uploaded as it is, without the package kfp.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from transom.errors import UsageError
from transom.pipeline.workflow import Workflow, command, first_line


def kubeflow(workflow: Workflow) -> str:
    """The pipeline. Every container finds the project in a volume claim that has the workflow's name.

    Kubeflow's own cache is left off: transom knows what changed.

    Raises:
        UsageError: there is a schedule, which Kubeflow does not keep in pipelines, or the store is not in the project.
    """
    if workflow.schedule is not None:
        message = "Kubeflow keeps schedules outside of pipelines. Leave --schedule out and create a recurring run."
        raise UsageError("T205", message)
    stages, project, store = workflow.stages, f"/projects/{workflow.name}", None
    if workflow.store is not None:
        store = f"{project}/{_in_project(workflow.store, workflow.folder)}"
    tasks = {stage: _task(stage, before) for before, stage in zip(("", *stages[:-1]), stages, strict=True)}
    lines = {stage: command(stage, project, store, workflow.settings) for stage in stages}
    executors = {f"exec-{stage}": _container(workflow.image, line) for stage, line in lines.items()}
    pipeline = {
        "components": {f"comp-{stage}": {"executorLabel": f"exec-{stage}"} for stage in stages},
        "deploymentSpec": {"executors": executors},
        "pipelineInfo": {"name": workflow.name},
        "root": {"dag": {"tasks": tasks}},
        "schemaVersion": "2.1.0",
        "sdkVersion": "kfp-2.14.0",
    }
    mounts = {f"exec-{stage}": {"pvcMount": [_mount(workflow.name, project)]} for stage in stages}
    platform = {"platforms": {"kubernetes": {"deploymentSpec": {"executors": mounts}}}}
    return f"# {first_line('kubeflow', workflow)}\n{yaml.safe_dump_all([pipeline, platform], sort_keys=False)}"


def _in_project(store: Path, project: Path) -> str:
    if not store.is_relative_to(project):
        message = f"{str(store)!r} is not in the project's folder, which is all that containers share. Put it there."
        raise UsageError("T205", message)
    return store.relative_to(project).as_posix()


def _container(image: str, line: Sequence[str]) -> dict[str, Any]:
    """A container; Kubernetes reads `$(NAME)` in commands as a variable, and `$$` as a dollar."""
    program, *arguments = (word.replace("$", "$$") for word in line)
    return {"container": {"image": image, "command": [program], "args": arguments}}


def _task(stage: str, before: str) -> dict[str, Any]:
    after = {"dependentTasks": [before]} if before else {}
    return {"cachingOptions": {}, "componentRef": {"name": f"comp-{stage}"}, **after, "taskInfo": {"name": stage}}


def _mount(claim: str, path: str) -> dict[str, Any]:
    """The claim under both its names: KFP before 2.5 knows `constant` only."""
    return {"constant": claim, "mountPath": path, "pvcNameParameter": {"runtimeValue": {"constant": claim}}}
