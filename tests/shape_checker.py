"""The run-time checker of array shapes and types that the tests switch on."""

from beartype import beartype
from beartype.roar import BeartypeDecorHintPep604Exception


def checked(function):
    """The function with its annotations enforced.

    Polars' data types cannot stand in a hint that beartype reads (their `repr` differs in a union), so a function that
    names one is left as it is.
    """
    try:
        return beartype(function)
    except BeartypeDecorHintPep604Exception:
        return function
