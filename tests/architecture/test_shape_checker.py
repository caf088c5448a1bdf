"""The checker of shapes that runs beside all tests finds what lies: in arguments, in results, and between the two."""

import numpy as np
import pytest
from jaxtyping import Float, TypeCheckError, jaxtyped

from shape_checker import checked
from transom.supervision.inference import normalised


@jaxtyped(typechecker=checked)
def halved(values: Float[np.ndarray, " n_examples"], n_kept: int) -> Float[np.ndarray, " n_examples"]:
    return values[:n_kept]


def test_arguments_are_checked():
    with pytest.raises(TypeCheckError, match="checking the parameters of"):
        halved(np.zeros((2, 2)), 2)


def test_the_axes_of_a_result_are_those_of_the_arguments():
    assert halved(np.zeros(2), 2).shape == (2,)
    with pytest.raises(TypeCheckError, match="checking the return value"):
        halved(np.zeros(2), 1)


def test_the_product_itself_is_checked():
    with pytest.raises(TypeCheckError, match="checking the parameters of"):
        normalised("no array")
