"""Each request is a span of the client's trace, with the wait for its batch and the batch inside."""

import gzip
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from served import serving
from transom.serving.batching import Ran
from transom.serving.http import Answered
from transom.serving.observing import Observed
from transom.serving.telemetry import Telemetry, open_telemetry

trace = pytest.importorskip("opentelemetry.trace")
export = pytest.importorskip("opentelemetry.sdk.trace.export")
sdk = pytest.importorskip("opentelemetry.sdk.trace")
memory = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter")
tracecontext = pytest.importorskip("opentelemetry.trace.propagation.tracecontext")
service = pytest.importorskip("opentelemetry.proto.collector.trace.v1.trace_service_pb2")

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
ANSWERED = Answered(7, 10.001, Ran(10.003, 10.008, 4))


def spans_of(*observed):
    collected, provider = memory.InMemorySpanExporter(), sdk.TracerProvider()
    provider.add_span_processor(export.SimpleSpanProcessor(collected))
    telemetry = Telemetry(trace, provider, tracecontext.TraceContextTextMapPropagator())
    for each in observed:
        telemetry.note(each)
    telemetry.close()
    return {span.name: span for span in collected.get_finished_spans()}


def milliseconds(span, since):
    return [round((time - since.start_time) / 1e6, 2) for time in (span.start_time, span.end_time)]


def test_a_request_is_a_span_with_its_wait_and_its_batch_inside():
    spans = spans_of(Observed("r1", "/v1/predict", "200", 10.0, 10.01, ANSWERED, PARENT))

    request, wait, batch = spans["/v1/predict"], spans["wait"], spans["batch"]
    assert milliseconds(request, request) == [0.0, 10.0]
    assert milliseconds(wait, request) == [1.0, 3.0]
    assert milliseconds(batch, request) == [3.0, 8.0]
    assert wait.parent.span_id == batch.parent.span_id == request.context.span_id
    assert request.kind == trace.SpanKind.SERVER
    assert dict(request.attributes) == {
        "http.route": "/v1/predict",
        "http.response.status_code": 200,
        "transom.request_id": "r1",
        "transom.version": 7,
        "transom.batch_size": 4,
    }


def test_a_request_belongs_to_the_trace_of_its_client():
    request = spans_of(Observed("r1", "/v1/predict", "200", 10.0, 10.01, ANSWERED, PARENT))["/v1/predict"]

    assert f"{request.context.trace_id:032x}" == "0af7651916cd43dd8448eb211c80319c"
    assert f"{request.parent.span_id:016x}" == "b7ad6b7169203331"


@pytest.mark.parametrize("traceparent", ["", "nonsense", "00-0-0-01", "00-" + "0" * 32 + "-b7ad6b7169203331-01"])
def test_a_request_without_a_good_trace_begins_one(traceparent):
    request = spans_of(Observed("r1", "/v1/predict", "200", 10.0, 10.01, None, traceparent))["/v1/predict"]

    assert request.parent is None


@pytest.mark.parametrize(
    ("status", "is_fault"), [("200", False), ("422", False), ("503", True), ("OK", False), ("INTERNAL", True)]
)
def test_faults_of_the_server_are_errors_and_those_of_clients_are_not(status, is_fault):
    request = spans_of(Observed("r1", "x", status, 10.0, 10.01))["x"]

    assert (request.status.status_code is trace.StatusCode.ERROR) == is_fault


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        ({}, "transom"),
        ({"OTEL_SERVICE_NAME": "mine"}, "mine"),
        ({"OTEL_RESOURCE_ATTRIBUTES": "service.name=ours"}, "ours"),
    ],
)
def test_the_environment_says_what_the_service_is_called(monkeypatch, environment, name):
    for key, value in environment.items():
        monkeypatch.setenv(key, value)
    telemetry = open_telemetry()

    assert telemetry.provider.resource.attributes["service.name"] == name
    telemetry.close()


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        content = self.rfile.read(int(self.headers["content-length"]))
        is_packed = self.headers.get("content-encoding") == "gzip"
        self.server.received.append((self.path, gzip.decompress(content) if is_packed else content))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_more):
        pass


@contextmanager
def receiving():
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    server.received = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.slow
def test_a_server_sends_its_spans_where_the_environment_says(project, monkeypatch):
    with receiving() as receiver:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{receiver.server_port}")
        with serving(project, "--set", "serve.telemetry=true") as running:
            record = {"payloads": {"text": "a secret"}}
            assert running.ask("/v1/predict", record, headers={"traceparent": PARENT}).status == 200

    assert {path for path, _ in receiver.received} == {"/v1/traces"}
    requests = [service.ExportTraceServiceRequest.FromString(content) for _, content in receiver.received]
    spans = [
        span
        for each in requests
        for resource in each.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    assert sorted(span.name for span in spans) == ["/v1/predict", "batch", "wait"]
    assert {span.trace_id.hex() for span in spans} == {PARENT.split("-")[1]}
    assert all(b"secret" not in content for _, content in receiver.received)


def test_a_server_without_it_loads_nothing_of_it():
    code = "import sys, transom.serving.server; print([name for name in sys.modules if 'opentelemetry' in name])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
