"""Threads."""

import pytest
import torch

from transom.training.threads import one_thread


@pytest.mark.usefixtures("two_threads")
def test_the_number_of_threads_is_put_back():
    with one_thread():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == 2


@pytest.mark.usefixtures("two_threads")
def test_the_number_of_threads_is_put_back_after_an_error():
    with pytest.raises(KeyError), one_thread():
        raise KeyError
    assert torch.get_num_threads() == 2
