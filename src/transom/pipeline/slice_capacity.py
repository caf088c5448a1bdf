"""Which slices a model gets capacity for, and who is in them."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Bool

from transom.data.dataset import Dataset, in_split
from transom.data.slices import membership
from transom.errors import Problem
from transom.schema.schema import Schema
from transom.schema.slices import Slice


@dataclass(frozen=True)
class SliceCapacity:
    """The schema with the slices that capacity is for, and a column of `members` for each of them, in its order."""

    schema: Schema
    members: Bool[np.ndarray, "n_examples n_slices"]
    warnings: tuple[Problem, ...]


def slice_capacity(dataset: Dataset, folder: Path) -> SliceCapacity:
    """Capacity for all slices that ask for it and have a member in train; `folder` is where slicing functions are.

    Raises:
        ProjectError: an expression or a function of a slice is wrong.
    """
    in_train = in_split(dataset, "train")
    asking = [each for each in dataset.schema.slices if each.capacity]
    members = {each.name: membership(dataset, each, folder) for each in asking}
    empty = [each for each in asking if not (members[each.name] & in_train).any()]
    kept = tuple(each for each in asking if each not in empty)
    columns = [members[each.name] for each in kept]
    return SliceCapacity(
        replace(dataset.schema, slices=kept),
        np.stack(columns, axis=1) if columns else np.zeros((dataset.n_examples, 0), bool),
        tuple(_warning(each) for each in empty),
    )


def _warning(each: Slice) -> Problem:
    return Problem(
        "T158",
        f"slice {each.name!r} has no train example to learn from: the model gets no expert for it. Add examples of it "
        "to train, or declare it with capacity: false.",
        each.at,
        severity="warning",
    )
