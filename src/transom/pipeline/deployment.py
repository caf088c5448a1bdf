"""deploy.yaml → Deployment: how a product is released, every key with its default."""

from dataclasses import dataclass, field
from typing import Literal

from transom.errors import Problem
from transom.pipeline.metric_references import unknown_metric
from transom.pipeline.serve_section import Serving, read_serve
from transom.schema.document import Node
from transom.schema.names import undeclared, unknown_keys
from transom.schema.schema import Schema
from transom.schema.settings import mapping_problem, parse_part, parse_settings, part, setting, shown

KEYS = ("gate", "serve", "monitor", "statistics")
UNBOUNDED = ("mae", "rmse")
"""Metrics that may be above 1."""


@dataclass(frozen=True)
class GateRule:
    """A candidate must reach `min`, and must not fall by more than `max_drop` below the live version.

    Judged on the test rows of the slice, or on all of them; with fewer than `min_n` items it cannot be judged.
    """

    task: str
    metric: str
    slice: str | None = None
    min: float | None = None
    max_drop: float | None = field(default=None, metadata={"minimum": 0})
    min_n: int = field(default=30, metadata={"minimum": 1})


@dataclass(frozen=True)
class Monitoring:
    """`window` rows of the log at a time are compared with the split `reference`; more than `drift` is an alert."""

    reference: str = field(default="dev", metadata={"minLength": 1})
    window: int = field(default=1000, metadata={"minimum": 1})
    drift: float = field(default=0.2, metadata={"exclusiveMinimum": 0})


@dataclass(frozen=True)
class DataChecks:
    """Data that are unlike those of the live version warn, or stop the run; changes up to `drift` are none."""

    on_anomaly: Literal["warn", "stop"] = "warn"
    drift: float = field(default=0.2, metadata={"exclusiveMinimum": 0})


@dataclass(frozen=True)
class Deployment:
    """What deploy.yaml says."""

    gate: tuple[GateRule, ...] = ()
    serve: Serving = field(default_factory=Serving)
    monitor: Monitoring = field(default_factory=Monitoring)
    statistics: DataChecks = field(default_factory=DataChecks)


def read_deployment(root: Node, schema: Schema) -> tuple[Deployment, list[Problem]]:
    """What could be read of deploy.yaml, with defaults for the rest, and everything that is wrong with it."""
    wrong_root = mapping_problem(root, "deploy.yaml")
    if wrong_root:
        return Deployment(), [wrong_root]
    gate, in_gate = _gate(part(root, "gate", KEYS), schema)
    serve, in_serve = read_serve(part(root, "serve", KEYS), schema)
    monitor, in_monitor = parse_part(Monitoring, root, "monitor", KEYS)
    statistics, in_statistics = parse_part(DataChecks, root, "statistics", KEYS)
    problems = [*unknown_keys(root, KEYS, "deploy.yaml"), *in_gate, *in_serve, *in_monitor, *in_statistics]
    return Deployment(gate, serve, monitor or Monitoring(), statistics or DataChecks()), problems


def _gate(node: Node | None, schema: Schema) -> tuple[tuple[GateRule, ...], list[Problem]]:
    if node is None:
        return (), []
    if not isinstance(node.value, tuple):
        return (), [Problem("T007", f"gate must be a list of rules, not {shown(node)}. Begin each with '- '.", node.at)]
    read = [_rule(number, rule, schema) for number, rule in enumerate(node.elements, start=1)]
    return tuple(rule for rule, _ in read if rule), [problem for _, problems in read for problem in problems]


def _rule(number: int, node: Node, schema: Schema) -> tuple[GateRule | None, list[Problem]]:
    what = f"gate rule {number}"
    rule, problems = parse_settings(GateRule, node, what)
    if rule is None:
        return None, problems
    return rule, problems + _rule_references(rule, node, schema) + _rule_limits(rule, node, what)


def _rule_references(rule: GateRule, node: Node, schema: Schema) -> list[Problem]:
    tasks = {task.name: task for task in schema.tasks}
    slices = [each.name for each in schema.slices]
    problems: list[Problem] = []
    if rule.task not in tasks:
        problems.append(undeclared(rule.task, setting(GateRule, node, "task").at, tasks, "task"))
    else:
        problems += unknown_metric(rule.metric, tasks[rule.task], setting(GateRule, node, "metric").at)
    if rule.slice is not None and rule.slice not in slices:
        problems.append(undeclared(rule.slice, setting(GateRule, node, "slice").at, slices, "slice"))
    return problems


def _rule_limits(rule: GateRule, node: Node, what: str) -> list[Problem]:
    minimum, drop = setting(GateRule, node, "min"), setting(GateRule, node, "max_drop")
    if minimum is node and drop is node:
        return [Problem("T006", f"{what.capitalize()} refuses nothing. Add the key 'min' or 'max_drop'.", node.key_at)]
    if rule.min is not None and rule.min > 1 and rule.metric not in UNBOUNDED:
        message = f"min must be at most 1, not {minimum.raw}, as {rule.metric} is a share. Write 0.85 for 85 %."
        return [Problem("T007", message, minimum.at)]
    return []
