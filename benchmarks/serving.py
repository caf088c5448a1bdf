"""What a served answer costs, beside the raw network and beside the same network behind FastAPI alone.

Run: python benchmarks/serving.py [PROJECT] [--store DIR]

The project is run if it has no live version. Servers are processes of their own; clients are threads of this one, on
the same machine, so that requests a second are those of client and server together. CPU is of the server alone.
"""

import argparse
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psutil
from commands import PROJECTS, TRANSOM

from transom.data.features.inputs import inputs_of
from transom.data.features.payloads import encode_features
from transom.export.artifact import Artifact, open_artifact
from transom.export.layout import folder_of, numbers, store_of
from transom.export.recorded import RECORDED
from transom.export.store import find_version
from transom.serving.predictor import open_predictor, values_of

SECONDS = 5.0
ANCHOR = "FastAPI alone"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("project", nargs="?", type=Path, default=PROJECTS / "youtube")
    parser.add_argument("--store", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = options.store or Path(folder) if not numbers(store_of(options.project)) else store_of(options.project)
        if not numbers(store):
            subprocess.run([*TRANSOM, "run", str(options.project), "--store", str(store)], check=True)
        print(f"{options.project.name}: {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}")
        measure_all(options.project, store)


def measure_all(project: Path, store: Path) -> None:
    """Prints one line a figure, with its target."""
    folder = folder_of(store, find_version(store, "live"))
    artifact = open_artifact(folder)
    records = [{"payloads": json.loads(line)["payloads"]} for line in artifact.read(RECORDED).splitlines()]
    forward = raw_cpu_ms(artifact, records)
    print(f"features + raw forward, alone        {forward:7.2f} CPU ms a record")
    bodies = [json.dumps(record) for record in records]
    columns = {name: [record["payloads"].get(name) for record in records] for name in records[0]["payloads"]}
    tensors = [tensor_body({name: values[n] for name, values in columns.items()}) for n in range(len(records))]
    with started([sys.executable, str(Path(__file__).with_name("_fastapi_server.py")), str(folder)]) as (server, said):
        measure_routes(server, int(said["port"]), {"/predict": bodies}, forward)
    began = time.perf_counter()
    with started([*TRANSOM, "serve", str(project), "--store", str(store), "--port", "0", "--json"]) as (server, said):
        port = urlsplit(said["url"]).port or 0
        load(port, "/v1/predict", bodies[:1], n_clients=1, seconds=0)
        print(f"process start to first answer        {time.perf_counter() - began:7.2f} s  (<= 1.0)")
        measure_routes(server, port, {"/v1/predict": bodies, f"/v2/models/{project.name}/infer": tensors}, forward)
        print(f"resident memory                      {server.memory_info().rss / 1e6:7.0f} MB  (<= 130)")


@contextmanager
def started(command: list[str]) -> Iterator[tuple[psutil.Process, dict[str, str]]]:
    """A server in a process of its own, and the JSON document that it prints when it is ready."""
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield psutil.Process(process.pid), json.loads(process.stdout.readline())
        finally:
            process.terminate()


def measure_routes(server: psutil.Process, port: int, routes: dict[str, list[str]], forward: float) -> None:
    """Prints latency, throughput and CPU of each route for one client and for sixteen."""
    for n_clients in (1, 16):
        for path, asked in routes.items():
            before = server.cpu_times()
            times = load(port, path, asked, n_clients=n_clients, seconds=SECONDS)
            after = server.cpu_times()
            cpu_ms = (after.user + after.system - before.user - before.system) / len(times) * 1e3
            p50, p99 = statistics.median(times) * 1e3, statistics.quantiles(times, n=100)[98] * 1e3
            name, rate = ANCHOR if path == "/predict" else path.partition("/models")[0], len(times) / SECONDS
            print(f"{name:13} {n_clients:2} clients  p50 {p50:6.2f} ms  p99 {p99:6.2f} ms", end="  ")
            print(f"{rate:5.0f} requests/s  {cpu_ms:5.2f} CPU ms a request ({cpu_ms / forward:.1f}x)")


def raw_cpu_ms(artifact: Artifact, records: list[dict[str, object]], times: int = 500) -> float:
    """Processor time of making the features of one record and running the network on them, without a server."""
    predictor = open_predictor(artifact)
    payloads = [record["payloads"] for record in records]

    def once(number: int) -> None:
        values = values_of(predictor.schema, [payloads[number % len(payloads)]])  # type: ignore[list-item]
        predictor.run(inputs_of(encode_features(predictor.spec, values)))

    once(0)
    started = time.process_time()
    for number in range(times):
        once(number)
    return (time.process_time() - started) / times * 1e3


def tensor_body(payloads: dict[str, object]) -> str:
    """A request of the Open Inference Protocol for one record."""
    texts = {name: each if isinstance(each, str) else json.dumps(each) for name, each in payloads.items()}
    inputs = [{"name": name, "datatype": "BYTES", "shape": [1, 1], "data": [text]} for name, text in texts.items()]
    return json.dumps({"inputs": inputs})


def load(port: int, path: str, bodies: list[str], *, n_clients: int, seconds: float) -> list[float]:
    """The seconds that each request took; every client asks again as soon as it is answered."""
    times: list[float] = []
    end = time.perf_counter() + seconds

    def client(first: int) -> None:
        number = first
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
            while number == first or time.perf_counter() < end:
                started = time.perf_counter()
                body = bodies[number % len(bodies)]
                connection.request("POST", path, body, {"Content-Type": "application/json"})
                response = connection.getresponse()
                response.read()
                assert response.status == 200, response.status
                times.append(time.perf_counter() - started)
                number += 1

    threads = [threading.Thread(target=client, args=(number,)) for number in range(n_clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


if __name__ == "__main__":
    main()
