"""A workflow as a Python file for Airflow 3: a DAG with one Bash task a stage."""

from shlex import join

from transom.pipeline.workflow import Workflow, command, first_line


def airflow(workflow: Workflow) -> str:
    """The file for Airflow's folder of DAGs; its workers must find the project, and its store, where they are here.

    One run at a time, and none for the times that were missed: a run always works on the files of today.
    """
    lines = {
        stage: join(command(stage, workflow.folder, workflow.store, workflow.settings)) for stage in workflow.stages
    }
    steps = "".join(f"    {stage!r}: {_untemplated(line)!r},\n" for stage, line in lines.items())
    return f'''"""{first_line("airflow", workflow)}"""

from datetime import datetime, timezone

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, chain

COMMANDS = {{
{steps}}}

with DAG(
    dag_id={workflow.name!r},
    schedule={workflow.schedule!r},
    start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    max_active_runs=1,
) as dag:
    chain(*(BashOperator(task_id=stage, bash_command=command) for stage, command in COMMANDS.items()))
'''


def _untemplated(line: str) -> str:
    """A command as it is: Airflow reads commands as Jinja templates, and so what is in a name or a setting."""
    return f"{{% raw %}}{line}{{% endraw %}}" if "{" in line else line
