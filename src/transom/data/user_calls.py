"""Calls of a user's function on every row, where what goes wrong names the function, the example and the line."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from transom.data.example import ABSTAIN
from transom.data.functions import UserFunction
from transom.data.rows import columns_of, examples_in
from transom.data.user_modules import described, place_of, place_of_function
from transom.errors import Problem, ProjectError
from transom.schema.schema import Schema


@dataclass(frozen=True)
class UserCall:
    """A function with the name that the project gives it, "rules:lf_custom", and the folder it comes from."""

    function: UserFunction
    reference: str
    folder: Path


def answers(call: UserCall, frame: pl.DataFrame, schema: Schema) -> list[Any]:
    """What the function says of each row, as plain Python values; null in a column that it returns is `ABSTAIN`.

    Raises:
        ProjectError: the function raises, or does not answer every row.
    """
    if call.function.batch:
        return _of_batch(call, frame.select(columns_of(schema)))
    return [_plain(_called(call, example, f"the example {example.id!r}")) for example in examples_in(frame, schema)]


def _of_batch(call: UserCall, frame: pl.DataFrame) -> list[Any]:
    returned = _called(call, frame, f"a batch of {frame.height} examples")
    if isinstance(returned, pl.Series):
        found = [ABSTAIN if value is None else _plain(value) for value in returned]
    elif isinstance(returned, list | tuple | np.ndarray):
        found = [_plain(value) for value in returned]
    else:
        kind = type(returned).__name__
        raise wrong_answer(call, f"returned a value of type {kind} for a batch. Return a column or a list of answers.")
    if len(found) != frame.height:
        raise wrong_answer(call, f"returned {len(found)} answers for {frame.height} examples. Return one an example.")
    return found


def _called(call: UserCall, argument: object, on: str) -> Any:
    try:
        return call.function(argument)
    except (Exception, SystemExit) as error:  # the user's code may raise anything
        place = place_of(error, call.folder)
        message = f"{call.reference} raised {described(error)}, on {on}. Mend it for such an example."
        raise ProjectError([Problem("T082", message, place)]) from error


def wrong_answer(call: UserCall, what: str) -> ProjectError:
    """The error of a function that returned what it may not."""
    return ProjectError([Problem("T083", f"{call.reference} {what}", place_of_function(call.function, call.folder))])


def _plain(value: Any) -> Any:
    """A value without NumPy's and Polars' types: tuples, sets and arrays become lists, as JSON would have them."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray | pl.Series):
        return _plain(value.tolist() if isinstance(value, np.ndarray) else value.to_list())
    if isinstance(value, set | frozenset):
        return sorted(value, key=str)
    if isinstance(value, list | tuple):
        return [_plain(element) for element in value]
    return value
