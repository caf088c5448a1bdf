"""What a search may vary, and what it looks for: the section `search` of model.yaml."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from typing import Any

from transom.errors import Problem, UsageError
from transom.model.readings import encoders_for
from transom.model.seen import is_another_form, not_encoded
from transom.model.settings import PayloadSettings
from transom.pipeline.metric_references import task_of, unknown_metric
from transom.pipeline.payload_settings import encoder_problem
from transom.pipeline.registered import parse_registered, settings_class
from transom.schema.document import Node, plain
from transom.schema.names import undeclared, unknown_key
from transom.schema.payloads import Payload
from transom.schema.schema import Schema
from transom.schema.settings import annotations, parse_settings, parse_value, section, setting, shown
from transom.training.config import TrainingConfig
from transom.tuning.space import Range

TRAINING = "training"
DURATION = {
    "pattern": r"^(?=.*[1-9])[0-9]+(\.[0-9]+)?(ms|s|m|h)$",
    "description": "a duration above 0 such as 120s, 10m or 1.5h",
}
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(frozen=True)
class Search:
    """A search tries `choices` until its budget is spent; without choices, those that suit the schema.

    `metric` is TASK.METRIC on dev, None for the first task's primary one. A choice is PAYLOAD.KEY or training.KEY with
    the values to try: a list, or a range of numbers.
    """

    budget: str = field(default="10m", metadata=DURATION)
    metric: str | None = None
    choices: dict[str, tuple[Any, ...] | Range] = field(default_factory=dict)


def seconds(duration: str) -> float:
    """A duration in seconds.

    >>> seconds("1.5h")
    5400.0

    Raises:
        UsageError: it is no duration.
    """
    if not re.search(DURATION["pattern"], duration):
        message = f"{duration!r} is no duration above 0. Write a number with ms, s, m or h, such as 120s."
        raise UsageError("T007", message)
    number = duration.rstrip("hms")
    return float(number) * _SECONDS[duration[len(number) :]]


def read_search(node: Node | None, schema: Schema) -> tuple[Search | None, list[Problem]]:
    """The search that model.yaml asks for, and what is wrong with it."""
    if node is None:
        return None, []
    search, problems = parse_settings(Search, node, "search", given={"choices": {}}, also=("choices",))
    if search is None:
        return None, problems
    if search.metric is not None:
        problems += _metric_problems(search.metric, setting(Search, node, "metric"), schema)
    choices, no_choices = section(node, "choices", [each.name for each in fields(Search)])
    problems += [*no_choices, *(problem for key in choices for problem in _choice_problems(key, choices[key], schema))]
    return replace(search, choices={key: _options(values) for key, values in choices.items()}), problems


def _options(values: Node) -> tuple[Any, ...] | Range:
    """The values to try; nothing of a range that is no range, of which the problems tell."""
    if values.entries:
        return parse_settings(Range, values, "range")[0] or ()
    return tuple(map(plain, values.elements))


def _metric_problems(metric: str, node: Node, schema: Schema) -> list[Problem]:
    task = task_of(metric, schema.tasks)
    if task is not None:
        return unknown_metric(metric.removeprefix(f"{task.name}."), task, node.at)
    return [undeclared(metric.split(".", maxsplit=1)[0], node.at, [task.name for task in schema.tasks], "task")]


def _choice_problems(choice: str, values: Node, schema: Schema) -> list[Problem]:
    if values.entries:
        return _range_problems(choice, values, schema)
    if not values.elements:
        message = f"{choice} must be a list of the values to try or {{low: …, high: …}}, not {shown(values)}."
        return [Problem("T007", message, values.at)]
    owner, _, key = choice.partition(".")
    payloads = {payload.name: payload for payload in schema.payloads}
    if not key and owner in (*payloads, TRAINING):
        example = f"{owner}.{'encoder' if owner in payloads else 'learning_rate'}"
        return [
            Problem("T005", f"{choice!r} names no setting to vary. Name one of it, such as {example}.", values.key_at)
        ]
    if owner in payloads:
        return list(_payload_choice_problems(payloads[owner], key, values, schema))
    if owner == TRAINING:
        return _setting_problems(TrainingConfig, key, values, TRAINING)
    return [undeclared(owner, values.key_at, [*payloads, TRAINING], "payload")]


def _range_problems(choice: str, values: Node, schema: Schema) -> list[Problem]:
    """A range is wrong in itself, or one of its limits is none of the setting's values."""
    limits, problems = parse_settings(Range, values, f"the range of {choice}")
    if limits is None or problems:
        return problems
    ends = Node(tuple(values.entries[name] for name in ("low", "high")), values.at, values.key_at)
    return _choice_problems(choice, ends, schema)


def _payload_choice_problems(payload: Payload, key: str, values: Node, schema: Schema) -> Iterator[Problem]:
    if key == "encoder":
        for value in values.elements:
            encoder, problems = parse_registered("encoders", value, value, "encoder")
            yield from problems
            unread = encoder_problem(value, payload, schema) if encoder is not None else None
            yield from [unread] if unread else []
    elif key == "aggregate":
        yield from _setting_problems(PayloadSettings, key, values, f"payload {payload.name!r}")
    else:
        classes = [settings_class("encoders", name) for name in encoders_for(payload)]
        having = [cls for cls in classes if key in {each.name for each in fields(cls)}]
        if having and is_another_form(payload):
            yield Problem("T122", not_encoded(payload), values.key_at)
        elif having:
            yield from _setting_problems(having[0], key, values, f"payload {payload.name!r}")
        else:
            known = dict.fromkeys(["encoder", "aggregate", *(each.name for cls in classes for each in fields(cls))])
            yield unknown_key(key, values, list(known), f"payload {payload.name!r}")


def _setting_problems(cls: type[Any], key: str, values: Node, what: str) -> list[Problem]:
    """What is wrong with values to try of one setting."""
    settings = {each.name: each for each in fields(cls)}
    if key not in settings:
        return [unknown_key(key, values, list(settings), what)]
    read = [parse_value(annotations(cls)[key], value, key, settings[key].metadata) for value in values.elements]
    return [problem for _, problems in read for problem in problems]
