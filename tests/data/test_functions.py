import pytest

from transom import labeling_function, slicing_function
from transom.data.example import ABSTAIN
from transom.data.functions import UserFunction


@pytest.mark.parametrize("mark", [labeling_function, slicing_function])
def test_a_marked_function_can_still_be_called(mark):
    @mark
    def says(x):
        return ABSTAIN if x else "no"

    assert isinstance(says, UserFunction)
    assert not says.batch
    assert (says(1), says(0)) == (ABSTAIN, "no")


@pytest.mark.parametrize("mark", [labeling_function, slicing_function])
def test_a_function_can_ask_for_a_batch(mark):
    assert mark(batch=True)(len).batch
    assert not mark(batch=False)(len).batch
    assert not mark()(len).batch
    assert mark(batch=True)(len)([1, 2]) == 2
