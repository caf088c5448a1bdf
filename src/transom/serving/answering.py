"""What every protocol does with records: check them, have them answered by one version, count and log the answers."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from transom.data.records import Reply
from transom.serving.http import Answered, ClientGoneError, Request, unless_gone
from transom.serving.journal import Journal
from transom.serving.metrics import count_answers
from transom.serving.refusal import refused
from transom.serving.routing import Choice, Routing, record_problem
from transom.serving.served_lines import Exchange, Served
from transom.serving.shadowing import Shadowing
from transom.serving.shelf import Shelf
from transom.serving.versions import Loaded, Versions


@dataclass(frozen=True)
class Answering:
    """The versions that answer, and where their answers are logged."""

    routing: Routing
    model: str
    shadowing: Shadowing
    shelf: Shelf
    journal: Journal | None = None

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
        require_answerable(loaded, records, within)
        submitted = time.perf_counter()
        try:
            batched = loaded.batcher.submit(
                records, lambda ran: request.answered.append(Answered(loaded.number, submitted, ran))
            )
            replies: Sequence[Reply] = await unless_gone(request, batched)
        except ClientGoneError:
            raise
        except Exception:
            metrics.failures.labels(str(loaded.number)).inc()
            raise
        seconds = time.perf_counter() - started
        metrics.answer_seconds.labels(str(loaded.number)).observe(seconds)
        count_answers(metrics, loaded.counted, replies)
        served = Served(loaded.number, self.model, request.id, choice.policy, choice.propensity, seconds * 1e3)
        exchange = Exchange(served, records, replies)
        segment = None if self.journal is None else self.journal.write(exchange, loaded.predictor.schema)
        if choice.shadow is not None:
            tell = partial(self._write_beside, segment, exchange, choice.shadow)
            self.shadowing.ask(choice.shadow, records, replies, tell=tell)
        return replies

    async def close(self) -> None:
        """Returns when every request that was accepted is answered and logged."""
        await self.routing.close()
        await self.shelf.close()
        await self.shadowing.close()
        if self.journal is not None:
            self.journal.log.close()

    def _write_beside(
        self, segment: int | None, answered: Exchange, shadow: Loaded, replies: Sequence[Reply], seconds: float
    ) -> None:
        """Logs what a candidate said of records, if they are logged."""
        if self.journal is not None and segment is not None:
            served = replace(answered.served, version=shadow.number, propensity=0.0, latency_ms=seconds * 1e3)
            exchange = Exchange(served, answered.records, replies)
            self.journal.write_beside(segment, exchange, shadow.predictor.schema)


def require_answerable(loaded: Loaded, records: Sequence[Any], within: str = "") -> None:
    """Refuses records that a version cannot answer; `within` is the JSON pointer to their list.

    Raises:
        RefusedError: one does not fit the schema.
    """
    for number, record in enumerate(records):
        problem = record_problem(loaded, record)
        if problem:
            place = f"{within}/{number}" if within else ""
            raise refused(422, replace(problem, pointer=f"{place}{problem.pointer or ''}" or None))
