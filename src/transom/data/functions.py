"""Labelling and slicing functions: how a user's Python joins the declared rules."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, overload


@dataclass(frozen=True)
class UserFunction:
    """A function of one `Example`, or with `batch` of a Polars frame with a column a payload."""

    call: Callable[[Any], Any]
    batch: bool = False

    def __call__(self, argument: Any) -> Any:
        """What the function itself says, as if it had not been marked."""
        return self.call(argument)


Marked = Callable[[Callable[[Any], Any]], UserFunction]


@overload
def labeling_function(call: Callable[[Any], Any]) -> UserFunction: ...
@overload
def labeling_function(*, batch: bool = ...) -> Marked: ...
def labeling_function(call: Callable[[Any], Any] | None = None, *, batch: bool = False) -> UserFunction | Marked:
    """Marks a function that returns a vote or `ABSTAIN`.

    With `batch=True` it gets a frame of many examples and returns a column, null where it abstains.

    >>> from transom import ABSTAIN, labeling_function
    >>> @labeling_function
    ... def short(x):
    ...     return "other" if len(x.query) < 5 else ABSTAIN
    """
    return partial(UserFunction, batch=batch) if call is None else UserFunction(call)


@overload
def slicing_function(call: Callable[[Any], Any]) -> UserFunction: ...
@overload
def slicing_function(*, batch: bool = ...) -> Marked: ...
def slicing_function(call: Callable[[Any], Any] | None = None, *, batch: bool = False) -> UserFunction | Marked:
    """Marks a function that returns whether an example is in a slice.

    With `batch=True` it gets a frame of many examples and returns a column, null where an example is not.

    >>> from transom import slicing_function
    >>> @slicing_function
    ... def is_question(x):
    ...     return x.query.endswith("?")
    """
    return partial(UserFunction, batch=batch) if call is None else UserFunction(call)
