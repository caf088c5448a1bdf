"""A dynamic batcher: what queued while the last batch ran is the next batch, so that a lone request never waits.

There is no timer. Work runs on one thread of its own; the queue is bounded, and what finds it full is refused at once.

Source: the idea is adaptive batching as in Clipper (Crankshaw et al., 2017, NSDI, section 4.3), without its delay.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from transom.serving.refusal import RefusedError

_LOG = logging.getLogger(__name__)

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Bounds:
    """At most `max_batch` records are answered at once, `max_queue` wait, and none for longer than `deadline_s`.

    A request is never cut in two, so one with more than `max_batch` records is a batch of its own.
    """

    max_batch: int = 32
    max_queue: int = 256
    deadline_s: float = 10.0


@dataclass(frozen=True)
class Ran:
    """A batch of `n_records` that was answered; both times are seconds on the clock of `time.perf_counter`."""

    started: float
    ended: float
    n_records: int


@dataclass(frozen=True)
class _Waiting(Generic[Asked, Answer]):
    records: Sequence[Asked]
    deadline: float
    answer: asyncio.Future[Sequence[Answer]]
    tell: Callable[[Ran], object] | None


@dataclass(frozen=True)
class Batcher(Generic[Asked, Answer]):
    """Answers what is submitted, in the order in which it came; belongs to one event loop.

    `work` answers a sequence of records on the thread; `observe` is told the size of each batch.
    """

    work: Callable[[Sequence[Asked]], Sequence[Answer]]
    bounds: Bounds = field(default_factory=Bounds)
    observe: Callable[[int], None] = lambda _size: None
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "transom-batch"))
    _queue: deque[_Waiting[Asked, Answer]] = field(default_factory=deque)
    _running: set[asyncio.Task[None]] = field(default_factory=set)
    _closed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def n_queued(self) -> int:
        """How many records wait."""
        return sum(len(each.records) for each in self._queue)

    async def submit(self, records: Sequence[Asked], tell: Callable[[Ran], object] | None = None) -> Sequence[Answer]:
        """The answers to the records of one request, all of them from one batch, which `tell` is told of.

        Whoever is cancelled while it waits leaves the queue.

        Raises:
            RefusedError: the queue is full, the deadline passed before the turn came, or the batcher is closed.
        """
        if self._closed.is_set():
            raise RefusedError(503, "T190", "the server is stopping. Ask again in a moment.", retry_after_s=1)
        self._drop_cancelled(len(records))
        if self.n_queued + len(records) > self.bounds.max_queue:
            message = f"{self.n_queued} records wait already, and no more than {self.bounds.max_queue} may."
            raise RefusedError(503, "T190", f"{message} Ask again in a moment.", retry_after_s=1)
        loop = asyncio.get_running_loop()
        waiting = _Waiting(records, loop.time() + self.bounds.deadline_s, loop.create_future(), tell)
        self._queue.append(waiting)
        if not self._running:
            task = loop.create_task(self._run())
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return await waiting.answer

    async def close(self) -> None:
        """Refuses what comes from now on, and returns when everything accepted was answered."""
        self._closed.set()
        while self._running:
            await asyncio.wait(self._running)
        self._thread.shutdown(wait=False)

    async def _run(self) -> None:
        while self._queue:
            batch = self._next_batch()
            if batch:
                await self._answer(batch)
        self._running.clear()  # here and not in the callback of the task, which a submission may come before

    def _next_batch(self) -> list[_Waiting[Asked, Answer]]:
        """What is answered next; what nobody waits for any more is left out, and what is too late is refused."""
        now, size = asyncio.get_running_loop().time(), 0
        batch: list[_Waiting[Asked, Answer]] = []
        while self._queue and (not batch or size + len(self._queue[0].records) <= self.bounds.max_batch):
            waiting = self._queue.popleft()
            if waiting.answer.done():
                continue
            if waiting.deadline <= now:
                message = f"the request waited for more than {self.bounds.deadline_s:g} s. Ask again in a moment."
                waiting.answer.set_exception(RefusedError(503, "T191", message, retry_after_s=1))
                continue
            batch.append(waiting)
            size += len(waiting.records)
        return batch

    async def _answer(self, batch: Sequence[_Waiting[Asked, Answer]]) -> None:
        records = [record for waiting in batch for record in waiting.records]
        self.observe(len(records))
        started = time.perf_counter()
        try:
            answers = await asyncio.get_running_loop().run_in_executor(self._thread, self.work, records)
        except Exception as failure:  # whatever it was, it must not end the batcher
            if len(batch) > 1:
                _LOG.exception("a batch failed; its requests are answered one by one")
                for waiting in batch:
                    await self._answer([waiting])
            elif not batch[0].answer.done():
                batch[0].answer.set_exception(failure)
            return
        start, ran = 0, Ran(started, time.perf_counter(), len(records))
        for waiting in batch:
            stop = start + len(waiting.records)
            if not waiting.answer.done():
                if waiting.tell is not None:
                    waiting.tell(ran)
                waiting.answer.set_result(answers[start:stop])
            start = stop

    def _drop_cancelled(self, more: int) -> None:
        """Takes those out of the queue who left, where there would be no place for so many more otherwise."""
        if self.n_queued + more > self.bounds.max_queue:
            here = [waiting for waiting in self._queue if not waiting.answer.done()]
            self._queue.clear()
            self._queue.extend(here)
