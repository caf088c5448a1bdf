"""What a report is silent about: tasks and slices in which no example has gold."""

from collections.abc import Iterator

from transom.data.subset_names import SLICE_PREFIX
from transom.errors import Problem
from transom.evaluation.report import Report
from transom.schema.schema import Schema


def unreported(schema: Schema, report: Report) -> Iterator[Problem]:
    """A warning for each task and each slice that the report has no row of; none where it has no rows at all."""
    tasks, tags = {row.task for row in report.rows}, {row.tag for row in report.rows}
    if not tasks:
        return
    for task in schema.tasks:
        if task.name not in tasks:
            message = f"task {task.name!r} is not in the report: no example has gold of it. Add gold on dev and test."
            yield Problem("T239", message, task.at, severity="warning")
    for each in schema.slices:
        if SLICE_PREFIX + each.name not in tags:
            message = f"slice {each.name!r} is not in the report: no example with gold is in it. Mend it, or add gold."
            yield Problem("T239", message, each.at, severity="warning")
