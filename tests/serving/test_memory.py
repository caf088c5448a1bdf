"""What is freed is given back, seen from outside: the size of a process that held much for a moment."""

import subprocess
import sys

import pytest

HOLD_MUCH = """
import sys
import numpy as np
import psutil
from transom.serving.memory import give_back_freed_memory

if sys.argv[1] == "told":
    give_back_freed_memory()
np.ones(3_000_000)  # a large block that is freed, by which glibc learns to keep as much
before = psutil.Process().memory_info().rss
blocks = [np.ones(100_000) for _ in range(25)]
del blocks
print(psutil.Process().memory_info().rss - before)
"""


def kept(how):
    found = subprocess.run([sys.executable, "-c", HOLD_MUCH, how], check=True, capture_output=True, text=True)
    return int(found.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc keeps what is freed")
def test_a_process_that_is_told_keeps_little_of_what_it_freed():
    assert kept("untold") > 10e6
    assert kept("told") < 2e6
