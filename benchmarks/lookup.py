"""What it costs to look a precomputed reply up, in the process and over HTTP.

Run: python benchmarks/lookup.py [PROJECT] [--keys N]

The project is run in a store of its own, for a server to have a version; the lookup holds made-up replies of a usual
size. Keys are asked for at random; the client is a process of its own, on the same machine.
"""

import argparse
import asyncio
import json
import os
import random
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
from commands import PROJECTS, TRANSOM

from transom.export.lookups import About, Entry, writing_lookup
from transom.serving.lookup import PREFIX, Lookups

ANSWER = {"label": "HAM", "probabilities": {"HAM": 0.8125, "SPAM": 0.1875}}
REPLY = json.dumps({"id": "record-1234567", "version": 7, "predictions": {"label": ANSWER}}).encode()
ASKED = 20_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("project", nargs="?", type=Path, default=PROJECTS / "youtube")
    parser.add_argument("--keys", type=float, default=1e6)
    options = parser.parse_args()
    print(f"{options.keys:,.0f} keys; {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f} before")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [*TRANSOM, "run", str(options.project), "--store", folder, "--set", "training.epochs=1"],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        measure_lookup(options.project, Path(folder), int(options.keys))
    print(f"load {os.getloadavg()[0]:.1f} after")


def measure_lookup(project: Path, store: Path, n_keys: int) -> dict[str, float]:
    """The slowest percent of lookups by where they are made, in ms; the store's lookup is replaced."""
    asked = [f"record-{random.Random(number).randrange(n_keys)}" for number in range(ASKED)]
    return {"in the process": measure_file(store, n_keys, asked), "over HTTP": measure_server(project, store, asked)}


def measure_file(store: Path, n_keys: int, asked: list[str]) -> float:
    """Writing a lookup, opening it, and finding replies in the process; gives the slowest percent, in ms."""
    started = time.process_time()
    with writing_lookup(store, About(7, "id", "2026-11-21T10:00:00+00:00")) as writer:
        entries = (Entry(f"record-{number}", REPLY, b"0123456789abcdef") for number in range(n_keys))
        for batch in batches(entries):
            writer.add(batch)
    size = sum(file.stat().st_size for file in (store / "lookup").iterdir())
    print(f"written in {time.process_time() - started:.1f} s of processor time, {size / 1e6:.0f} MB")
    lookups, started = Lookups(store), time.process_time()
    asyncio.run(lookups.refresh())
    print(f"opened, with its hash proved, in {time.process_time() - started:.2f} s of processor time")
    return show("in the process", [seconds(lambda key=key: lookups.answer(key)) for key in asked])


def batches(entries: Iterator[Entry]) -> Iterator[list[Entry]]:
    while batch := list(islice(entries, 1000)):
        yield batch


def measure_server(project: Path, store: Path, asked: list[str]) -> float:
    """Asking a server for keys, one after the other on one connection, beside a route that does nothing.

    Gives the slowest percent of lookups, in ms.
    """
    command = [*TRANSOM, "serve", str(project), "--store", str(store), "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        port = urlsplit(json.loads(process.stdout.readline())["url"]).port or 0
        server = psutil.Process(process.pid)
        memory, before = server.memory_info().rss, server.cpu_times()
        with closing(HTTPConnection("127.0.0.1", port)) as connection:
            times = [seconds(lambda key=key: get(connection, PREFIX + key)) for key in asked]
            between = server.cpu_times()
            least = [seconds(lambda: get(connection, "/healthz")) for _ in asked]
        after = server.cpu_times()
        p99 = show("over HTTP", times)
        show("/healthz", least)
        cpu_ms, least_ms = cpu_between(before, between) / ASKED * 1e3, cpu_between(between, after) / ASKED * 1e3
        print(f"processor time of the server {cpu_ms:.2f} ms a lookup, {least_ms:.2f} ms for /healthz")
        print(f"{ASKED:,} lookups added {(server.memory_info().rss - memory) / 1e6:.0f} MB to the server's memory")
        process.terminate()
    return p99


def cpu_between(before: Any, after: Any) -> float:
    """Seconds of processor time."""
    return float(after.user + after.system - before.user - before.system)


def get(connection: HTTPConnection, path: str) -> None:
    connection.request("GET", path)
    response = connection.getresponse()
    response.read()
    assert response.status == 200, response.status


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def show(what: str, times: list[float]) -> float:
    """Prints the median and the slowest percent, and gives the latter, in ms."""
    p50, p99 = statistics.median(times) * 1e3, statistics.quantiles(times, n=100)[98] * 1e3
    print(f"{what:14}  p50 {p50:6.3f} ms  p99 {p99:6.3f} ms  (< 1)")
    return p99


if __name__ == "__main__":
    main()
