"""Which metrics a task has, without computing any: what gates and searches may name."""

from functools import singledispatch

from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans, Task


@singledispatch
def metric_names(task: Task) -> tuple[str, ...]:
    """The names of a task's metrics, as they stand in the report.

    >>> metric_names(Bitvector("topics", ("sport", "politics")))
    ('micro_f1', 'macro_f1')
    """
    raise TypeError(f"{type(task).__name__} has no metrics; register metric_names and metrics_for for it")


@metric_names.register
def _(task: Multiclass) -> tuple[str, ...]:
    of_classes = (f"f1:{name}" for name in task.classes)
    return ("accuracy", "accuracy_covered", "macro_f1", *of_classes, "roc_auc", "coverage", "ece")


@metric_names.register
def _(_task: Bitvector) -> tuple[str, ...]:
    return ("micro_f1", "macro_f1")


@metric_names.register
def _(_task: Spans) -> tuple[str, ...]:
    return ("entity_f1", "entity_precision", "entity_recall")


@metric_names.register
def _(_task: Select) -> tuple[str, ...]:
    return ("accuracy",)


@metric_names.register
def _(_task: Regression) -> tuple[str, ...]:
    return ("mae", "rmse", "r2")
