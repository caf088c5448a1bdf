"""The journal of a server: which answers go into the prediction log, and how much of each."""

from dataclasses import dataclass, field

from transom.schema.schema import Schema
from transom.serving.log_settings import Logging
from transom.serving.metrics import Metrics
from transom.serving.policy import place_of
from transom.serving.prediction_log import PredictionLog
from transom.serving.redaction import redaction_of
from transom.serving.served_lines import Exchange, Kept, served_lines, shadow_lines


@dataclass(frozen=True)
class Journal:
    """Writes a sample of the answers to the log; whether a request is in it depends on the request's id alone.

    What cannot be written, as when the disk is full, is counted, and no reason to stop answering.
    """

    log: PredictionLog
    settings: Logging
    metrics: Metrics
    _kept: dict[int, Kept] = field(default_factory=dict)

    def write(self, exchange: Exchange, schema: Schema) -> int | None:
        """Logs what a version of this schema answered; the number of the segment where it stands, if it does."""
        if not self._is_sampled(exchange.served.request_id):
            self._count("not sampled", exchange)
            return None
        segment = self._append(served_lines(exchange, self._kept_of(exchange, schema)))
        self._count("failed" if segment is None else "written", exchange)
        return segment

    def write_beside(self, segment: int, exchange: Exchange, schema: Schema) -> None:
        """Logs what a candidate said of records that stand in this segment, unless another was begun meanwhile.

        So each segment is whole by itself.
        """
        lines = shadow_lines(exchange, self._kept_of(exchange, schema))
        outcomes = {None: "failed", segment: "written"}
        self._count(outcomes.get(self._append(lines, segment), "too late"), exchange)

    def _append(self, lines: bytes, segment: int | None = None) -> int | None:
        try:
            return self.log.append(lines, segment)
        except OSError:
            self.metrics.log_failures.inc()
            return None

    def _is_sampled(self, request_id: str) -> bool:
        return self.settings.sample >= 1 or place_of(request_id, "log") < self.settings.sample

    def _count(self, outcome: str, exchange: Exchange) -> None:
        self.metrics.log_lines.labels(outcome).inc(len(exchange.records))

    def _kept_of(self, exchange: Exchange, schema: Schema) -> Kept:
        version, settings = exchange.served.version, self.settings
        if version not in self._kept:
            redaction = redaction_of(schema, settings.redact)
            self._kept[version] = Kept(settings.sample, settings.probabilities, redaction)
        return self._kept[version]
