"""What tests of training share."""

import resource
from contextlib import contextmanager

import pytest
import torch


@contextmanager
def _no_file_beyond(size_bytes):
    _, hard = before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def full_disk():
    """A disk on which no file can grow beyond so many bytes, while it is entered."""
    return _no_file_beyond


@pytest.fixture
def two_threads():
    """Two threads of torch: of one, which tests have, nobody could tell that it is put back."""
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)
