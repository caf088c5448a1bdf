"""Redaction: records without what may not be written down, and still good lines of the data format."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from transom.schema.payloads import MemberSet
from transom.schema.payloads import Sequence as Elements
from transom.schema.schema import Schema
from transom.serving.record_names import ID, fields_of


@dataclass(frozen=True)
class Redaction:
    """What is left out: whole `payloads`, `fields` of others, `ranges` into what is left out, and the id.

    `tasks` are those whose labels count or name the elements of a payload that is left out.
    """

    payloads: frozenset[str] = frozenset()
    fields: Mapping[str, frozenset[str]] | None = None
    ranges: frozenset[str] = frozenset()
    tasks: frozenset[str] = frozenset()
    hides_id: bool = False

    def of(self, payloads: Mapping[str, Any]) -> Mapping[str, Any]:
        """The payloads of a record as they may be written down; what is left out is null, as a missing one."""
        if not (self.payloads or self.fields):
            return payloads
        return {name: None if name in self.payloads else self._without(name, each) for name, each in payloads.items()}

    def _without(self, name: str, value: Any) -> Any:
        hidden = dict.fromkeys((self.fields or {}).get(name, ()))
        if value is None or not (hidden or name in self.ranges):
            return value
        if isinstance(value, Mapping):
            return {key: None if key in hidden else each for key, each in value.items()}
        return [self._member(name, member, hidden) for member in value]

    def _member(self, name: str, member: Mapping[str, Any], hidden: Mapping[str, None]) -> Mapping[str, Any]:
        kept = {key: each for key, each in member.items() if not (key == "range" and name in self.ranges)}
        fields = kept.get("fields")
        if fields:
            kept["fields"] = {key: None if key in hidden else each for key, each in fields.items()}
        return kept


def redaction_of(schema: Schema, redact: Sequence[str]) -> Redaction:
    """What these names leave out of records of this schema; those that it does not know leave out nothing."""
    payloads = frozenset(each.name for each in schema.payloads if each.name in redact)
    fields = {
        each.name: frozenset(name for name in fields_of(each) if f"{each.name}.{name}" in redact)
        for each in schema.payloads
    }
    sets = [each for each in schema.payloads if isinstance(each, MemberSet)]
    elements = {each.name for each in schema.payloads if isinstance(each, Elements | MemberSet)} & payloads
    return Redaction(
        payloads,
        {name: found for name, found in fields.items() if found},
        ranges=frozenset(each.name for each in sets if each.range in payloads),
        tasks=frozenset(task.name for task in schema.tasks if task.payload in elements),
        hides_id=ID in redact,
    )
