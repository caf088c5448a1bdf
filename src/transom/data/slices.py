"""Members of a slice: which examples a tag, an expression or a function names."""

from pathlib import Path

import numpy as np
from jaxtyping import Bool

from transom.data.dataset import Dataset, frame, has_tag
from transom.data.example import ABSTAIN
from transom.data.expressions import holds, read_expression
from transom.data.rows import columns_of
from transom.data.user_calls import UserCall, answers, wrong_answer
from transom.data.user_modules import load_function
from transom.errors import ProjectError
from transom.schema.slices import Slice


def membership(dataset: Dataset, slice_: Slice, folder: Path) -> Bool[np.ndarray, " n_examples"]:
    """Which examples are in the slice; a NULL, or a null in a column that a function returns, is no member.

    Args:
        dataset: The examples.
        slice_: One slice of its schema.
        folder: The project's, which has the slicing functions.

    Raises:
        ProjectError: the expression or the function is wrong, or fails on an example.
    """
    if slice_.tag is not None:
        return has_tag(dataset, slice_.tag)
    if slice_.where is not None:
        return _where(dataset, slice_, slice_.where)
    return _python(dataset, slice_, folder)


def _where(dataset: Dataset, slice_: Slice, sql: str) -> Bool[np.ndarray, " n_examples"]:
    expression, problems = read_expression(sql, dataset.schema, slice_.at)
    if expression is None:
        raise ProjectError(problems)
    rows = frame(dataset, expression.columns or ["id"])
    return holds(expression, rows).fill_null(value=False).to_numpy()


def _python(dataset: Dataset, slice_: Slice, folder: Path) -> Bool[np.ndarray, " n_examples"]:
    reference = slice_.python or ""
    call = UserCall(load_function(reference, folder, slice_.at), reference, folder)
    members = np.zeros(dataset.n_examples, dtype=bool)
    for row, answer in enumerate(answers(call, frame(dataset, columns_of(dataset.schema)), dataset.schema)):
        if answer is True:
            members[row] = True
        elif answer not in (False, None, ABSTAIN):
            raise wrong_answer(call, f"returned {answer!r}. A slicing function returns True or False.")
    return members
