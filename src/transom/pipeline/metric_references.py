"""Which task a metric that model.yaml or deploy.yaml names is one of, if of any."""

from collections.abc import Iterable

from transom.errors import Location, Problem, did_you_mean, listed
from transom.evaluation.metric_names import metric_names
from transom.schema.tasks import Task


def unknown_metric(metric: str, task: Task, at: Location) -> list[Problem]:
    """The problem of a metric that a task does not have, if it does not."""
    known = metric_names(task)
    if metric in known:
        return []
    kind = type(task).__name__.lower()
    message = f"{metric!r} is not a metric of {kind} task {task.name!r}. Metrics: {listed(known)}."
    return [Problem("T016", message + did_you_mean(metric, known), at)]


def task_of(metric: str, tasks: Iterable[Task]) -> Task | None:
    """The task of TASK.METRIC, None where there is none; names may have dots, so that of several it is the longest."""
    named = [task for task in tasks if metric.startswith(f"{task.name}.")]
    return max(named, key=lambda task: len(task.name), default=None)
