"""Calls of a user's function on every row, where what goes wrong names the function, the example and the line."""

from dataclasses import dataclass, replace
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

MOST_FAILED = 0.5
"""On which share of the examples a function may raise and still be asked."""


@dataclass(frozen=True)
class UserCall:
    """A function with the name that the project gives it, "rules:lf_custom", and the folder it comes from."""

    function: UserFunction
    reference: str
    folder: Path


@dataclass(frozen=True)
class Answers:
    """What a function says of each row, as plain Python values, and a warning where it raised on some of them."""

    values: list[Any]
    warnings: tuple[Problem, ...] = ()


def answers(call: UserCall, frame: pl.DataFrame, schema: Schema) -> list[Any]:
    """What the function says of each row, as plain Python values; null in a column that it returns is `ABSTAIN`.

    Raises:
        ProjectError: the function raises, or does not answer every row.
    """
    if call.function.batch:
        return _of_batch(call, frame.select(columns_of(schema)))
    return [_plain(_called(call, example, f"the example {example.id!r}")) for example in examples_in(frame, schema)]


def answers_where_it_can(call: UserCall, frame: pl.DataFrame, schema: Schema) -> Answers:
    """The same, but where the function raises on an example it abstains, and these examples are counted.

    Raises:
        ProjectError: the function raises on a batch, or on more than half of the examples: then it is broken, and not
            only surprised by some. Or it does not answer every row.
    """
    if call.function.batch:
        return Answers(answers(call, frame, schema))
    values: list[Any] = []
    first, n_failed = None, 0
    for example in examples_in(frame, schema):
        try:
            values.append(_plain(call.function(example)))
        except (Exception, SystemExit) as error:  # the user's code may raise anything
            values.append(ABSTAIN)
            n_failed += 1
            what = f"first on {example.id!r}: {described(error)}"
            first = first or Problem("T089", what, place_of(error, call.folder), severity="warning")
    if first is None:
        return Answers(values)
    failed = f"{call.reference} failed on {n_failed:,} of {len(values):,} examples"
    if n_failed > MOST_FAILED * len(values):
        raise ProjectError([Problem("T082", f"{failed}, {first.message}. Mend it for such examples.", first.at)])
    return Answers(values, (replace(first, message=f"{failed} and abstains there, {first.message}."),))


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
    if isinstance(value, dict):
        return {key: _plain(share) for key, share in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(element) for element in value]
    return value
