"""How each task decides: the section `decisions` of model.yaml."""

from collections.abc import Iterator, Mapping

from transom.errors import Problem, did_you_mean, listed
from transom.schema.document import Node
from transom.schema.names import undeclared
from transom.schema.schema import Schema
from transom.schema.settings import parse_settings, shown
from transom.schema.tasks import Bitvector, Multiclass, Regression, Spans, Task
from transom.training.config import Decision


def read_decisions(nodes: Mapping[str, Node], schema: Schema) -> tuple[dict[str, Decision], list[Problem]]:
    """What each task that has an entry decides by, and what is wrong with the others."""
    declared = {task.name: task for task in schema.tasks}
    found: dict[str, Decision] = {}
    problems: list[Problem] = []
    for name, node in nodes.items():
        if name not in declared:
            problems.append(undeclared(name, node.key_at, declared, "task"))
            continue
        decision, wrong = parse_settings(Decision, node, f"decision of {name!r}")
        problems += [*wrong, *_problems(declared[name], node)]
        if decision is not None:
            found[name] = decision
    return found, problems


def _problems(task: Task, node: Node) -> Iterator[Problem]:
    """What a task of this type cannot decide by, and classes and numbers that it cannot have."""
    unfit = {
        "costs": not isinstance(task, Multiclass),
        "threshold": not isinstance(task, Bitvector),
        "abstain_below": isinstance(task, Spans | Regression),
    }
    for key, child in node.entries.items():
        if unfit.get(key):
            kind = type(task).__name__.lower()
            yield Problem("T130", f"{key} cannot be set for {kind} task {task.name!r}. Leave it out.", child.key_at)
        elif key in ("costs", "threshold") and isinstance(task, Multiclass | Bitvector):
            yield from _class_problems(task, key, child)


def _class_problems(task: Multiclass | Bitvector, key: str, node: Node) -> Iterator[Problem]:
    for name, value in node.entries.items():
        if name not in task.classes:
            known = f"Classes: {listed(task.classes)}.{did_you_mean(name, task.classes)}"
            yield Problem("T008", f"{name!r} is not a class of task {task.name!r}. {known}", value.key_at)
        elif isinstance(value.value, int | float) and not _fits(key, float(value.value)):
            limit = "more than 0" if key == "costs" else "from 0 to 1"
            yield Problem("T007", f"{key}.{name} must be a number {limit}, not {shown(value)}.", value.at)


def _fits(key: str, value: float) -> bool:
    return value > 0 if key == "costs" else 0 <= value <= 1
