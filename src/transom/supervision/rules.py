"""Rules applied: what each says of the rows of a frame, encoded as `data/votes.py` says.

Every rule judges a row by that row alone, so its votes are the same in the batch run, in the interactive loop and in
monitoring, whatever rows stand around.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import singledispatch
from pathlib import Path

import polars as pl

from transom.data.expressions import holds, read_expression
from transom.data.items import Items
from transom.data.labels import Labels
from transom.data.patterns import contains_keyword
from transom.data.user_calls import UserCall
from transom.data.user_modules import load_function
from transom.data.votes import item_dtype, labels_from, with_soft
from transom.errors import Problem, ProjectError
from transom.schema.schema import Schema
from transom.schema.tasks import Bitvector, Regression, Spans, Task
from transom.supervision.distant import agreed_labels, facts_in
from transom.supervision.facts import read_entries, read_fact_file, read_table
from transom.supervision.gazetteers import find_names, gazetteer_of
from transom.supervision.lexicons import score_of
from transom.supervision.python_votes import python_votes
from transom.supervision.rule_kinds import (
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
from transom.supervision.rule_votes import encoded_text, encoded_vote, read_threshold, soft_dtype, vote_dtype
from transom.supervision.texts import texts_on


@dataclass(frozen=True)
class Rows:
    """What a rule is applied to: rows with the payloads of a schema, for one of its tasks, in a project's folder."""

    frame: pl.DataFrame
    schema: Schema
    task: Task
    folder: Path


@dataclass(frozen=True)
class RuleVotes:
    """The votes of a rule, one a row, null where it abstains; and a warning where its function failed on some rows.

    `soft` are those that its function gives as probabilities, in whose rows `votes` are null; None where it gives none.
    """

    votes: pl.Series
    soft: pl.Series | None = None
    warnings: tuple[Problem, ...] = ()


def apply_rule(rule: Rule, frame: pl.DataFrame, schema: Schema, folder: Path) -> RuleVotes:
    """What a rule says of the rows of a frame.

    Args:
        rule: A rule that `load_sources` read.
        frame: The rows, with the columns that `data.rows.columns_of` names; a rule reads only what it is about.
        schema: The project's.
        folder: The project's, which has its tables, gazetteers and functions.

    Raises:
        ProjectError: a function fails on most examples, an expression on any, or a table or list cannot be read.
        MissingExtraError: a lexicon's package is not installed.
    """
    task = schema.task(rule.task)
    said = votes_of_rule(rule, Rows(frame, schema, task, folder))
    return replace(said, votes=said.votes.cast(vote_dtype(schema, task)).rename(rule.name))


def labels_said(said: RuleVotes, task: Task, items: Items) -> Labels:
    """What the votes of a rule say of the items of its task."""
    labels = labels_from(task, said.votes, items)
    return labels if said.soft is None else with_soft(task, labels, said.soft)


@singledispatch
def votes_of_rule(rule: object, rows: Rows) -> RuleVotes:  # noqa: ARG001 - the signature of those below
    """The encoded votes of one kind of rule."""
    raise TypeError(f"no votes of {type(rule).__name__}")


@votes_of_rule.register
def _(rule: RegexRule, rows: Rows) -> RuleVotes:
    texts = texts_on(rule.on, rows.schema, rows.task)
    votes = _vote_where(texts.text.str.contains(rule.regex), rule.vote, rows.task)
    return RuleVotes(rows.frame.select(texts.column(votes)).to_series())


@votes_of_rule.register
def _(rule: KeywordsRule, rows: Rows) -> RuleVotes:
    texts = texts_on(rule.on, rows.schema, rows.task)
    is_substring = rule.match == "substring"
    is_found = contains_keyword(texts.text, rule.keywords, is_substring=is_substring, is_case_sensitive=rule.case)
    return RuleVotes(rows.frame.select(texts.column(_vote_where(is_found, rule.vote, rows.task))).to_series())


@votes_of_rule.register
def _(rule: WhereRule, rows: Rows) -> RuleVotes:
    expression, problems = read_expression(rule.where, rows.schema, rule.at)
    if expression is None:
        raise ProjectError(problems)
    is_true = holds(expression, rows.frame).rename("is_true").to_frame()
    return RuleVotes(is_true.select(_vote_where(pl.col("is_true"), rule.vote, rows.task)).to_series())


@votes_of_rule.register
def _(rule: LexiconRule, rows: Rows) -> RuleVotes:
    texts = texts_on(rule.on, rows.schema, rows.task)
    score = score_of(texts.text, rows.frame.select(texts.flat).to_series())
    return RuleVotes(rows.frame.select(texts.column(_vote_by_score(score, rule.vote or {}, rows.task))).to_series())


@votes_of_rule.register
def _(rule: TableRule, rows: Rows) -> RuleVotes:
    table = read_fact_file(read_table, rows.folder, rule.table, rule.at)
    texts = [(column, texts_on(on, rows.schema, rows.task).text) for on, column in rule.match.items()]
    facts = facts_in([(column, rows.frame.select(text).to_series()) for column, text in texts], table)
    if isinstance(rule.vote, dict):
        labels = table[rule.vote["column"]]
        votes = {label: encoded_text(rows.task, label) for label in labels.unique().drop_nulls()}
    else:
        labels = pl.repeat("", table.height, eager=True)
        votes = {"": encoded_vote(rows.task, rule.vote)}
    agreed = agreed_labels(facts, labels, rows.frame.height)
    encoded = [None if label is None else votes[label] for label in agreed]
    return RuleVotes(pl.Series(encoded, dtype=item_dtype(rows.task)))


@votes_of_rule.register
def _(rule: GazetteerRule, rows: Rows) -> RuleVotes:
    entries = read_fact_file(read_entries, rows.folder, rule.gazetteer, rule.at)
    names = gazetteer_of(entries, is_case_sensitive=rule.case)
    label = rows.task.classes.index(rule.vote) if isinstance(rows.task, Spans) else 0
    found = find_names(names, rows.frame[rule.on])
    spans = [None if each is None else [[start, end, label] for start, end in each] for each in found]
    return RuleVotes(pl.Series(spans, dtype=item_dtype(rows.task)))


@votes_of_rule.register
def _(rule: PythonRule, rows: Rows) -> RuleVotes:
    call = UserCall(load_function(rule.python, rows.folder, rule.at), rule.python, rows.folder)
    said = python_votes(call, rows.frame, rows.schema, rows.task)
    votes = pl.Series(said.votes, dtype=vote_dtype(rows.schema, rows.task))
    soft = pl.Series(said.soft, dtype=soft_dtype(rows.schema, rows.task)) if said.soft else None
    return RuleVotes(votes, soft, said.warnings)


def _vote_where(condition: pl.Expr, vote: Vote, task: Task) -> pl.Expr:
    """The vote where the condition is true, null elsewhere."""
    return pl.when(condition).then(pl.lit(encoded_vote(task, vote), dtype=item_dtype(task)))


def _vote_by_score(score: pl.Expr, thresholds: Mapping[str, str], task: Task) -> pl.Expr:
    """The score itself for a regression; for classes the first that holds, or of a bitvector all that hold."""
    if isinstance(task, Regression):
        return score
    votes = []
    for label, written in thresholds.items():
        threshold = read_threshold(written)
        if threshold is not None:
            votes.append(_vote_where(threshold.compare(score, threshold.number), label, task))
    if not isinstance(task, Bitvector):
        return pl.coalesce(votes)
    held = pl.concat_list(vote.list.first() for vote in votes).list.drop_nulls()
    return pl.when(held.list.len() > 0).then(held)
