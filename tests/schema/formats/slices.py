"""A slicing function, as schema.yaml names it."""

from transom import slicing_function


@slicing_function
def is_negated(x):
    return " not " in x.query
