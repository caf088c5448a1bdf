"""What the server counts, in the form that Prometheus reads."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from transom.data.items import is_elementwise
from transom.schema.schema import Schema
from transom.schema.tasks import Bitvector, Multiclass

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0)
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)


@dataclass(frozen=True)
class Metrics:
    """The counters of one server."""

    registry: CollectorRegistry
    latency: Histogram
    requests: Counter
    batch_size: Histogram
    queue: Gauge
    predictions: Counter
    predicted: Counter
    version: Gauge
    load_failures: Counter
    has_alarm: Gauge
    log_failures: Counter

    def text(self) -> bytes:
        """What `GET /metrics` answers."""
        return generate_latest(self.registry)


def new_metrics() -> Metrics:
    """Counters that stand at zero."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    return Metrics(
        registry,
        latency=Histogram(
            "transom_request_seconds", "From request to answer.", ["route"], buckets=_SECONDS, registry=registry
        ),
        requests=Counter("transom_requests", "Requests by their answer.", ["route", "status"], registry=registry),
        batch_size=Histogram("transom_batch_size", "Records answered at once.", buckets=_SIZES, registry=registry),
        queue=Gauge("transom_queue_records", "Records that wait.", registry=registry),
        predictions=Counter("transom_predictions", "Records answered.", ["version"], registry=registry),
        predicted=Counter(
            "transom_predicted", "Records by what was answered.", ["version", "task", "label"], registry=registry
        ),
        version=Gauge("transom_version", "The version that answers.", registry=registry),
        load_failures=Counter("transom_load_failures", "New versions that could not be loaded.", registry=registry),
        has_alarm=Gauge("transom_alarm", "1 while a version that should answer cannot.", registry=registry),
        log_failures=Counter("transom_log_failures", "Predictions that could not be logged.", registry=registry),
    )


def counted_tasks(schema: Schema) -> tuple[str, ...]:
    """The tasks whose answers are classes of whole examples, which can be counted one by one."""
    payloads = {payload.name: payload for payload in schema.payloads}
    return tuple(
        task.name
        for task in schema.tasks
        if isinstance(task, Multiclass | Bitvector)
        and not (task.payload is not None and is_elementwise(task, payloads[task.payload]))
    )


def count_answers(metrics: Metrics, tasks: Iterable[str], replies: Iterable[Mapping[str, Any]]) -> None:
    """Counts what was answered, by version and class."""
    for reply in replies:
        version = str(reply["version"])
        metrics.predictions.labels(version).inc()
        for task in tasks:
            label = reply["predictions"].get(task, {}).get("label")
            for each in label if isinstance(label, list) else [label]:
                metrics.predicted.labels(version, task, "" if each is None else each).inc()
