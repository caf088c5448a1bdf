"""What the server counts, in the form that Prometheus reads."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from transom.data.items import is_elementwise
from transom.schema.schema import Schema
from transom.schema.tasks import Bitvector, Multiclass

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0)
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_SHADOWED = ("version", "outcome")
KEPT_VERSIONS = 8
"""The figures of versions that were loaded before the last so many are dropped, so that they do not grow for ever.

Those that answer for an alias stay, however many others clients have asked for by number since.
"""


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
    answer_seconds: Histogram
    failures: Counter
    shadowed: Counter
    disagreements: Counter
    version: Gauge
    load_failures: Counter
    has_alarm: Gauge
    log_lines: Counter
    log_failures: Counter
    _begun: list[int] = field(default_factory=list)

    def text(self) -> bytes:
        """What `GET /metrics` answers."""
        return generate_latest(self.registry)

    def begin(self, version: int) -> None:
        """Notes that a version was loaded; the figures of versions that have long been replaced are dropped."""
        answering = {int(sample.value) for gauge in self.version.collect() for sample in gauge.samples}
        self._begun[:] = [*(each for each in self._begun if each != version), version]
        old = [each for each in self._begun[:-KEPT_VERSIONS] if each not in answering]
        counters = (self.predictions, self.predicted, self.failures, self.shadowed, self.disagreements)
        for each in old:
            for figure in (*counters, self.answer_seconds):
                figure.remove_by_labels({"version": str(each)})
        self._begun[:] = [each for each in self._begun if each not in old]


def new_metrics() -> Metrics:
    """Counters that stand at zero."""
    disable_created_metrics()  # type: ignore[no-untyped-call]  # a series more for each, of when it began
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    counter, gauge = partial(Counter, registry=registry), partial(Gauge, registry=registry)
    seconds = partial(Histogram, buckets=_SECONDS, registry=registry)
    return Metrics(
        registry,
        latency=seconds("transom_request_seconds", "From request to answer.", ["route"]),
        requests=counter("transom_requests", "Requests by their answer.", ["route", "status"]),
        batch_size=Histogram("transom_batch_size", "Records answered at once.", buckets=_SIZES, registry=registry),
        queue=gauge("transom_queue_records", "Records that wait for the version of an alias.", ["alias"]),
        predictions=counter("transom_predictions", "Records answered.", ["version"]),
        predicted=counter("transom_predicted", "Records by what was answered.", ["version", "task", "label"]),
        answer_seconds=seconds("transom_answer_seconds", "From records to their answer by a version.", ["version"]),
        failures=counter("transom_answer_failures", "Requests that a version did not answer.", ["version"]),
        shadowed=counter("transom_shadow", "Records that a candidate saw, by what became of them.", _SHADOWED),
        disagreements=counter(
            "transom_shadow_disagreements", "Records on which a candidate said another label.", ["version", "task"]
        ),
        version=gauge("transom_version", "The version that answers for an alias; 0 is none.", ["alias"]),
        load_failures=counter("transom_load_failures", "New versions that could not be loaded.", ["alias"]),
        has_alarm=gauge("transom_alarm", "1 while a version that should answer cannot.", ["alias"]),
        log_lines=counter("transom_log_lines", "Answers by what became of them in the prediction log.", ["outcome"]),
        log_failures=counter("transom_log_failures", "Predictions that could not be logged."),
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
