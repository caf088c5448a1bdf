"""The server's process: its socket, uvicorn around the application, and a stop that answers what it accepted."""

import asyncio
import ipaddress
import logging
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn

from transom.errors import UsageError
from transom.export.layout import LIVE, LOG
from transom.export.store import find_version
from transom.serving.answering import Answering
from transom.serving.app import Application
from transom.serving.batching import Bounds
from transom.serving.metrics import new_metrics
from transom.serving.prediction_log import FLUSH_S, PredictionLog
from transom.serving.predictor import Predictor
from transom.serving.tokens import Tokens
from transom.serving.versions import Versions, load

_LOG = logging.getLogger(__name__)
MAX_CONNECTIONS = 1000
STALLED_S = 15.0
"""A connection whose request did not begin to make sense for so long is closed; the body has a time of its own."""


@dataclass(frozen=True)
class Address:
    """Where the server listens; port 0 is any that is free."""

    host: str = "127.0.0.1"
    port: int = 8080


@dataclass(frozen=True)
class Service:
    """What is served, and how; `version` is an alias, which is followed, or the number of a version."""

    store: Path
    model: str
    version: str = LIVE
    bounds: Bounds = field(default_factory=Bounds)
    tokens: Tokens = field(default_factory=Tokens)
    has_log: bool = True
    poll_s: float = 1.0


def run(service: Service, address: Address, *, ready: Callable[[str, int], None]) -> None:
    """Serves until the process is told to stop by SIGINT or SIGTERM; `ready` is told the URL and the version.

    Raises:
        ArtifactError: there is no such version, or it cannot be served.
        UsageError: the address cannot be had, or is open to others without a token.
    """
    with listen(address, service.tokens) as listening:
        predictor = load(service.store, find_version(service.store, service.version))
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, _nothing_more)  # uvicorn raises the signal again after it has stopped
        asyncio.run(serve(service, predictor, listening, ready=ready))


def listen(address: Address, tokens: Tokens) -> socket.socket:
    """The socket on which the server will listen.

    Raises:
        UsageError: the address cannot be had, or is open to others without a token.
    """
    if tokens.serving is None and not _is_loopback(address.host):
        message = f"{address.host!r} can be reached by others, and no token protects it."
        raise UsageError("T198", f"{message} Give --token-file FILE, or leave --host out.")
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    try:
        listening = socket.create_server((address.host, address.port), family=family, backlog=2048)
    except OSError as problem:
        message = f"the server cannot listen on {address.host!r}, port {address.port}: {problem.strerror}."
        raise UsageError("T198", f"{message} Choose another with --port, or 0 for any.") from problem
    # Connections inherit it; without it the body of an answer waits 40 ms for the client to confirm its head.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


async def serve(
    service: Service, predictor: Predictor, listening: socket.socket, *, ready: Callable[[str, int], None]
) -> None:
    """Serves until the signal to stop, and returns when everything that was accepted is answered and logged."""
    versions = Versions(service.store, service.version, service.bounds, new_metrics())
    versions.answer_with(predictor)
    log = PredictionLog(service.store / LOG) if service.has_log else None
    app = Application(Answering(versions, service.model, log), service.tokens)
    server = uvicorn.Server(_config(app, service.bounds))
    chores = [asyncio.create_task(_close_stalled(server))]
    if not service.version.removeprefix("v").isdecimal():
        chores.append(asyncio.create_task(versions.follow(service.poll_s)))
    if log is not None:
        chores.append(asyncio.create_task(_flush(log)))
    ready(url_of(listening), predictor.version)
    try:
        await server.serve(sockets=[listening])
    finally:
        for chore in chores:
            chore.cancel()
        await asyncio.gather(*chores, return_exceptions=True)
        await versions.close()
        if log is not None:
            log.close()


def url_of(listening: socket.socket) -> str:
    """Where clients find the server."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _config(app: Application, bounds: Bounds) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        lifespan="off",
        ws="none",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=MAX_CONNECTIONS,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=int(bounds.deadline_s) + 5,
        h11_max_incomplete_event_size=64 << 10,
    )


async def _close_stalled(server: uvicorn.Server) -> None:
    """Closes connections that never finish the head of a request, which uvicorn itself waits for without end."""
    before: dict[Any, Any] = {}
    while True:
        await asyncio.sleep(STALLED_S)
        connections: set[Any] = server.server_state.connections
        now = {each: each.cycle for each in connections if each.cycle is None or each.cycle.response_complete}
        for connection, cycle in now.items():
            if connection in before and before[connection] is cycle:
                connection.transport.abort()
        before = now


async def _flush(log: PredictionLog) -> None:
    """Brings the log to the disk every second."""
    while True:
        await asyncio.sleep(FLUSH_S)
        try:
            await asyncio.to_thread(log.flush)
        except OSError:
            _LOG.exception("the prediction log cannot be brought to the disk")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _nothing_more(_signal: int, _frame: object) -> None:
    """The server has stopped already."""
