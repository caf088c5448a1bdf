"""Tags that slices and sources name and no example has: misspelt, most often."""

from collections.abc import Iterator, Sequence

from transom.data.expressions import missing_tag, read_expression, unknown_tags
from transom.data.split import SPLITS
from transom.errors import Location, Problem
from transom.pipeline.places import place_of
from transom.pipeline.workspace import SOURCES, Opened
from transom.schema.document import read_document
from transom.schema.schema import Schema
from transom.supervision.rule_kinds import WhereRule


def tag_warnings(opened: Opened, tags: Sequence[str]) -> Iterator[Problem]:
    """A warning for each tag of a slice or of an expression that is not among those of the data."""
    known, workspace = (*tags, *SPLITS), opened.workspace
    root = opened.schema_file.root
    for each in workspace.schema.slices:
        if each.tag is not None and each.tag not in known:
            yield missing_tag(each.tag, known, place_of(root, ("slices", each.name, "tag"), each.at))
        if each.where is not None:
            at = place_of(root, ("slices", each.name, "where"), each.at)
            yield from _in_expression(each.where, workspace.schema, at, known)
    rules = [source for source in workspace.sources if isinstance(source, WhereRule)]
    root = read_document(workspace.folder / SOURCES).root if rules else None
    for rule in rules:
        at = place_of(root, ("sources", rule.name, "where"), rule.at)
        yield from _in_expression(rule.where, workspace.schema, at, known)


def _in_expression(sql: str, schema: Schema, at: Location, known: Sequence[str]) -> list[Problem]:
    expression, _ = read_expression(sql, schema, at)
    return unknown_tags(expression, known, schema) if expression else []
