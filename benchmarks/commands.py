"""Whole commands: start-up, and a run from files to report.

    python benchmarks/commands.py [--projects DIR]

Each figure is the median of fresh processes, and of runs that find an empty store; targets stand beside it.
"""

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

TRANSOM = [sys.executable, "-c", "from transom.cli.main import run_command; run_command()"]
PROJECTS = Path(__file__).resolve().parents[2] / "shared" / "projects"


@dataclass(frozen=True)
class Measurement:
    """Seconds of processor and of clock, medians of several runs."""

    cpu_s: float
    wall_s: float


def measure(command: list[str], runs: int, store: str) -> Measurement:
    """Runs a command so many times after one that does not count, each time without what the last left in the store."""
    cpu, wall = [], []
    for number in range(runs + 1):
        shutil.rmtree(store, ignore_errors=True)
        before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if number:
            wall.append(time.perf_counter() - started)
            cpu.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return Measurement(statistics.median(cpu), statistics.median(wall))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--projects", type=Path, default=PROJECTS)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = os.path.join(folder, "store")
        on_youtube = [*TRANSOM, "run", str(options.projects / "youtube"), "--store", store]
        bare = measure([sys.executable, "-c", "pass"], options.runs, store)
        print(f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f} before; python itself {bare.cpu_s:.3f} CPU s")
        print(f"{'command':32} {'CPU s':>7} {'wall s':>7}  target")
        for name, command, target in (
            ("import transom", [sys.executable, "-c", "import transom"], "0.15 CPU s"),
            ("transom --help", [*TRANSOM, "--help"], "0.3 s"),
            ("youtube, from files to report", [*on_youtube, "--until", "evaluate"], "10 s wall"),
            ("youtube, to a registered version", on_youtube, ""),
        ):
            figure = measure(command, options.runs, store)
            print(f"{name:32} {figure.cpu_s:7.2f} {figure.wall_s:7.2f}  {target}")
    print(f"load {os.getloadavg()[0]:.1f} after")


if __name__ == "__main__":
    main()
