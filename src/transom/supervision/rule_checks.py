"""What can be wrong with a rule beyond its keys: a task, a text, a vote, a pattern or a file that does not fit."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import singledispatch
from pathlib import Path

import polars as pl

from transom.data.decode import Invalid
from transom.data.expressions import read_expression
from transom.data.items import is_elementwise
from transom.data.patterns import regex_fault
from transom.errors import Location, Problem, ProjectError, did_you_mean, listed
from transom.schema.document import Node
from transom.schema.names import undeclared
from transom.schema.schema import Schema
from transom.schema.settings import missing_key, setting
from transom.schema.tasks import Regression, Select, Spans, Task
from transom.supervision.facts import read_entries, read_fact_file, read_table
from transom.supervision.rule_kinds import (
    KINDS,
    GazetteerRule,
    KeywordsRule,
    LexiconRule,
    PythonRule,
    RegexRule,
    Rule,
    TableRule,
    Vote,
    WhereRule,
)
from transom.supervision.rule_votes import encoded_text, encoded_vote, read_threshold
from transom.supervision.texts import payload_of, readable_texts

_WHOLE_EXAMPLES = (WhereRule, TableRule)
_FOR_SPANS = (GazetteerRule, PythonRule)


@dataclass(frozen=True)
class _Place:
    """What a rule stands among: its node in the file, the schema, its task, and the project's folder."""

    node: Node
    schema: Schema
    task: Task
    folder: Path

    def of(self, rule: Rule, key: str) -> Location:
        """Where the value of a key stands."""
        return setting(type(rule), self.node, key).at


def rule_problems(rule: Rule, node: Node, schema: Schema, folder: Path) -> list[Problem]:
    """Everything that is wrong with a rule whose keys are right."""
    tasks = {task.name: task for task in schema.tasks}
    if rule.task not in tasks:
        return [undeclared(rule.task, setting(type(rule), node, "task").at, tasks, "task")]
    place = _Place(node, schema, tasks[rule.task], folder)
    misfit = _misfit(rule, place.task, schema)
    if misfit:
        return [Problem("T076", misfit, place.of(rule, "task"))]
    return list(_problems(rule, place))


def kind_of(rule: Rule) -> str:
    """The key that makes the rule what it is."""
    return next(name for name, kind in KINDS.items() if isinstance(rule, kind))


def _misfit(rule: Rule, task: Task, schema: Schema) -> str | None:
    """Why a rule of this kind cannot vote on the task."""
    kind, task_type = kind_of(rule), type(task).__name__.lower()
    if isinstance(task, Select) and not isinstance(rule, PythonRule):
        return f"A {kind} rule cannot choose a member for the select task {task.name!r}. Use python."
    if isinstance(task, Spans) and not isinstance(rule, _FOR_SPANS):
        return f"A {kind} rule cannot mark spans for the task {task.name!r}. Use gazetteer or python."
    if isinstance(rule, GazetteerRule) and not isinstance(task, Spans):
        return f"A gazetteer marks spans, and {task.name!r} is a {task_type} task. Use keywords, table or python."
    if isinstance(rule, _WHOLE_EXAMPLES) and is_elementwise(task, payload_of(schema, task)):
        elements = f"the task {task.name!r} labels each element of {task.payload!r}"
        return f"A {kind} rule judges whole examples, and {elements}. Use regex, keywords, lexicon or python."
    return None


@singledispatch
def _problems(rule: Rule, place: _Place) -> Iterator[Problem]:  # noqa: ARG001 - the signature of those below
    """What is wrong with a rule of one kind."""
    raise TypeError(f"no checks for {type(rule).__name__}")


@_problems.register
def _(rule: RegexRule, place: _Place) -> Iterator[Problem]:
    yield from _text_problems(rule, rule.on, place)
    yield from _vote_problems(rule, rule.vote, place)
    fault = regex_fault(rule.regex)
    if fault:
        advice = " Such a pattern could take exponential time. Use python." if "not supported" in fault else ""
        message = f"{rule.regex!r} is not a regex in Rust's syntax: {fault}.{advice}"
        yield Problem("T078", message, place.of(rule, "regex"))


@_problems.register
def _(rule: KeywordsRule, place: _Place) -> Iterator[Problem]:
    yield from _text_problems(rule, rule.on, place)
    yield from _vote_problems(rule, rule.vote, place)
    for node in setting(KeywordsRule, place.node, "keywords").elements:
        if not node.raw.strip():
            yield Problem("T079", f"The keyword {node.raw!r} would be found everywhere. Remove it.", node.at)


@_problems.register
def _(rule: WhereRule, place: _Place) -> Iterator[Problem]:
    yield from _vote_problems(rule, rule.vote, place)
    yield from read_expression(rule.where, place.schema, place.of(rule, "where"))[1]


@_problems.register
def _(rule: LexiconRule, place: _Place) -> Iterator[Problem]:
    yield from _text_problems(rule, rule.on, place)
    if isinstance(place.task, Regression):
        if rule.vote is not None:
            message = f"{rule.task!r} takes the score of the lexicon itself. Remove vote."
            yield Problem("T085", message, place.of(rule, "vote"))
        return
    if not rule.vote:
        expected = "the score of each class, as in {positive: '>= 0.05', negative: '<= -0.05'}"
        yield missing_key("vote", expected, place.node, f"lexicon source {rule.name!r}")
        return
    for name, node in setting(LexiconRule, place.node, "vote").entries.items():
        yield from _label_problems(name, place.task, node.key_at)
        if read_threshold(node.raw) is None:
            yield Problem("T085", f"{node.raw!r} says of no score whether it counts. Write '>= 0.05'.", node.at)


@_problems.register
def _(rule: TableRule, place: _Place) -> Iterator[Problem]:
    columns = list(setting(TableRule, place.node, "match").entries.items())
    for name, node in columns:
        yield from _unreadable(rule, name, place, node.key_at)
    if not columns:
        yield Problem("T086", "match is empty. Map a text to a column: {query: person}.", place.of(rule, "match"))
    voting = setting(TableRule, place.node, "vote").entries.get("column")
    if isinstance(rule.vote, dict) and (voting is None or len(rule.vote) > 1):
        yield Problem("T086", "vote must be a label or {column: NAME}.", place.of(rule, "vote"))
    elif not isinstance(rule.vote, dict):
        yield from _vote_problems(rule, rule.vote, place)
    try:
        table = read_fact_file(read_table, place.folder, rule.table, place.of(rule, "table"))
    except ProjectError as error:
        yield from error.problems
        return
    for node in [*(node for _, node in columns), *filter(None, [voting])]:
        if node.raw not in table.columns:
            known = f"Columns: {listed(table.columns)}.{did_you_mean(node.raw, table.columns)}"
            yield Problem("T086", f"{node.raw!r} is not a column of {rule.table!r}. {known}", node.at)
        elif node is voting:
            yield from _column_problems(table[node.raw], place.task, node.at)


@_problems.register
def _(rule: GazetteerRule, place: _Place) -> Iterator[Problem]:
    yield from _text_problems(rule, rule.on, place)
    yield from _vote_problems(rule, rule.vote, place)
    at = place.of(rule, "gazetteer")
    try:
        if not read_fact_file(read_entries, place.folder, rule.gazetteer, at):
            yield Problem("T086", f"{rule.gazetteer!r} has no entry. Write one a line.", at)
    except ProjectError as error:
        yield from error.problems


@_problems.register
def _(_rule: PythonRule, _place: _Place) -> Iterator[Problem]:
    yield from ()  # importing the function runs the project's own code: `check` does it, and says so


def _text_problems(rule: Rule, on: str, place: _Place) -> Iterator[Problem]:
    yield from _unreadable(rule, on, place, place.of(rule, "on"))


def _unreadable(rule: Rule, on: str, place: _Place, at: Location) -> Iterator[Problem]:
    """The problem of a text that the rule cannot read."""
    payloads = [payload.name for payload in place.schema.payloads]
    readable = readable_texts(place.schema, place.task)
    if on.partition(".")[0] not in payloads:
        yield undeclared(on.partition(".")[0], at, payloads, "payload")
    elif on not in readable:
        choice = f"Texts: {listed(readable)}.{did_you_mean(on, readable)}" if readable else "There is no text for it."
        message = f"{on!r} is no text that a {kind_of(rule)} rule can read for the task {place.task.name!r}. {choice}"
        yield Problem("T077", message, at)


def _vote_problems(rule: Rule, vote: Vote, place: _Place) -> Iterator[Problem]:
    yield from _label_problems(vote, place.task, place.of(rule, "vote"))


def _label_problems(vote: Vote, task: Task, at: Location) -> Iterator[Problem]:
    """What is wrong with a label, in the words that are used for a data line."""
    encoded = encoded_vote(task, vote)
    if isinstance(encoded, Invalid):
        yield from (Problem(problem.code, problem.message, at) for problem in encoded.problems)


def _column_problems(column: pl.Series, task: Task, at: Location) -> Iterator[Problem]:
    """The problems of the first value in a column that is no label of the task."""
    for value in column.unique(maintain_order=True).drop_nulls():
        encoded = encoded_text(task, value)
        if isinstance(encoded, Invalid):
            yield from (Problem("T086", f"In {column.name!r}: {each.message}", at) for each in encoded.problems)
            return
