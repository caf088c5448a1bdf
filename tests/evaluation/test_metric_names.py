from typing import get_args

from transom.evaluation.metric_names import metric_names
from transom.schema.tasks import Multiclass, Task


def test_every_class_of_a_task_has_a_metric_of_its_own() -> None:
    assert metric_names(Multiclass("label", ("HAM", "SPAM"))) == (
        "accuracy",
        "accuracy_covered",
        "macro_f1",
        "f1:HAM",
        "f1:SPAM",
        "roc_auc",
        "coverage",
        "ece",
    )


def test_every_type_of_task_has_metrics() -> None:
    assert set(metric_names.registry) - {object} == set(get_args(Task))
