"""The run-time checker of array shapes and types that the tests switch on."""

from beartype import BeartypeConf, beartype
from beartype.roar import BeartypeDecorHintPep604Exception

CONFIGURATION = BeartypeConf(is_pep484_tower=True)  # an int is a float here, as in Python's own rules for types


def checked(function):
    """The function with its annotations enforced.

    Polars' data types cannot stand in a hint that beartype reads (their `repr` differs in a union), so a function that
    names one is left as it is.
    """
    try:
        return beartype(conf=CONFIGURATION)(function)
    except BeartypeDecorHintPep604Exception:
        return function
