"""Runs of the life cycle in forked children, so that a run costs no imports; some are killed.

A line "SECONDS FOLDER" on standard input is a run that is killed after so many seconds, unless it ended before; "inf"
lets it end. Its exit code, negative for a signal, is printed, and the seconds it took; its output is in FOLDER.out.
"""

import os
import signal
import sys
import time
from pkgutil import resolve_name

from transom.cli.main import main
from transom.pipeline.lifecycle import LIFE_CYCLE


def child(folder: str) -> int:
    out = os.open(f"{folder}.out", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(out, stream)
    return main(["run", "--json", folder])


def killed_after(pid: int, seconds: float) -> int:
    """The exit code of a child, which is not reaped before, so that its number is nobody else's when it is killed."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.002)
    os.kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


for stage in LIFE_CYCLE:
    resolve_name(stage.function)
print("ready", flush=True)
for line in sys.stdin:
    limit, _, folder = line.strip().partition(" ")
    started = time.monotonic()
    pid = os.fork()
    if pid == 0:
        os._exit(child(folder))
    code = killed_after(pid, float(limit))
    print(code, time.monotonic() - started, flush=True)
