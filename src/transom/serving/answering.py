"""What every protocol does with records: check them, have them answered by one version, count and log the answers."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from transom.data.decode import quoted
from transom.data.records import Reply
from transom.errors import NOWHERE, Problem
from transom.serving.http import Request, unless_gone
from transom.serving.metrics import count_answers
from transom.serving.prediction_log import PredictionLog, served_lines
from transom.serving.predictor import Predictor, problem_of
from transom.serving.refusal import refused
from transom.serving.versions import Versions


@dataclass(frozen=True)
class Answering:
    """The versions that answer, and where their answers are logged."""

    versions: Versions
    model: str
    log: PredictionLog | None = None

    async def answer(self, request: Request, records: Sequence[Any], *, within: str = "") -> Sequence[Reply]:
        """The replies to records, all from one version; `within` is the JSON pointer to their list.

        Raises:
            RefusedError: a record does not fit the schema, or the server is too busy.
            ClientGoneError: there is nobody to answer any more.
        """
        started = time.perf_counter()
        loaded = self.versions.current
        for number, record in enumerate(records):
            problem = record_problem(loaded.predictor, record)
            if problem:
                place = f"{within}/{number}" if within else ""
                raise refused(422, replace(problem, pointer=f"{place}{problem.pointer or ''}" or None))
        replies: Sequence[Reply] = await unless_gone(request, loaded.batcher.submit(records))
        count_answers(self.versions.metrics, loaded.counted, replies)
        if self.log is not None:
            latency_ms = (time.perf_counter() - started) * 1e3
            self._write(served_lines(records, replies, self.model, request.id, latency_ms))
        return replies

    def _write(self, lines: bytes) -> None:
        """Logs what was answered; a full disk is an alarm, and no reason to stop answering."""
        try:
            if self.log is not None:
                self.log.append(lines)
        except OSError:
            self.versions.metrics.log_failures.inc()


def record_problem(predictor: Predictor, record: Any) -> Problem | None:
    """Why a record cannot be answered."""
    if not isinstance(record, dict):
        return Problem("T195", f"{quoted(record)} is not a record. Write {{'payloads': {{...}}}}.")
    return problem_of(predictor, record, NOWHERE)
