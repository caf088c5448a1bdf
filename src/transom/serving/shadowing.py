"""Shadowing: a candidate is asked what another version has answered, off the path of any request."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from transom.data.records import Record, Reply
from transom.serving.metrics import Metrics
from transom.serving.refusal import RefusedError
from transom.serving.versions import Loaded

_LOG = logging.getLogger(__name__)

Tell = Callable[[Sequence[Reply], float], None]
"""Is told what a candidate said, and how many seconds that took."""


@dataclass(frozen=True)
class Shadowing:
    """What candidates were asked; what finds their queue full is dropped, what fails is counted, and nobody waits."""

    metrics: Metrics
    _asked: set[asyncio.Task[None]] = field(default_factory=set)

    def ask(self, loaded: Loaded, records: Sequence[Record], answered: Sequence[Reply], *, tell: Tell) -> None:
        """Asks a candidate what another version has answered, and returns at once."""
        task = asyncio.ensure_future(self._ask(loaded, records, answered, tell))
        self._asked.add(task)
        task.add_done_callback(self._asked.discard)

    async def close(self) -> None:
        """Returns when everything that was asked is answered, or has failed."""
        await asyncio.gather(*self._asked)

    async def _ask(self, loaded: Loaded, records: Sequence[Record], answered: Sequence[Reply], tell: Tell) -> None:
        started, outcome = time.perf_counter(), "answered"
        try:
            replies = await loaded.batcher.submit(records)
            tell(replies, time.perf_counter() - started)
            self._compare(loaded, answered, replies)
        except RefusedError:
            outcome = "dropped"
        except Exception:  # whatever a candidate does wrong, the version that answers goes on
            _LOG.exception("candidate %s failed", loaded.number)
            outcome = "failed"
        self.metrics.shadowed.labels(str(loaded.number), outcome).inc(len(records))

    def _compare(self, loaded: Loaded, answered: Sequence[Reply], replies: Sequence[Reply]) -> None:
        """Counts the records on which the candidate says another label."""
        for old, new in zip(answered, replies, strict=True):
            for task, answer in new["predictions"].items():
                before = old["predictions"].get(task)
                if before is not None and before["label"] != answer["label"]:
                    self.metrics.disagreements.labels(str(loaded.number), task).inc()
