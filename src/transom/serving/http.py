"""Requests and responses over ASGI, as far as an inference route needs them: bodies with bounds, JSON, request ids."""

import asyncio
import ipaddress
import re
import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import orjson

from transom.data.lines import parse_line
from transom.errors import Problem
from transom.serving.batching import Ran
from transom.serving.refusal import RefusedError, refused

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

JSON = "application/json"
REQUEST_ID = re.compile(r"[A-Za-z0-9_.:-]{1,100}")


@dataclass(frozen=True)
class BodyBounds:
    """How large a body may be, how long it may take to arrive, and how deep its JSON may be nested."""

    size_bytes: int = 4 << 20
    timeout_s: float = 10.0
    depth: int = 32


@dataclass(frozen=True)
class Answered:
    """A version answered the records of a request: when they were handed to it, and the batch that they were in."""

    version: int
    submitted: float
    ran: Ran


@dataclass(frozen=True)
class Request:
    """A request whose body is still to come; header names are in lower case.

    `answered` is written by whoever has a version answer it.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    id: str
    receive: Receive
    answered: list[Answered] = field(default_factory=list)


@dataclass(frozen=True)
class Response:
    """What is answered; `version` is the one that answered, where one did."""

    status: int
    body: bytes
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()
    version: int | None = None


class ClientGoneError(Exception):
    """The client has left, so that there is nobody to answer."""


def request_of(scope: Scope, receive: Receive) -> Request:
    """The request of an ASGI scope; it keeps the id that the client gave it, if that is a plain one."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    given = headers.get("x-request-id", "")
    own = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
    return Request(scope["method"], scope["path"], headers, own, receive)


def json_response(status: int, document: object, **more: Any) -> Response:
    """A response with a JSON document."""
    return Response(status, orjson.dumps(document), **more)


async def respond(send: Send, response: Response, request_id: str) -> None:
    """Sends a response."""
    headers = [("content-type", response.content_type), ("content-length", str(len(response.body)))]
    headers += [("x-request-id", request_id), *response.headers]
    if response.version is not None:
        headers.append(("x-transom-version", str(response.version)))
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    await send({"type": "http.response.start", "status": response.status, "headers": encoded})
    await send({"type": "http.response.body", "body": response.body})


async def body_of(request: Request, bounds: BodyBounds) -> bytes:
    """The whole body.

    Raises:
        RefusedError: it is compressed, too large, or too slow.
        ClientGoneError: it ends before its end.
    """
    coding = request.headers.get("content-encoding", "identity")
    if coding.lower() != "identity":
        raise RefusedError(415, "T193", f"the content encoding is {coding[:100]!r}. Send the body uncompressed.")
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced) > bounds.size_bytes:
        raise _too_large(bounds)
    parts: list[bytes] = []
    size, has_more = 0, True
    try:
        async with asyncio.timeout(bounds.timeout_s):
            while has_more:
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    raise ClientGoneError
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                has_more = message.get("more_body", False)
                if size > bounds.size_bytes:
                    raise _too_large(bounds)
    except TimeoutError as slow:
        raise RefusedError(408, "T192", f"the body did not arrive within {bounds.timeout_s:g} s.") from slow
    return b"".join(parts)


def require_own_site(request: Request) -> None:
    """Refuses what a page of another site makes a browser ask, which would be answered where no token is asked for.

    Source: Fetch Metadata Request Headers (W3C); browsers send them to this machine, and over TLS.

    Raises:
        RefusedError: the browser says so.
    """
    if request.headers.get("sec-fetch-site") == "cross-site":
        raise RefusedError(403, "T193", "a page of another site asks, by a browser. Ask from the server of that site.")


def require_own_host(request: Request) -> None:
    """Refuses a request under a name that is not this machine's own, as one may be made to lead here (DNS rebinding).

    Raises:
        RefusedError: the header `Host` names another.
    """
    given = request.headers.get("host", "localhost")
    if not is_loopback(_host_of(given)):
        message = f"this server has no token, and answers this machine alone, not {given[:100]!r}."
        raise RefusedError(421, "T193", f"{message} Ask localhost, or start it with --token-file FILE.")


def is_loopback(host: str) -> bool:
    """Whether a name or an address is that of the machine itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def require_json(request: Request, *also: str) -> None:
    """Refuses a body that is declared as neither JSON nor one of `also`, where nothing stands for no declaration.

    A browser asks before another site's page may send JSON; texts and forms it sends unasked.

    Raises:
        RefusedError: the content type is another.
    """
    given = request.headers.get("content-type", "")
    if given.partition(";")[0].strip().lower() not in (JSON, *also):
        message = f"the content type is {given[:100]!r}. Send JSON, with Content-Type: {JSON}."
        raise RefusedError(415, "T193", message)


def json_of(body: bytes, bounds: BodyBounds) -> Any:
    """The document in a body.

    Raises:
        RefusedError: it is not JSON, or nested too deep.
    """
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as wrong:
        problem = parse_line(body) if len(body) else Problem("T030", "the body is empty. Send a record.")
        if not isinstance(problem, Problem):
            raise
        raise refused(400, problem) from wrong
    require_shallow(document, body, bounds.depth)
    return document


def require_shallow(document: Any, content: bytes, depth: int) -> None:
    """Refuses a document, read from this JSON, that is nested deeper than so many levels.

    Raises:
        RefusedError: it is.
    """
    n_opened = content.count(b"[") + content.count(b"{")  # no less than the depth, and much sooner known
    if n_opened > depth and not _is_shallow(document, depth):
        raise RefusedError(400, "T192", f"the body is nested deeper than {depth} levels.")


async def unless_gone(request: Request, answering: Awaitable[Any]) -> Any:
    """The answer; if the client leaves before it is there, the work on it is cancelled.

    Raises:
        ClientGoneError: the client has left.
    """
    answer, leaving = asyncio.ensure_future(answering), asyncio.ensure_future(request.receive())
    try:
        await asyncio.wait({answer, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            raise ClientGoneError
        return answer.result()
    finally:
        answer.cancel()
        leaving.cancel()


def _host_of(authority: str) -> str:
    """The name in `name:port`, in lower case; nothing where it is none."""
    try:
        return urlsplit(f"//{authority}").hostname or ""
    except ValueError:
        return ""


def _too_large(bounds: BodyBounds) -> RefusedError:
    message = f"the body has more than {bounds.size_bytes} bytes. Send fewer records at once."
    return RefusedError(413, "T192", message)


def _is_shallow(document: Any, depth: int) -> bool:
    level = [document]
    for _ in range(depth):
        level = [inner for outer in level for inner in _inside(outer)]
    return not any(isinstance(each, dict | list) for each in level)


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
