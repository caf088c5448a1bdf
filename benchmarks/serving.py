"""What a served answer costs, beside the raw network and beside the same network behind FastAPI alone.

Run: python benchmarks/serving.py [PROJECT] [--store DIR] [--set KEY=VALUE]

The project is run in a store of its own, or a copy of --store is served. Servers are processes of their own; clients
are on the same machine, so that requests a second are those of client and server together. CPU is of the server alone.
The last table holds every target of serving, lookups and forms of eight bits beside what was measured.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import psutil
from _load import Answered, grpc_load, http_client, http_load
from commands import PROJECTS, TRANSOM
from lookup import measure_lookup
from tritonclient.grpc.service_pb2 import ModelInferRequest

from transom.data.features.inputs import inputs_of
from transom.data.features.payloads import encode_features
from transom.export.artifact import Artifact, open_artifact
from transom.export.layout import folder_of
from transom.export.recorded import RECORDED
from transom.export.store import find_version
from transom.serving.predictor import open_predictor, values_of

SECONDS = 5
STARTS = 5
SETTINGS = ("payloads.text.encoder=convolution",)
MAIN = ("accuracy", "micro_f1", "entity_f1", "r2")
KEYS = 1_000_000

Payloads = dict[str, object]
Load = Callable[..., Answered]
"""Asks for `seconds` with `n_clients`."""


@dataclass(frozen=True)
class Cost:
    """What the requests of some clients on a route took, and the processor time of the server for one of them."""

    route: str
    n_clients: int
    answered: Answered
    cpu_ms: float

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.answered.n / self.answered.seconds


@dataclass(frozen=True)
class Line:
    """A target, and what was measured."""

    name: str
    bar: str
    measured: str
    is_reached: bool


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("project", nargs="?", type=Path, default=PROJECTS / "youtube")
    parser.add_argument("--store", type=Path, help="Serve its live version, and run nothing.")
    parser.add_argument("--set", action="append", dest="settings", help=f"Default: {' '.join(SETTINGS)}")
    parser.add_argument("--seconds", type=int, default=SECONDS, help="How long each load lasts.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "store"
        if options.store:
            shutil.copytree(options.store, store)
        else:
            settings = [part for each in options.settings or SETTINGS for part in ("--set", each)]
            command = [*TRANSOM, "run", str(options.project), "--store", str(store), *settings]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        measure_all(options.project, store, options.seconds)


def measure_all(project: Path, store: Path, seconds: int) -> None:
    """Prints a table of costs, and one of targets."""
    print(f"{project.name}: {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f} before; HTTP by {http_client()}")
    folder = folder_of(store, find_version(store, "live"))
    artifact = open_artifact(folder)
    asked: list[Payloads] = [json.loads(line)["payloads"] for line in artifact.read(RECORDED).splitlines()]
    bodies, tensors = [json.dumps({"payloads": each}) for each in asked], [tensor_body(each) for each in asked]
    messages, infer = [message(project.name, each) for each in asked], f"/v2/models/{project.name}/infer"
    serve = [*TRANSOM, "serve", str(project), "--store", str(store), "--port", "0", "--json"]
    raw = [raw_cpu_ms(artifact, asked)]
    with started([sys.executable, str(Path(__file__).with_name("_fastapi_server.py")), str(folder)]) as (server, said):
        alone = {"FastAPI alone": partial(http_load, int(said["port"]), "/predict", bodies)}
        costs = list(measured(server, alone, seconds))
    start_s = statistics.median(seconds_to_answer(serve, bodies[0]) for _ in range(STARTS))
    with started(serve) as (server, said):
        port = urlsplit(said["url"]).port or 0
        http = {"/v1/predict": partial(http_load, port, "/v1/predict", bodies)}
        costs += measured(server, {**http, "/v2": partial(http_load, port, infer, tensors)}, seconds)
        memory, has_torch = server.memory_info().rss / 1e6, any("/torch/" in each.path for each in server.memory_maps())
    raw.append(raw_cpu_ms(artifact, asked))
    with started([*serve, "--grpc-port", "0"]) as (server, said):
        costs += measured(server, {"gRPC": partial(grpc_load, said["grpc"], messages)}, seconds)
    raw.append(raw_cpu_ms(artifact, asked))
    forward = statistics.median(raw)
    show_costs(costs, forward)
    found = {(cost.route, cost.n_clients): cost for cost in costs}
    lines = [
        Line("process start to first answer", "≤ 1.0 s", f"{start_s:.2f} s", start_s <= 1),
        *answering_lines(found, forward),
        Line("memory after the load, no torch", "≤ 130 MB", f"{memory:.0f} MB", memory <= 130 and not has_torch),
        *lookup_lines(project, store),
        int8_line(project, store),
    ]
    show_lines(lines)
    print(f"load {os.getloadavg()[0]:.1f} after")


@contextmanager
def started(command: Sequence[str]) -> Iterator[tuple[psutil.Process, dict[str, Any]]]:
    """A server in a process of its own, and the JSON document that it prints when it is ready."""
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield psutil.Process(process.pid), json.loads(process.stdout.readline())
        finally:
            process.terminate()


def seconds_to_answer(serve: Sequence[str], body: str) -> float:
    """From the start of a server to its first answer."""
    began = time.perf_counter()
    with started(serve) as (_, said):
        ask_once(f"{said['url']}/v1/predict", body)
        return time.perf_counter() - began


def ask_once(url: str, body: str) -> None:
    request = Request(url, body.encode(), {"Content-Type": "application/json"})
    with urlopen(request, timeout=30) as response:
        assert response.status == 200


def measured(server: psutil.Process, loads: Mapping[str, Load], seconds: int) -> Iterator[Cost]:
    """What each route costs with one client and with sixteen, after a second that does not count."""
    for n_clients in (1, 16):
        for route, load in loads.items():
            load(n_clients=n_clients, seconds=1)
            before = server.cpu_times()
            answered = load(n_clients=n_clients, seconds=seconds)
            after = server.cpu_times()
            cpu_s = after.user + after.system - before.user - before.system
            yield Cost(route, n_clients, answered, cpu_s / answered.n * 1e3)


def raw_cpu_ms(artifact: Artifact, asked: Sequence[Payloads], times: int = 500) -> float:
    """Processor time of making the features of one record and running the network on them, without a server."""
    predictor = open_predictor(artifact)

    def once(number: int) -> None:
        values = values_of(predictor.schema, [asked[number % len(asked)]])
        predictor.run(inputs_of(encode_features(predictor.spec, values)))

    once(0)
    began = time.process_time()
    for number in range(times):
        once(number)
    return (time.process_time() - began) / times * 1e3


def texts_of(payloads: Payloads) -> dict[str, str]:
    """Each payload as the Open Inference Protocol has it."""
    there = {name: value for name, value in payloads.items() if value is not None}
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in there.items()}


def tensor_body(payloads: Payloads) -> str:
    """A request of the Open Inference Protocol for one record."""
    texts = texts_of(payloads).items()
    inputs = [{"name": name, "datatype": "BYTES", "shape": [1, 1], "data": [text]} for name, text in texts]
    return json.dumps({"inputs": inputs})


def message(model: str, payloads: Payloads) -> bytes:
    """The same over gRPC, as the client of Triton would send it."""
    request = ModelInferRequest(model_name=model)
    for name, text in texts_of(payloads).items():
        content = text.encode()
        request.inputs.add(name=name, datatype="BYTES", shape=[1, 1])
        request.raw_input_contents.append(len(content).to_bytes(4, "little") + content)
    sent: bytes = request.SerializeToString()
    return sent


def answering_lines(found: Mapping[tuple[str, int], Cost], forward: float) -> Iterator[Line]:
    """The targets of answers."""
    ours = [found[route, 1].answered for route in ("/v1/predict", "/v2", "gRPC")]
    for name, bar, times in (
        ("p50", 3, [each.p50_ms for each in ours]),
        ("p99", 10, [each.p99_ms for each in ours]),
    ):
        said = " / ".join(f"{each:.2f}" for each in times)
        yield Line(f"1 client, {name} of `/v1` / `/v2` / gRPC", f"≤ {bar} ms", f"{said} ms", max(times) <= bar)
    rate = found["/v2", 16].rate
    yield Line("16 connections, tensors of `/v2`", "≥ 800 requests/s", f"{rate:,.0f} requests/s", rate >= 800)
    for n_clients, who in ((1, "1 client"), (16, "16 clients")):
        ratio = found["/v1/predict", n_clients].cpu_ms / forward
        yield Line(f"CPU of `/v1/predict`, {who}", "≤ 2.5 times features + network", f"{ratio:.2f} times", ratio <= 2.5)


def lookup_lines(project: Path, store: Path) -> Iterator[Line]:
    """The targets of lookups."""
    for where, p99 in measure_lookup(project, store, KEYS).items():
        yield Line(f"lookup of {KEYS:,} keys, p99 {where}", "< 1 ms", f"{p99:.3f} ms", p99 < 1)


def int8_line(project: Path, store: Path) -> Line:
    """The target of weights of eight bits, for the network that was served; others are in export.py."""
    whole, rounded = exported(project, store, "onnx"), exported(project, store, "onnx-int8")
    share = rounded["asked"]["size_bytes"] / whole["asked"]["size_bytes"]
    time_share = rounded["asked"]["latency_ms"] / whole["asked"]["latency_ms"]
    lost = max((-row["gain"] for row in rounded["rows"] if row["tag"] == "*" and row["metric"] in MAIN), default=0.0)
    said = f"{share:.0%} of the bytes, {100 * lost + 0.0:.1f} points lost, {time_share:.2f} times fp32"
    keeps = share <= 0.3 and lost <= 0.01 and time_share < 1
    outcome = "refused" if rounded["refused"] else "written"
    bar = "≤ 30 % of the bytes, ≤ 1 point, faster; or refused"
    return Line("int8", bar, f"{said}: {outcome}", keeps or bool(rounded["refused"]))


def exported(project: Path, store: Path, form: str) -> dict[str, Any]:
    """What `transom export` says of a form."""
    with tempfile.TemporaryDirectory() as folder:
        command = [*TRANSOM, "export", folder, str(project), "--format", form, "--store", str(store), "--json"]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def show_costs(costs: Sequence[Cost], forward: float) -> None:
    print("\n| | clients | p50 | p99 | requests/s | processor time a request | times features + network |")
    print("|---|---|---|---|---|---|---|")
    print(f"| features + network, no server | | | | | {forward:.2f} ms | 1.0 |")
    for cost in costs:
        times = f"{cost.answered.p50_ms:.2f} ms | {cost.answered.p99_ms:.2f} ms"
        spent = f"{cost.cpu_ms:.2f} ms | {cost.cpu_ms / forward:.1f}"
        print(f"| {cost.route} | {cost.n_clients} | {times} | {cost.rate:,.0f} | {spent} |")


def show_lines(lines: Sequence[Line]) -> None:
    print("\n| line | bar | measured | reached |\n|---|---|---|---|")
    for line in lines:
        print(f"| {line.name} | {line.bar} | {line.measured} | {'yes' if line.is_reached else '**no**'} |")
    print()


if __name__ == "__main__":
    main()
