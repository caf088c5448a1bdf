"""Labelling and slicing functions: how a user's Python joins the declared rules."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, overload


@dataclass(frozen=True)
class UserFunction:
    """A function of one `Example`, or with `batch` of a Polars frame with a column a payload."""

    call: Callable[[Any], Any]
    batch: bool = False

    def __call__(self, argument: Any) -> Any:
        return self.call(argument)


@overload
def labeling_function(call: Callable[[Any], Any]) -> UserFunction: ...
@overload
def labeling_function(*, batch: bool = ...) -> Callable[[Callable[[Any], Any]], UserFunction]: ...
def labeling_function(
    call: Callable[[Any], Any] | None = None, *, batch: bool = False
) -> UserFunction | Callable[[Callable[[Any], Any]], UserFunction]:
    """Marks a function that returns a vote or `ABSTAIN`.

    >>> from transom import ABSTAIN, labeling_function
    >>> @labeling_function
    ... def short(x):
    ...     return "other" if len(x.query) < 5 else ABSTAIN
    """
    if call is not None:
        return UserFunction(call)
    return lambda function: UserFunction(function, batch)


@overload
def slicing_function(call: Callable[[Any], Any]) -> UserFunction: ...
@overload
def slicing_function(*, batch: bool = ...) -> Callable[[Callable[[Any], Any]], UserFunction]: ...
def slicing_function(
    call: Callable[[Any], Any] | None = None, *, batch: bool = False
) -> UserFunction | Callable[[Callable[[Any], Any]], UserFunction]:
    """Marks a function that returns whether an example is in a slice.

    >>> from transom import slicing_function
    >>> @slicing_function
    ... def is_question(x):
    ...     return x.query.endswith("?")
    """
    if call is not None:
        return UserFunction(call)
    return lambda function: UserFunction(function, batch)
