"""A workflow as YAML for GitHub Actions: one job, one step a stage, and the store kept between the runs."""

from pathlib import Path
from shlex import join
from typing import Any

import yaml

from transom.errors import UsageError
from transom.export.layout import STORE
from transom.pipeline.workflow import Workflow, command, first_line


def github(workflow: Workflow) -> str:
    """The file for .github/workflows of the repository in the current folder, which holds the project.

    The store is saved also when a stage failed, since a refused version and its verdict are in it. GitHub never writes
    over what it has saved, so each attempt of a run saves its own: they share the run's number.

    Raises:
        UsageError: the project or its store is not in the current folder.
    """
    project = _in_repository(workflow.folder)
    store = None if workflow.store is None else _in_repository(workflow.store)
    attempt = "${{ github.run_id }}-${{ github.run_attempt }}"
    kept = {"path": _literal(store or f"{project}/{STORE}"), "key": f"transom-{workflow.name}-{attempt}"}
    stages = [
        {"name": stage, "run": _literal(join(command(stage, project, store, workflow.settings)))}
        for stage in workflow.stages
    ]
    steps: list[dict[str, Any]] = [
        {"uses": "actions/checkout@v4"},
        {"uses": "actions/setup-python@v5", "with": {"python-version": "3.12"}},
        {"name": "install", "run": "pip install 'transom[train,export]'"},
        {"uses": "actions/cache/restore@v4", "with": {**kept, "restore-keys": f"transom-{workflow.name}-"}},
        *stages,
        {"uses": "actions/cache/save@v4", "if": "always()", "with": kept},
    ]
    asked: dict[str, Any] = {"workflow_dispatch": {}}
    if workflow.schedule is not None:
        asked["schedule"] = [{"cron": workflow.schedule}]
    document = {
        "name": workflow.name,
        "on": asked,
        "concurrency": {"group": f"transom-{workflow.name}"},
        "jobs": {"run": {"runs-on": "ubuntu-latest", "steps": steps}},
    }
    return f"# {first_line('github', workflow)}\n{yaml.safe_dump(document, sort_keys=False, allow_unicode=True)}"


def _literal(text: str) -> str:
    """A text as it is: GitHub reads expressions in commands and paths, and so what is in a name or a setting."""
    return text.replace("${{", "${{ '${{' }}")


def _in_repository(folder: Path) -> str:
    repository = Path.cwd().resolve()
    if not folder.is_relative_to(repository):
        message = f"{str(folder)!r} is not in the current folder. GitHub checks a repository out: go to its root first."
        raise UsageError("T205", message)
    return folder.relative_to(repository).as_posix()
