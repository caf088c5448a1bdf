"""What every protocol does with records: check them, have them answered by one version, count and log the answers."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from transom.data.records import Record, Reply
from transom.serving.http import ClientGoneError, Request, unless_gone
from transom.serving.metrics import count_answers
from transom.serving.prediction_log import PredictionLog
from transom.serving.refusal import refused
from transom.serving.routing import Choice, Routing, record_problem
from transom.serving.served_lines import Served, served_lines
from transom.serving.shadowing import Shadowing
from transom.serving.versions import Versions


@dataclass(frozen=True)
class Answering:
    """The versions that answer, and where their answers are logged."""

    routing: Routing
    model: str
    shadowing: Shadowing
    log: PredictionLog | None = None

    @property
    def versions(self) -> Versions:
        """The version that is live."""
        return self.routing.live

    async def answer(
        self, request: Request, records: Sequence[Any], *, within: str = "", choice: Choice | None = None
    ) -> Sequence[Reply]:
        """The replies to records, all from one version, which the policy chooses unless it is given.

        `within` is the JSON pointer to the list of the records.

        Raises:
            RefusedError: a record does not fit the schema, or the server is too busy.
            ClientGoneError: there is nobody to answer any more.
        """
        started = time.perf_counter()
        choice = choice or self.routing.choose(records)
        loaded, metrics = choice.loaded, self.versions.metrics
        for number, record in enumerate(records):
            problem = record_problem(loaded, record)
            if problem:
                place = f"{within}/{number}" if within else ""
                raise refused(422, replace(problem, pointer=f"{place}{problem.pointer or ''}" or None))
        try:
            replies: Sequence[Reply] = await unless_gone(request, loaded.batcher.submit(records))
        except ClientGoneError:
            raise
        except Exception:
            metrics.failures.labels(str(loaded.number)).inc()
            raise
        seconds = time.perf_counter() - started
        metrics.answer_seconds.labels(str(loaded.number)).observe(seconds)
        count_answers(metrics, loaded.counted, replies)
        served = Served(loaded.number, self.model, request.id, choice.policy, choice.propensity)
        self._write(served, records, replies, seconds)
        if choice.shadow is not None:
            seen = replace(served, version=choice.shadow.number, propensity=0.0)
            self.shadowing.ask(choice.shadow, records, replies, tell=partial(self._write, seen, records))
        return replies

    async def close(self) -> None:
        """Returns when every request that was accepted is answered and logged."""
        await self.routing.close()
        await self.shadowing.close()
        if self.log is not None:
            self.log.close()

    def _write(self, served: Served, records: Sequence[Record], replies: Sequence[Reply], seconds: float) -> None:
        """Logs what was answered; a full disk is an alarm, and no reason to stop answering."""
        if self.log is None:
            return
        try:
            self.log.append(served_lines(served, records, replies, seconds * 1e3))
            self.versions.metrics.log_lines.labels("written").inc(len(records))
        except OSError:
            self.versions.metrics.log_failures.inc()
