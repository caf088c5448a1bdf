"""The run-time checker of array shapes and types that the tests switch on."""

from collections.abc import Callable
from typing import Any

from beartype import BeartypeConf, beartype
from beartype.roar import BeartypeDecorHintPep604Exception

CONFIGURATION = BeartypeConf(is_pep484_tower=True)  # an int is a float here, as in Python's own rules for types


def checked(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with its annotations enforced.

    jaxtyping asks twice: before a call for its arguments, after it for the arguments and the result. The sizes of axes
    are remembered between the two, so that the second time the result alone is looked at, which makes tests faster.
    Polars' data types cannot stand in a hint that beartype reads (their `repr` differs in a union), so a function that
    names one is left as it is.
    """
    if function.__annotations__.get("return", Any) is not Any:  # jaxtyping made it for us: nobody else's
        function.__annotations__ = {"return": function.__annotations__["return"]}
    try:
        return beartype(conf=CONFIGURATION)(function)
    except BeartypeDecorHintPep604Exception:
        return function
