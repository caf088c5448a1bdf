"""Clients that ask a server for some seconds, each again as soon as it is answered: wrk where it is installed."""

import json
import os
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection
from pathlib import Path

import grpc

INFER = "/inference.GRPCInferenceService/ModelInfer"

Ask = Callable[[int], object]
"""Sends the request of a number and waits for its answer."""

SCRIPT = """
local bodies, number = {}, 0
for line in io.lines(os.getenv("BODIES")) do table.insert(bodies, line) end
wrk.method, wrk.headers["Content-Type"] = "POST", "application/json"
function request()
  number = number % #bodies + 1
  return wrk.format(nil, nil, nil, bodies[number])
end
function done(summary, latency)
  local e = summary.errors
  io.write(string.format('\\n{"n": %d, "seconds": %f, "p50_ms": %f, "p99_ms": %f, "n_failed": %d}\\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    e.connect + e.read + e.write + e.status + e.timeout))
end
"""


@dataclass(frozen=True)
class Answered:
    """How many requests were answered in how long, and how long they took; none of them failed."""

    n: int
    seconds: float
    p50_ms: float
    p99_ms: float


def http_client() -> str:
    """What asks over HTTP."""
    return "wrk" if shutil.which("wrk") else "Python"


def http_load(port: int, path: str, bodies: Sequence[str], *, n_clients: int, seconds: int) -> Answered:
    """The load of some connections over HTTP, which send the bodies in turns."""
    if http_client() == "wrk":
        return _wrk(f"http://127.0.0.1:{port}{path}", bodies, n_clients, seconds)
    return _threads(partial(_over_http, port, path, bodies), n_clients, seconds)


def grpc_load(address: str, messages: Sequence[bytes], *, n_clients: int, seconds: int) -> Answered:
    """The load of some connections over gRPC, which send the messages in turns; the clients are Python's threads."""
    return _threads(partial(_over_grpc, address, messages), n_clients, seconds)


def _wrk(url: str, bodies: Sequence[str], n_clients: int, seconds: int) -> Answered:
    with tempfile.TemporaryDirectory() as folder:
        script, lines = Path(folder) / "load.lua", Path(folder) / "bodies"
        script.write_text(SCRIPT)
        lines.write_text("\n".join(bodies))
        command = ["wrk", "-t1", f"-c{n_clients}", f"-d{seconds}s", "--timeout", "30s", "-s", str(script), url]
        done = subprocess.run(command, env={**os.environ, "BODIES": str(lines)}, capture_output=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    assert found.pop("n_failed") == 0, done.stdout.decode()
    return Answered(**found)


def _threads(connect: Callable[[], AbstractContextManager[Ask]], n_clients: int, seconds: int) -> Answered:
    times: list[float] = []
    started = time.perf_counter()
    ends = started + seconds
    clients = [threading.Thread(target=_client, args=(connect, ends, times, each)) for each in range(n_clients)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    p50, p99 = statistics.median(times), statistics.quantiles(times, n=100)[98]
    return Answered(len(times), time.perf_counter() - started, p50 * 1e3, p99 * 1e3)


def _client(connect: Callable[[], AbstractContextManager[Ask]], ends: float, times: list[float], number: int) -> None:
    with connect() as ask:
        while time.perf_counter() < ends:
            began = time.perf_counter()
            ask(number)
            times.append(time.perf_counter() - began)
            number += 1


@contextmanager
def _over_http(port: int, path: str, bodies: Sequence[str]) -> Iterator[Ask]:
    with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        yield partial(_post, connection, path, bodies)


def _post(connection: HTTPConnection, path: str, bodies: Sequence[str], number: int) -> None:
    connection.request("POST", path, bodies[number % len(bodies)], {"Content-Type": "application/json"})
    response = connection.getresponse()
    response.read()
    assert response.status == 200, response.status


@contextmanager
def _over_grpc(address: str, messages: Sequence[bytes]) -> Iterator[Ask]:
    with grpc.insecure_channel(address, options=[("grpc.use_local_subchannel_pool", 1)]) as channel:
        call = channel.unary_unary(INFER)
        yield lambda number: call(messages[number % len(messages)], timeout=30)
