"""Names around training in model.yaml: of variants, and what the section `training` names of the project."""

import re
from collections.abc import Collection, Iterator, Mapping

from transom.errors import Problem
from transom.schema.document import Node
from transom.schema.names import PAYLOAD_NAME, undeclared
from transom.schema.schema import Schema
from transom.schema.settings import shown
from transom.training.config import AUTOMATIC_TEACHER, NO_TEACHER


def training_problems(node: Node | None, schema: Schema, variants: Collection[str]) -> Iterator[Problem]:
    """Tasks, variants and weights in the section that cannot be."""
    if node is None or not isinstance(node.value, dict):
        return
    tasks = [task.name for task in schema.tasks]
    weights = node.entries.get("loss_weights")
    for name, weight in weights.entries.items() if weights else ():
        if name not in tasks:
            yield undeclared(name, weight.key_at, tasks, "task")
        elif isinstance(weight.value, int | float) and weight.value <= 0:
            yield Problem("T007", f"loss_weights.{name} must be a number more than 0, not {shown(weight)}.", weight.at)
    trunk = node.entries.get("trunk")
    if trunk is not None and trunk.raw == "frozen" and "start" not in node.entries:
        message = "trunk: frozen needs a version whose weights stay as they are. Add its number: start: 3."
        yield Problem("T129", message, trunk.at)
    teacher = node.entries.get("distill_from")
    if teacher is not None and teacher.raw not in (AUTOMATIC_TEACHER, NO_TEACHER, *variants):
        yield undeclared(teacher.raw, teacher.at, variants, "variant")


def variant_name_problems(variants: Mapping[str, Node]) -> Iterator[Problem]:
    """Names that cannot be part of a file's name."""
    for name, node in variants.items():
        if not re.fullmatch(PAYLOAD_NAME, name):
            message = f"{name!r} cannot be the name of a variant. Use letters, digits and _, starting with no digit."
            yield Problem("T009", message, node.key_at)
