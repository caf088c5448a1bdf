"""How votes are weighed: the section `label_model` of model.yaml."""

from dataclasses import dataclass
from typing import Literal

from transom.errors import Problem
from transom.pipeline.registered import parse_registered
from transom.schema.document import Node
from transom.schema.names import undeclared
from transom.schema.schema import Schema
from transom.schema.settings import missing_key
from transom.supervision.label_model import LabelModel

AUTO: Literal["auto"] = "auto"


@dataclass(frozen=True)
class ChosenLabelModel:
    """A label model by its name; `model` is None for "auto" with its defaults."""

    name: str = AUTO
    model: LabelModel | None = None


def read_label_models(node: Node | None, schema: Schema) -> tuple[dict[str, ChosenLabelModel], list[Problem]]:
    """The label model of every task of the schema, "auto" where none is named, and what is wrong with the section.

    The section is a name for all tasks, a mapping with the key `name` for all tasks, or a mapping of tasks to either.
    """
    tasks = [task.name for task in schema.tasks]
    automatic = dict.fromkeys(tasks, ChosenLabelModel())
    if node is None:
        return automatic, []
    if not isinstance(node.value, dict) or ("name" in node.entries and "name" not in tasks):
        chosen, problems = _label_model(node)
        return dict.fromkeys(tasks, chosen), problems
    read = {name: _label_model(child) for name, child in node.entries.items()}
    unknown = [undeclared(name, node.entries[name].key_at, tasks, "task") for name in read if name not in tasks]
    named = {name: chosen for name, (chosen, _) in read.items() if name in tasks}
    return automatic | named, [*unknown, *(problem for _, found in read.values() for problem in found)]


def _label_model(node: Node) -> tuple[ChosenLabelModel, list[Problem]]:
    name = node.entries.get("name") if isinstance(node.value, dict) else node
    if name is None:
        return ChosenLabelModel(), [missing_key("name", "auto or the name of a label model", node, "the label model")]
    model, problems = parse_registered("label_models", name, node, f"label model {name.raw!r}", also=("name",))
    return ChosenLabelModel(name.raw, model), problems
