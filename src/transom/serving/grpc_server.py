"""gRPC beside HTTP: the same application, in the same event loop, behind a port of its own."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import grpc

from transom.errors import UsageError
from transom.serving.app import Application
from transom.serving.connections import MAX_REQUESTS
from transom.serving.grpc_inference import METHODS, answer
from transom.serving.grpc_messages import SERVICE
from transom.serving.http import Message as Event
from transom.serving.http import request_of
from transom.serving.refusal import RefusedError
from transom.serving.server import Address
from transom.serving.tls import Tls

_LOG = logging.getLogger(__name__)
IDLE_MS, HANDSHAKE_MS = 300_000, 15_000
"""A connection without a call is closed after so long, and one that does not begin as it should."""

LONGEST_DETAILS = 2000
"""Details are a header, and headers have 8 KiB together."""

STATUSES: Mapping[int, grpc.StatusCode] = {
    400: grpc.StatusCode.INVALID_ARGUMENT,
    401: grpc.StatusCode.UNAUTHENTICATED,
    403: grpc.StatusCode.PERMISSION_DENIED,
    404: grpc.StatusCode.NOT_FOUND,
    413: grpc.StatusCode.RESOURCE_EXHAUSTED,
    422: grpc.StatusCode.INVALID_ARGUMENT,
    503: grpc.StatusCode.UNAVAILABLE,
}
"""What a refusal is over gRPC; others are INTERNAL."""

CODES: Mapping[str, grpc.StatusCode] = {"T191": grpc.StatusCode.DEADLINE_EXCEEDED}
"""Codes of errors that say it more exactly than their status."""


@asynccontextmanager
async def grpc_beside(address: Address, app: Application) -> AsyncIterator[str]:
    """A server that answers as long as the block lasts, and then what it accepted; yields its host and port.

    Raises:
        UsageError: the address cannot be had.
    """
    server = grpc.aio.server(options=_options(app), maximum_concurrent_rpcs=MAX_REQUESTS)
    methods = {name: grpc.unary_unary_rpc_method_handler(partial(_answer, app, name)) for name in METHODS}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, methods),))
    host = f"[{address.host}]" if ":" in address.host else address.host
    wanted = f"{host}:{address.port}"
    try:
        if address.tls is None:
            port = server.add_insecure_port(wanted)
        else:
            port = server.add_secure_port(wanted, _credentials(address.tls))
    except RuntimeError as problem:
        message = f"the server cannot listen on {address.host!r}, port {address.port}, for gRPC."
        raise UsageError("T198", f"{message} Choose another with --grpc-port, or 0 for any.") from problem
    await server.start()
    try:
        yield f"{host}:{port}"
    finally:
        await server.stop(app.answering.versions.bounds.deadline_s)


async def _answer(app: Application, name: str, content: bytes, context: Any) -> bytes:
    """Answers one call; the metadata `x-request-id` comes back, and `authorization` shows the token."""
    started = time.perf_counter()
    request = request_of(_scope(name, context.invocation_metadata()), _never)
    code, details, trailing = grpc.StatusCode.OK, "", [("x-request-id", request.id)]
    answered = b""
    try:
        answered = (await answer(app, name, request, content)).SerializeToString()
    except RefusedError as refusal:
        code = CODES.get(refusal.problem.code) or STATUSES.get(refusal.status, grpc.StatusCode.INTERNAL)
        details = str(refusal.problem)[:LONGEST_DETAILS]
        if refusal.retry_after_s is not None:
            trailing.append(("grpc-retry-pushback-ms", str(refusal.retry_after_s * 1000)))
    except Exception:  # the process edge: what arrives here is a bug, of which clients see nothing
        _LOG.exception("request %s failed", request.id, extra={"request_id": request.id})
        code, details = grpc.StatusCode.INTERNAL, "T199 the server failed. Its log says why, with the request's id."
    context.set_trailing_metadata(tuple(trailing))
    context.set_code(code)
    context.set_details(details)
    app.observe(request, f"grpc {name}", code.name, started)
    return answered


def _scope(name: str, metadata: Any) -> dict[str, Any]:
    """The call as the HTTP request that it is, so that what reads headers reads its metadata."""
    headers = [(key.encode(), value.encode("latin-1")) for key, value in metadata if isinstance(value, str)]
    return {"method": "POST", "path": f"/{SERVICE}/{name}", "headers": headers}


async def _never() -> Event:
    """A call has no further events: one whose client leaves is cancelled."""
    event: Event = await asyncio.get_running_loop().create_future()
    return event


def _options(app: Application) -> list[tuple[str, int]]:
    return [
        ("grpc.max_receive_message_length", app.bounds.size_bytes),
        ("grpc.max_connection_idle_ms", IDLE_MS),
        ("grpc.server_handshake_timeout_ms", HANDSHAKE_MS),
        ("grpc.so_reuseport", 0),
        # A small compressed message may be a large one, so that none is read.
        ("grpc.compression_enabled_algorithms_bitset", 1),
    ]


def _credentials(tls: Tls) -> grpc.ServerCredentials:
    return grpc.ssl_server_credentials([(tls.key.read_bytes(), tls.certificate.read_bytes())])
