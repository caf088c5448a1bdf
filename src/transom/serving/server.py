"""The server's process: its socket, uvicorn around the application, and a stop that answers what it accepted."""

import asyncio
import errno
import signal
import socket
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn

from transom.errors import UsageError, did_you_mean, listed
from transom.export.layout import LIVE, LOG
from transom.export.store import find_version
from transom.export.variants import name_of
from transom.schema.schema import Schema
from transom.serving.answering import Answering
from transom.serving.app import Application
from transom.serving.batching import Bounds
from transom.serving.connections import MAX_CONNECTIONS, Bounded, close_idle, room_for_connections
from transom.serving.http import is_loopback
from transom.serving.journal import Journal
from transom.serving.log_settings import Logging
from transom.serving.lookup import Lookups
from transom.serving.memory import give_back_freed_memory
from transom.serving.metrics import Metrics, new_metrics
from transom.serving.policy import Policy
from transom.serving.prediction_log import Keeping, PredictionLog, tend
from transom.serving.predictor import Predictor
from transom.serving.record_names import names_in
from transom.serving.routing import Routing
from transom.serving.shadowing import Shadowing
from transom.serving.shelf import Shelf
from transom.serving.tls import Tls
from transom.serving.tokens import Tokens
from transom.serving.versions import Versions, load
from transom.serving.watchers import open_watchers

Beside = Callable[[Application], AbstractAsyncContextManager[str]]
"""Another protocol by which the application answers as long as a block lasts; the block gets its host and port."""

Ready = Callable[[str, int, str | None], None]
"""Is told the URL, the version that answers, and the host and port of gRPC, if it is spoken."""


@dataclass(frozen=True)
class Address:
    """Where the server listens, and the certificate by which it is known; port 0 is any that is free."""

    host: str = "127.0.0.1"
    port: int = 8080
    tls: Tls | None = None


@dataclass(frozen=True)
class Entrance:
    """How clients come in: at most `room` connections to a socket that listens, and another protocol beside it."""

    listening: socket.socket
    tls: Tls | None = None
    room: int = MAX_CONNECTIONS
    beside: Beside | None = None


@dataclass(frozen=True)
class Service:
    """What is served, and how; `version` is an alias, which is followed, or the number of a version.

    Of each version the default model answers, or `variant`, as a model of its own name.
    """

    store: Path
    model: str
    version: str = LIVE
    variant: str | None = None
    bounds: Bounds = field(default_factory=Bounds)
    tokens: Tokens = field(default_factory=Tokens)
    policy: Policy | None = None
    log: Logging | None = field(default_factory=Logging)
    access_log: bool = False
    telemetry: bool = False
    poll_s: float = 1.0


def run(service: Service, address: Address, *, ready: Ready, beside: Beside | None = None) -> None:
    """Serves until the process is told to stop by SIGINT or SIGTERM; `ready` is told where.

    Raises:
        ArtifactError: there is no such version, or it cannot be served.
        UsageError: an address cannot be had, or is open to others without a token.
    """
    give_back_freed_memory()
    room = room_for_connections()
    with listen(address, service.tokens) as listening:
        predictor = load(service.store, find_version(service.store, service.version), service.variant)
        asyncio.run(serve(service, predictor, Entrance(listening, address.tls, room, beside), ready=ready))


def listen(address: Address, tokens: Tokens) -> socket.socket:
    """The socket on which the server will listen.

    Raises:
        UsageError: the address cannot be had, or is open to others without a token.
    """
    if tokens.serving is None and not is_loopback(address.host):
        message = f"{address.host!r} can be reached by others, and no token protects it."
        raise UsageError("T198", f"{message} Give --token-file FILE, or leave --host out.")
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    try:
        listening = socket.create_server((address.host, address.port), family=family, backlog=2048)
    except OSError as problem:
        why = str(problem.strerror).partition(" (while ")[0]  # Python says the address after it
        message = f"the server cannot listen on {address.host!r}, port {address.port}: {why}."
        if problem.errno in (errno.EADDRINUSE, errno.EACCES):
            advice = "Choose another with --port, or 0 for any."
        else:
            advice = "Give --host an address of this machine, or leave it out."
        raise UsageError("T198", f"{message} {advice}") from problem
    # Connections inherit it; without it the body of an answer waits 40 ms for the client to confirm its head.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


async def serve(service: Service, predictor: Predictor, entrance: Entrance, *, ready: Ready) -> None:
    """Serves until the signal to stop, and returns when everything that was accepted is answered and logged.

    Raises:
        UsageError: the policy or the log is about a value that records do not have.
    """
    require_names(service, predictor.schema)
    routing = routing_of(service, predictor)
    if routing.candidate is not None:
        await routing.candidate.refresh()
    metrics = routing.live.metrics
    journal = journal_of(service, metrics)
    shelf = Shelf(service.store, service.bounds, metrics, service.variant)
    model = name_of(service.model, service.variant)
    answering = Answering(routing, model, Shadowing(metrics), shelf, journal)
    lookups = Lookups(service.store)
    await lookups.refresh()
    watchers = open_watchers(access_log=service.access_log, telemetry=service.telemetry)
    app = Application(answering, service.tokens, lookups, observers=watchers.observers)
    server = uvicorn.Server(_config(app, service.bounds, entrance.tls))
    # uvicorn takes the signals only later, and raises them again at its end
    before = {each: signal.signal(each, server.handle_exit) for each in (signal.SIGINT, signal.SIGTERM)}
    chores = [
        asyncio.create_task(close_idle(server.server_state.connections, entrance.room)),
        asyncio.create_task(routing.follow(service.poll_s)),
        asyncio.create_task(lookups.follow(service.poll_s)),
        asyncio.create_task(watchers.tend()),
    ]
    if journal is not None:
        chores.append(asyncio.create_task(tend(journal.log)))
    try:
        async with AsyncExitStack() as others:
            grpc = None if entrance.beside is None else await others.enter_async_context(entrance.beside(app))
            ready(url_of(entrance.listening, entrance.tls), predictor.version, grpc)
            await server.serve(sockets=[entrance.listening])
    finally:
        for chore in chores:
            chore.cancel()
        await asyncio.gather(*chores, return_exceptions=True)
        async with AsyncExitStack() as closing:  # the last is closed first, and the others whatever befalls it
            for each, handler in before.items():  # None stands for one that C has set, which cannot be given back
                closing.callback(signal.signal, each, signal.SIG_DFL if handler is None else handler)
            closing.callback(lookups.close)
            closing.push_async_callback(watchers.close)
            closing.push_async_callback(answering.close)


def routing_of(service: Service, predictor: Predictor) -> Routing:
    """The live version, which is loaded, and the candidate of the policy, which is not yet."""
    live = Versions(service.store, service.version, service.bounds, new_metrics(), variant=service.variant)
    live.answer_with(predictor)
    if service.policy is None:
        return Routing(live)
    wanted, metrics = service.policy.version, live.metrics
    candidate = Versions(service.store, wanted, service.bounds, metrics, is_optional=True, variant=service.variant)
    return Routing(live, service.policy, candidate)


def require_names(service: Service, schema: Schema) -> None:
    """Refuses settings that name a value of records which the schema does not have: they would quietly do nothing.

    Raises:
        UsageError: the key of a policy, or a value that is to be redacted, is unknown.
    """
    known = list(names_in(schema))
    named = [*(service.log.redact if service.log else ()), *(service.policy.names if service.policy else ())]
    for name in named:
        if name not in known:
            message = f"deploy.yaml names {name!r}, which the version's records do not have."
            raise UsageError("T223", f"{message} They have {listed(known, 20)}.{did_you_mean(name, known)}")


def journal_of(service: Service, metrics: Metrics) -> Journal | None:
    """Where answers are logged, if they are."""
    if service.log is None:
        return None
    keeping = Keeping(service.log.keep_days, service.log.keep_bytes)
    return Journal(PredictionLog(service.store / LOG, keeping=keeping), service.log, metrics)


def url_of(listening: socket.socket, tls: Tls | None = None) -> str:
    """Where clients find the server."""
    host, port = listening.getsockname()[:2]
    return f"{'https' if tls else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"


def _config(app: Application, bounds: Bounds, tls: Tls | None) -> uvicorn.Config:
    return uvicorn.Config(
        Bounded(app),
        ssl_certfile=tls.certificate if tls else None,
        ssl_keyfile=tls.key if tls else None,
        lifespan="off",
        ws="none",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=int(bounds.deadline_s) + 5,
        h11_max_incomplete_event_size=64 << 10,
    )
