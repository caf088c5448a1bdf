"""Connections: how many there may be at once, how long one may say nothing, and how many requests they may bring."""

import asyncio
import resource
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from transom.errors import UsageError
from transom.serving.app import OTHER, Application, error_response, route_of
from transom.serving.http import Receive, Scope, Send, request_of, respond
from transom.serving.refusal import RefusedError

MAX_CONNECTIONS = 20_000
MAX_REQUESTS = 1000
"""Requests at once; a connection that waits for the next one is none."""

STALLED_S = 15
"""A connection whose request did not begin to make sense for so long is closed; the body has a time of its own."""

OWN_FILES = 128
"""Files that the server opens itself: the store, the log, the network."""


@dataclass(frozen=True)
class Bounded:
    """The application, which refuses what would be more than `most` requests at once."""

    app: Application
    most: int = MAX_REQUESTS
    _running: set[object] = field(default_factory=set)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request, as ASGI has it."""
        if len(self._running) >= self.most:
            request, started = request_of(scope, receive), time.perf_counter()
            message = f"{self.most} requests are being answered, and no more than that may. Ask again in a moment."
            refusal = RefusedError(503, "T190", message, retry_after_s=1)
            await respond(send, error_response(refusal, request), request.id)
            self.app.observe(request, route_of(request.path) or OTHER, "503", started)
            return
        token = object()
        self._running.add(token)
        try:
            await self.app(scope, receive, send)
        finally:
            self._running.discard(token)


def room_for_connections() -> int:
    """How many connections the system lets this process have, after it was asked for as many as it gives.

    Raises:
        UsageError: they are too few for anything.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = MAX_CONNECTIONS + OWN_FILES
    most = enough if hard == resource.RLIM_INFINITY else min(hard, enough)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        soft = most
    room = MAX_CONNECTIONS if soft == resource.RLIM_INFINITY else min(MAX_CONNECTIONS, soft - OWN_FILES)
    if room < OWN_FILES:
        message = f"the system lets this process open {soft} files at once, too few to serve."
        raise UsageError("T219", f"{message} Allow {enough}: ulimit -n {enough}.")
    return room


async def close_idle(connections: Iterable[Any], room: int) -> None:
    """Closes connections of uvicorn that begin no request for long, and beyond `room` those that are idle the longest.

    uvicorn itself waits for the first request of a connection without end.
    """
    idle: dict[Any, Idle] = {}
    second = 0
    while True:
        await asyncio.sleep(1)
        second += 1
        here = set(connections)
        idle = idle_now(here, idle, second)
        for connection in superfluous(idle, second, len(here) - room):
            connection.transport.abort()


@dataclass(frozen=True)
class Idle:
    """A connection that waits for its next request: which was the last, if any, and the second when that was seen."""

    last: Any
    since: int


def idle_now(connections: Iterable[Any], before: Mapping[Any, Idle], second: int) -> dict[Any, Idle]:
    """The connections that are idle, the longest idle first; `before` are those of an earlier second."""
    last = {each: each.cycle for each in connections if each.cycle is None or each.cycle.response_complete}
    still = {each: known for each, known in before.items() if each in last and last[each] is known.last}
    return {**still, **{each: Idle(cycle, second) for each, cycle in last.items() if each not in still}}


def superfluous(idle: Mapping[Any, Idle], second: int, n_beyond: int) -> list[Any]:
    """Those that have been idle for too long, and as many as are beyond what there is room for."""
    return [
        connection
        for number, (connection, known) in enumerate(idle.items())
        if second - known.since >= STALLED_S or number < n_beyond
    ]
