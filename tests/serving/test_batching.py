"""The batcher answers everything that it accepts, in order, and refuses the rest at once."""

import asyncio
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transom.serving.batching import Batcher, Bounds
from transom.serving.refusal import RefusedError


class Gate:
    """Work that waits until it is let go, and keeps the batches that it was given."""

    def __init__(self):
        self.batches, self.started, self.go = [], threading.Semaphore(0), threading.Event()

    def __call__(self, records):
        self.batches.append(list(records))
        self.started.release()
        assert self.go.wait(30)
        return [f"answer {record}" for record in records]


async def begun(gate):
    assert await asyncio.to_thread(gate.started.acquire, timeout=30)


async def submitted(batcher, *requests):
    """One task a request, all of which stand in the queue."""
    tasks = [asyncio.ensure_future(batcher.submit(records)) for records in requests]
    await asyncio.sleep(0)
    return tasks


def test_what_queued_while_a_batch_ran_is_the_next_batch():
    async def scene():
        gate = Gate()
        batcher = Batcher(gate, Bounds(max_batch=3))
        first = await submitted(batcher, ["a"])
        await begun(gate)
        rest = await submitted(batcher, ["b"], ["c"], ["d"], ["e"])
        gate.go.set()
        answers = await asyncio.gather(*first, *rest)
        assert gate.batches == [["a"], ["b", "c", "d"], ["e"]]
        assert answers == [[f"answer {name}"] for name in "abcde"]

    asyncio.run(scene())


def test_a_request_is_never_cut_in_two():
    async def scene():
        gate = Gate()
        gate.go.set()
        batcher = Batcher(gate, Bounds(max_batch=3))
        await asyncio.gather(*await submitted(batcher, ["a", "b"], ["c", "d"], list("efgh")))
        assert gate.batches == [["a", "b"], ["c", "d"], list("efgh")]

    asyncio.run(scene())


def test_whoever_wants_is_told_of_the_batch_that_answered():
    async def scene():
        gate, told = Gate(), []
        gate.go.set()
        batcher = Batcher(gate, Bounds(max_batch=3))
        before = time.perf_counter()
        await asyncio.gather(*(batcher.submit([name], told.append) for name in "abc"))
        assert [ran.n_records for ran in told] == [3, 3, 3]
        assert all(before <= ran.started <= ran.ended <= time.perf_counter() for ran in told)

    asyncio.run(scene())


def test_a_full_queue_refuses_at_once_and_says_when_to_come_back():
    async def scene():
        gate = Gate()
        batcher = Batcher(gate, Bounds(max_queue=2))
        first = await submitted(batcher, ["a"])
        await begun(gate)
        waiting = await submitted(batcher, ["b", "c"])
        with pytest.raises(RefusedError, match="2 records wait already, and no more than 2 may") as refusal:
            await batcher.submit(["d"])
        assert (refusal.value.status, refusal.value.retry_after_s) == (503, 1)
        gate.go.set()
        await asyncio.gather(*first, *waiting)
        assert await batcher.submit(["e"]) == ["answer e"]

    asyncio.run(scene())


def test_who_was_cancelled_is_not_answered_and_takes_no_place():
    async def scene():
        gate = Gate()
        batcher = Batcher(gate, Bounds(max_queue=1))
        first = await submitted(batcher, ["a"])
        await begun(gate)
        (leaving,) = await submitted(batcher, ["b"])
        leaving.cancel()
        await asyncio.wait([leaving])
        rest = await submitted(batcher, ["c"])
        gate.go.set()
        await asyncio.gather(*first, *rest)
        assert gate.batches == [["a"], ["c"]]

    asyncio.run(scene())


def test_who_was_cancelled_takes_no_place_from_several_records():
    async def scene():
        gate = Gate()
        batcher = Batcher(gate, Bounds(max_queue=3))
        first = await submitted(batcher, ["a"])
        await begun(gate)
        (leaving,) = await submitted(batcher, ["b", "c"])
        leaving.cancel()
        await asyncio.wait([leaving])
        rest = await submitted(batcher, ["d", "e"])
        gate.go.set()
        await asyncio.gather(*first, *rest)
        assert gate.batches == [["a"], ["d", "e"]]

    asyncio.run(scene())


def test_a_request_whose_turn_comes_after_its_deadline_is_refused():
    async def scene():
        batches = []
        (task,) = await submitted(Batcher(batches.append, Bounds(deadline_s=0.0)), ["a"])
        with pytest.raises(RefusedError, match=r"T191 the request waited for more than 0 s\. Ask again in a moment\."):
            await task
        assert batches == []

    asyncio.run(scene())


def test_closing_answers_what_was_accepted_and_refuses_what_comes():
    async def scene():
        gate = Gate()
        batcher = Batcher(gate)
        accepted = await submitted(batcher, ["a"], ["b"])
        closing = asyncio.ensure_future(batcher.close())
        await asyncio.sleep(0)
        with pytest.raises(RefusedError, match="the server is stopping"):
            await batcher.submit(["c"])
        gate.go.set()
        await closing
        assert [task.result() for task in accepted] == [["answer a"], ["answer b"]]

    asyncio.run(scene())


def test_a_request_that_breaks_the_work_fails_alone():
    def work(records):
        return [10 // record for record in records]

    async def scene():
        found = await asyncio.gather(*await submitted(Batcher(work), [1], [0], [5]), return_exceptions=True)
        assert (found[0], found[2]) == ([10], [2])
        assert isinstance(found[1], ZeroDivisionError)

    asyncio.run(scene())


@settings(max_examples=30)
@given(
    requests=st.lists(st.lists(st.integers(), min_size=1, max_size=5), max_size=12),
    max_batch=st.integers(1, 6),
)
def test_every_request_gets_its_own_answers_whatever_is_batched(requests, max_batch):
    sizes = []

    async def scene():
        batcher = Batcher(lambda records: [-each for each in records], Bounds(max_batch), observe=sizes.append)
        return await asyncio.gather(*(batcher.submit(each) for each in requests))

    assert asyncio.run(scene()) == [[-each for each in records] for records in requests]
    assert sum(sizes) == sum(map(len, requests))
    assert all(size <= max(max_batch, 5) for size in sizes)
