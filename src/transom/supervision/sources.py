"""sources.yaml → the rules that label examples, every problem with its place."""

from collections.abc import Iterable
from pathlib import Path

from transom.data.dataset import VoteColumn
from transom.errors import Problem, listed
from transom.schema.document import Node, in_order, read_document
from transom.schema.names import bad_name, entry, unknown_keys
from transom.schema.schema import Schema
from transom.schema.settings import annotations, mapping_problem, parse_settings, section
from transom.supervision.rule_checks import rule_problems
from transom.supervision.rule_kinds import KINDS, Rule

KEYS = ("sources",)
_KINDS = listed(tuple(KINDS))
_RULE_KEYS = tuple({key: None for kind in KINDS.values() for key in annotations(kind) if key not in ("name", "at")})


def load_sources(path: Path, schema: Schema) -> tuple[tuple[Rule, ...], tuple[Problem, ...]]:
    """The sources that a file declares, without those that are wrong, and everything that is wrong.

    A project may do without the file: sources whose votes stand in the data are not declared. Functions are not
    imported here: that runs the project's own code.
    """
    if not path.exists():
        return (), ()
    document = read_document(path)
    wrong_root = mapping_problem(document.root, path.name)
    if wrong_root:
        return (), (*document.problems, wrong_root)
    nodes, problems = section(document.root, "sources", KEYS)
    read = [_source(name, node, schema, path.parent) for name, node in nodes.items()]
    problems = [*document.problems, *unknown_keys(document.root, KEYS, path.name), *problems]
    problems += [problem for _, found in read for problem in found]
    return tuple(source for source, _ in read if source is not None), in_order(problems)


def names_also_in_data(sources: Iterable[Rule], in_data: Iterable[VoteColumn]) -> list[Problem]:
    """The problems of declared sources that also vote in the data on the same task: whose votes would count?"""
    taken = {(votes.task, votes.source) for votes in in_data}
    return [
        Problem("T084", f"{source.name!r} also votes in the data on {source.task!r}. Rename this source.", source.at)
        for source in sources
        if (source.task, source.name) in taken
    ]


def _source(name: str, node: Node, schema: Schema, folder: Path) -> tuple[Rule | None, list[Problem]]:
    what = f"source {name!r}"
    wrong = mapping_problem(node, what)
    if wrong:
        return None, [wrong]
    problems = bad_name(name, node, "source")
    if name in schema.gold:
        message = f"{name!r} is trusted as gold in schema.yaml, so it must vote in the data. Rename this source."
        problems.append(Problem("T084", message, node.key_at))
    kinds = [kind for kind in KINDS if entry(node, kind, _RULE_KEYS)]
    if len(kinds) != 1:
        has = f"has {' and '.join(kinds)}" if kinds else "has no rule"
        return None, [*problems, Problem("T075", f"Source {name!r} {has}. Give exactly one of {_KINDS}.", node.key_at)]
    rule, found = parse_settings(KINDS[kinds[0]], node, f"{kinds[0]} {what}", given={"name": name})
    problems += found
    if rule is not None:
        problems += rule_problems(rule, node, schema, folder)
    return (None if problems else rule), problems
