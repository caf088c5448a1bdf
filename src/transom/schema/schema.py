"""The schema: everything a product declares about what its model sees and predicts."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

from transom.schema.payloads import Payload
from transom.schema.slices import Slice
from transom.schema.tasks import Task


@dataclass(frozen=True)
class Schema:
    """Payloads, tasks and slices in the order of the file; `gold` names the sources trusted as truth."""

    payloads: tuple[Payload, ...] = ()
    tasks: tuple[Task, ...] = ()
    slices: tuple[Slice, ...] = ()
    gold: tuple[str, ...] = ()

    def payload(self, name: str) -> Payload:
        """The payload of that name; KeyError where there is none."""
        return {payload.name: payload for payload in self.payloads}[name]

    def task(self, name: str) -> Task:
        """The task of that name; KeyError where there is none."""
        return {task.name: task for task in self.tasks}[name]


def fingerprint(schema: Schema) -> str:
    """A hash of what the schema declares; the order of keys and the place in the file do not matter.

    The order of classes does matter: it is the order of the columns of every probability.
    """
    parts: dict[str, object] = {"gold": schema.gold}
    for section in ("payloads", "tasks", "slices"):
        parts[section] = {declared.name: _content(declared) for declared in getattr(schema, section)}
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _content(declared: Payload | Task | Slice) -> dict[str, Any]:
    content = {name: value for name, value in asdict(declared).items() if name != "at"}
    if "fields" in content:
        content["fields"] = {field["name"]: field["value"] for field in content["fields"]}
    return {"kind": type(declared).__name__, **content}
