"""OpenTelemetry: a span for each request, and in it one for the wait for its batch and one for the batch.

Where spans go, how many of them, and under which name is said by the environment, as for any program:
`OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_TRACES_SAMPLER`, `OTEL_SERVICE_NAME`, …. Spans are made when a request is over, so
that it does not wait for them, and hold nothing of what was asked and answered.

Source: the OpenTelemetry specification, "Environment Variable Specification" and "Semantic conventions for HTTP spans";
W3C Trace Context for `traceparent`.
"""

import importlib
import os
import time
from dataclasses import dataclass
from typing import Any

from transom.errors import MissingExtraError
from transom.serving.observing import Observed

SERVICE = "transom"
FAULTS = ("INTERNAL", "UNAVAILABLE", "UNKNOWN")
"""What a gRPC server answers when the fault is its own; HTTP has the statuses from 500 on."""


@dataclass(frozen=True)
class Telemetry:
    """Makes spans of what it is shown; `api` is the module `opentelemetry.trace`."""

    api: Any
    provider: Any
    propagator: Any

    def note(self, observed: Observed) -> None:
        """Makes the spans of a request."""
        since_1970_ns = time.time_ns() - time.perf_counter_ns()
        tracer, parent = self.provider.get_tracer(SERVICE), None
        if observed.traceparent:
            parent = self.propagator.extract({"traceparent": observed.traceparent})
        span = tracer.start_span(
            observed.route,
            context=parent,
            kind=self.api.SpanKind.SERVER,
            attributes=_attributes(observed),
            start_time=since_1970_ns + _ns(observed.started),
        )
        if observed.status in FAULTS or observed.status.startswith("5"):
            span.set_status(self.api.StatusCode.ERROR)
        if observed.answered is not None:
            inside, ran = self.api.set_span_in_context(span), observed.answered.ran
            parts = (("wait", observed.answered.submitted, ran.started), ("batch", ran.started, ran.ended))
            for name, started, ended in parts:
                part = tracer.start_span(name, context=inside, start_time=since_1970_ns + _ns(started))
                part.end(since_1970_ns + _ns(ended))
        span.end(since_1970_ns + _ns(observed.ended))

    def close(self) -> None:
        """Returns when what was made is sent, or could not be."""
        self.provider.shutdown()


def open_telemetry() -> Telemetry:
    """Sends spans where the environment says, over OTLP and HTTP.

    Raises:
        MissingExtraError: OpenTelemetry is not installed.
    """
    try:
        api = importlib.import_module("opentelemetry.trace")
        context = importlib.import_module("opentelemetry.trace.propagation.tracecontext")
        resources = importlib.import_module("opentelemetry.sdk.resources")
        sdk = importlib.import_module("opentelemetry.sdk.trace")
        export = importlib.import_module("opentelemetry.sdk.trace.export")
        otlp = importlib.import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    except ImportError as missing:
        raise MissingExtraError("opentelemetry", "telemetry", "serve.telemetry") from missing
    is_named = "OTEL_SERVICE_NAME" in os.environ or "service.name" in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    provider = sdk.TracerProvider(resource=resources.Resource.create({} if is_named else {"service.name": SERVICE}))
    provider.add_span_processor(export.BatchSpanProcessor(otlp.OTLPSpanExporter()))
    return Telemetry(api, provider, context.TraceContextTextMapPropagator())


def _attributes(observed: Observed) -> dict[str, str | int]:
    found: dict[str, str | int] = {"transom.request_id": observed.request_id}
    if observed.status.isdecimal():
        found |= {"http.route": observed.route, "http.response.status_code": int(observed.status)}
    else:
        found |= {"rpc.system.name": "grpc", "rpc.response.status_code": observed.status}
    if observed.answered is not None:
        found |= {"transom.version": observed.answered.version, "transom.batch_size": observed.answered.ran.n_records}
    return found


def _ns(seconds: float) -> int:
    return int(seconds * 1e9)
