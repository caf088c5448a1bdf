"""The life cycle when little or nothing changed, in processor seconds of whole commands.

    python benchmarks/life_cycle.py [--rows 100000] [--megabytes 2000]

Targets: a run that changes nothing at most 1.5 s; one of twenty rules edited on 100,000 rows at most 2 s until training
would start; fingerprints at 500 MB/s or more, and none of files that did not change.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rule_loop import write_project, write_rules

from transom.pipeline.fingerprint import Fingerprints, fingerprint_of, stamp_of

RUN = (sys.executable, "-m", "transom", "run")
REPEATS = 5
SMALL = 6000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=float, default=1e5)
    parser.add_argument("--megabytes", type=int, default=2000)
    options = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} CPUs")
    with tempfile.TemporaryDirectory() as folder:
        unchanged(Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        one_rule(Path(folder), int(options.rows))
    with tempfile.TemporaryDirectory() as folder:
        fingerprints(Path(folder) / "data.jsonl", options.megabytes)
    print(f"load {os.getloadavg()[0]:.1f}")


def unchanged(folder: Path) -> None:
    write_project(folder, SMALL)
    first = cpu_of(folder, "--set", "training.epochs=1")
    again = [cpu_of(folder, "--set", "training.epochs=1") for _ in range(REPEATS)]
    print(f"whole run on {SMALL:,} rows: first {first:.2f} CPU s, nothing changed {statistics.median(again):.2f} CPU s")


def one_rule(folder: Path, n_rows: int) -> None:
    write_project(folder, n_rows)
    first = cpu_of(folder, "--until", "label")
    seconds = []
    for number in range(REPEATS):
        write_rules(folder, edited=number + 1)
        seconds.append(cpu_of(folder, "--until", "label"))
    again = cpu_of(folder, "--until", "label")
    print(
        f"labels of {n_rows:,} rows: first {first:.2f} CPU s, one rule of twenty edited "
        f"{statistics.median(seconds):.2f} CPU s, nothing changed {again:.2f} CPU s"
    )


def fingerprints(file: Path, megabytes: int) -> None:
    block = os.urandom(1_000_000)
    with file.open("wb") as out:
        for _ in range(megabytes):
            out.write(block)
    seconds = []
    for _ in range(REPEATS):
        started = time.process_time()
        digest = fingerprint_of(file, Fingerprints())
        seconds.append(time.process_time() - started)
    known = Fingerprints({str(file.resolve()): (stamp_of(file), digest)})
    started = time.process_time()
    fingerprint_of(file, known)
    print(
        f"fingerprint of {megabytes:,} MB: {megabytes / statistics.median(seconds):,.0f} MB a CPU s; "
        f"unchanged: {1e6 * (time.process_time() - started):.0f} µs"
    )


def cpu_of(folder: Path, *options: str) -> float:
    """Processor seconds of one command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([*RUN, str(folder), *options], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
