"""Threads: a small network is fastest on one, and the caller's setting is left as it was."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from threadpoolctl import threadpool_limits


@contextmanager
def one_thread() -> Iterator[None]:
    """Runs torch and the linear algebra of numpy and scipy on one thread.

    For models of this size a second thread costs up to seven times the CPU it saves: it waits spinning.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(limits=1):
            yield
    finally:
        torch.set_num_threads(before)
