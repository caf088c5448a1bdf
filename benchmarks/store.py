"""How long a person waits for a store that is 10,000 runs long, and a server for an alias.

Run: python benchmarks/store.py [--runs 10000]

Every generated run has eight stages, of which five ran anew, and registers a version. `versions` and `runs` are whole
commands in fresh processes, with Python's start; an alias is asked for in a process that runs already.
"""

import argparse
import hashlib
import json
import os
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from commands import TRANSOM, measure

from transom.export.adoption import enter
from transom.export.aliases import Reason, alias_of, point
from transom.export.artifact import FORMAT, MANIFEST
from transom.export.database import writing
from transom.export.executions import Execution, enter_execution, last_executions
from transom.export.layout import CANDIDATE, DATABASE, LIVE, folder_of

STAGES = ("check", "statistics", "label", "extend", "train", "evaluate", "export", "register")
START = datetime(2026, 1, 1, tzinfo=UTC)
TARGET_MS = 300


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000)
    options = parser.parse_args()
    print(f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f} before")
    bare = measure([*TRANSOM, "--help"], 5)
    print(f"transom --help   {bare.cpu_s * 1e3:6.0f} CPU ms {bare.wall_s * 1e3:6.0f} ms")
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder)
        generate(store, options.runs)
        print(f"{options.runs:,} runs: store.db has {(store / DATABASE).stat().st_size >> 20} MB")
        for verb in ("versions", "runs"):
            figure = measure([*TRANSOM, verb, "--store", str(store)], 5)
            print(f"transom {verb:8} {figure.cpu_s * 1e3:6.0f} CPU ms {figure.wall_s * 1e3:6.0f} ms  (< {TARGET_MS})")
        print(f"alias_of         {milliseconds(lambda: alias_of(store, LIVE)):6.2f} ms  (< 1)")
        print(f"last_executions  {milliseconds(lambda: last_executions(store)):6.2f} ms")
    print(f"load {os.getloadavg()[0]:.1f} after")


def generate(store: Path, n_runs: int) -> None:
    """Writes a store of so many runs, each with a version."""
    manifest = json.dumps({"format": FORMAT, "about": {"made": START.isoformat()}, "files": {}})
    with writing(store) as connection:
        for number in range(1, n_runs + 1):
            folder_of(store, number).mkdir(parents=True)
            (folder_of(store, number) / MANIFEST).write_text(manifest)  # thousands at once need no flush to the disk
            connection.execute("INSERT INTO contexts (kind, started) VALUES ('run', ?)", (START.isoformat(),))
            for position, stage in enumerate(STAGES):
                enter_execution(connection, execution(number, stage, position))
            enter(connection, store, number, run=number)
            reason = Reason("generated", START + timedelta(hours=number))
            point(connection, LIVE if number == 1 else CANDIDATE, number, reason)


def execution(run: int, stage: str, position: int) -> Execution:
    """A stage of a run; the first three are found in the cache."""
    is_new = position >= 3
    mark = hashlib.sha256(f"{stage} {run if is_new else 0}".encode()).hexdigest()
    components = {f"setting:model.payloads.text.key{each}": "0.123" for each in range(20)}
    components |= {"code:transom": "c" * 64, "input:before": mark}
    status = "ran" if is_new else "cached"
    return Execution(run, stage, mark, components, status, START, 1.5, "generated", (mark,), (mark,))


def milliseconds(ask: object, times: int = 50) -> float:
    """The median time of a call."""
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        ask()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds) * 1e3


if __name__ == "__main__":
    main()
