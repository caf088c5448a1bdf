import ast
import os
import shlex
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from transom.pipeline.workflow import Workflow
from transom.pipeline.workflows.airflow import airflow

WORKFLOW = Workflow("tickets", Path("/srv/my tickets"), ("check", "train", "register"), "0 3 * * *", "unused")


def parsed(workflow):
    """The commands by stage, and the DAG's settings, as the file says them."""
    tree = ast.parse(airflow(workflow))
    assigned = next(node for node in tree.body if isinstance(node, ast.Assign))
    called = next(node for node in tree.body if isinstance(node, ast.With)).items[0].context_expr
    settings = {each.arg: ast.literal_eval(each.value) for each in called.keywords if each.arg != "start_date"}
    return ast.literal_eval(assigned.value), settings


def test_each_stage_is_a_command_on_the_projects_own_folder():
    commands, _ = parsed(WORKFLOW)
    assert list(commands) == ["check", "train", "register"]
    assert shlex.split(commands["train"]) == ["transom", "run", "/srv/my tickets", "--until", "train"]


def test_each_stage_gets_the_store_and_the_settings():
    commands, _ = parsed(replace(WORKFLOW, store=Path("/srv/the store"), settings=("training.seed=3", "extend={a: 1}")))
    command = commands["train"].removeprefix("{% raw %}").removesuffix("{% endraw %}")
    assert shlex.split(command)[5:] == [
        "--store", "/srv/the store", "--set", "training.seed=3", "--set", "extend={a: 1}",
    ]  # fmt: skip


def test_one_run_at_a_time_on_schedule_and_none_for_the_past():
    _, settings = parsed(WORKFLOW)
    assert settings == {"dag_id": "tickets", "schedule": "0 3 * * *", "catchup": False, "max_active_runs": 1}


def test_a_folder_with_braces_quotes_or_backslashes_is_still_one_argument():
    folder = Path('/srv/it\'s {{ a }} \\n "b"')
    commands, _ = parsed(Workflow("x", folder, ("check",), None, ""))
    command = commands["check"].removeprefix("{% raw %}").removesuffix("{% endraw %}")
    assert command != commands["check"]
    assert shlex.split(command)[2] == str(folder)


@pytest.mark.slow
def test_airflow_imports_the_file(tmp_path):
    """In an environment of Airflow's own, as its requirements and ours exclude each other."""
    python = os.environ.get("TRANSOM_AIRFLOW_PYTHON")
    if python is None:
        pytest.skip("TRANSOM_AIRFLOW_PYTHON names no Python that has it; `make orchestrators` installs it")
    (tmp_path / "flow.py").write_text(airflow(WORKFLOW), encoding="utf-8")
    code = (
        "import runpy, sys; from airflow.sdk import DAG;"
        "dag = next(d for d in runpy.run_path(sys.argv[1]).values() if isinstance(d, DAG));"
        "print([(t.task_id, sorted(t.upstream_task_ids)) for t in dag.topological_sort()])"
    )
    said = subprocess.run(
        [python, "-c", code, tmp_path / "flow.py"],
        env={**os.environ, "AIRFLOW_HOME": str(tmp_path)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    expected = "[('check', []), ('train', ['check']), ('register', ['train'])]"
    assert said.stdout.splitlines()[-1] == expected
