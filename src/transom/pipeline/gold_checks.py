"""Gold sources that label no example: misspelt, most often, and then what was gold counts as votes."""

from collections.abc import Iterator

from transom.data.dataset import Dataset
from transom.errors import Problem, did_you_mean
from transom.pipeline.workspace import Opened
from transom.schema.document import Node


def gold_warnings(opened: Opened, dataset: Dataset) -> Iterator[Problem]:
    """A warning for each gold source that labels nothing, where other sources label something in the data."""
    in_data = sorted({column.source for column in dataset.vote_columns})
    rules = [source.name for source in opened.workspace.sources]
    root = opened.schema_file.root
    declared = root.entries.get("gold") if root else None
    for each in declared.value if declared and isinstance(declared.value, tuple) else ():
        if isinstance(each, Node) and in_data and str(each.value) not in (*in_data, *rules):
            message = f"{each.value!r} is gold, and labels no example.{did_you_mean(str(each.value), in_data)}"
            yield Problem("T243", message, each.at, severity="warning")
