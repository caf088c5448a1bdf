"""The server as an ASGI application: which route answers what, and what every failure looks like."""

import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version

from transom.serving import admin, open_inference
from transom.serving import metrics as prometheus
from transom.serving.answering import Answering
from transom.serving.api_document import api_document
from transom.serving.docs_page import HEADERS as PAGE_HEADERS
from transom.serving.docs_page import docs_page
from transom.serving.http import (
    BodyBounds,
    ClientGoneError,
    Receive,
    Request,
    Response,
    Scope,
    Send,
    json_response,
    request_of,
    require_own_host,
    require_own_site,
    respond,
)
from transom.serving.lookup import PREFIX, Lookups
from transom.serving.observing import Observed, Observer
from transom.serving.operations import LOOKUP, MODEL, OPERATIONS
from transom.serving.predict_route import predict
from transom.serving.refusal import RefusedError
from transom.serving.tokens import Tokens

_LOG = logging.getLogger(__name__)
OTHER = "other"
"""What figures and the access log call every path that is no route."""


@dataclass(frozen=True)
class Application:
    """Answers HTTP requests."""

    answering: Answering
    tokens: Tokens
    lookups: Lookups
    bounds: BodyBounds = field(default_factory=BodyBounds)
    observers: tuple[Observer, ...] = ()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request, as ASGI has it."""
        request, started = request_of(scope, receive), time.perf_counter()
        route = route_of(request.path)
        try:
            response = await self._response(request, route)
        except ClientGoneError:
            return
        await respond(send, response, request.id)
        self.observe(request, route or OTHER, str(response.status), started)

    def observe(self, request: Request, route: str, status: str, started: float) -> None:
        """Counts a request that was answered, and shows it to those who watch."""
        counted, ended = self.answering.versions.metrics, time.perf_counter()
        counted.requests.labels(route, status).inc()
        counted.latency.labels(route).observe(ended - started)
        if self.observers:
            answered = request.answered[-1] if request.answered else None
            traceparent = request.headers.get("traceparent", "")
            observed = Observed(request.id, route, status, started, ended, answered, traceparent)
            for observer in self.observers:
                observer(observed)

    async def _response(self, request: Request, route: str | None) -> Response:
        try:
            if self.tokens.serving is None:
                require_own_host(request)
            if route is None:
                message = f"there is no {request.path[:200]!r} here. Routes: {', '.join(OPERATIONS)}."
                raise RefusedError(404, "T197", message)
            operation = OPERATIONS[route]
            if request.method not in operation.methods:  # of an answer to HEAD uvicorn leaves the body out
                message = f"{request.path} takes {operation.method}, not {request.method[:20]!r}."
                raise RefusedError(405, "T197", message)
            ACCESS[operation.access](self.tokens, request.headers.get("authorization", ""))
            if operation.method == "POST":
                require_own_site(request)
            return await ANSWERS[route](self, request)
        except RefusedError as refusal:
            return error_response(refusal, request)
        except ClientGoneError:
            raise
        except Exception:  # the process edge: what arrives here is a bug, of which clients see nothing
            _LOG.exception("request %s failed", request.id, extra={"request_id": request.id})
            bug = RefusedError(500, "T199", "the server failed. Its log says why, with the request's id.")
            return error_response(bug, request)


def route_of(path: str) -> str | None:
    """The route of a path, as the table of operations has it; a model's version makes no other route."""
    if path.startswith(PREFIX):
        return LOOKUP if path != PREFIX else None
    if path in OPERATIONS:
        return None if "{" in path else path
    asked = open_inference.PATH.fullmatch(path)
    return f"{MODEL}{asked['what'] or ''}" if asked else None


def error_response(refusal: RefusedError, request: Request) -> Response:
    """A refusal as every client gets it; those of the Open Inference Protocol expect a text."""
    problem = refusal.problem
    document = {"code": problem.code, "message": problem.message, "pointer": problem.pointer, "request_id": request.id}
    headers: list[tuple[str, str]] = []
    if refusal.retry_after_s is not None:
        headers.append(("retry-after", str(refusal.retry_after_s)))
    if refusal.status == 401:
        headers.append(("www-authenticate", "Bearer"))
    route = route_of(request.path)
    if refusal.status == 405 and route:
        headers.append(("allow", ", ".join(OPERATIONS[route].methods)))
    error = str(problem) if request.path.startswith("/v2") else document
    return json_response(refusal.status, {"error": error}, headers=tuple(headers))


async def _predict(app: Application, request: Request) -> Response:
    return await predict(request, app.answering, app.bounds)


async def _lookup(app: Application, request: Request) -> Response:
    return app.lookups.answer(request.path.removeprefix(PREFIX))


async def _health(_app: Application, _request: Request) -> Response:
    return json_response(200, {"alive": True})


async def _ready(app: Application, _request: Request) -> Response:
    return json_response(200, {"ready": True, **app.answering.routing.status()})


async def _metrics(app: Application, _request: Request) -> Response:
    return Response(200, app.answering.versions.metrics.text(), content_type=prometheus.CONTENT_TYPE)


async def _document(app: Application, _request: Request) -> Response:
    return json_response(200, api_document(app.answering, app.tokens))


async def _docs(app: Application, _request: Request) -> Response:
    page = docs_page(api_document(app.answering, app.tokens))
    return Response(200, page, content_type="text/html; charset=utf-8", headers=PAGE_HEADERS)


async def _server(_app: Application, _request: Request) -> Response:
    return json_response(200, {"name": "transom", "version": version("transom"), "extensions": ["binary_tensor_data"]})


async def _live(_app: Application, _request: Request) -> Response:
    return json_response(200, {"live": True})


async def _model(app: Application, request: Request) -> Response:
    return await open_inference.metadata(request, app.answering)


async def _model_ready(app: Application, request: Request) -> Response:
    return await open_inference.ready(request, app.answering, app.tokens)


async def _infer(app: Application, request: Request) -> Response:
    return await open_inference.infer(request, app.answering, app.bounds)


async def _versions(app: Application, _request: Request) -> Response:
    return await admin.list_versions(app.answering.routing, app.lookups)


async def _reload(app: Application, _request: Request) -> Response:
    return await admin.reload(app.answering.routing, app.lookups)


def _anybody(_tokens: Tokens, _authorization: str) -> None:
    """Probes of a cluster carry no token."""


ACCESS: Mapping[str, Callable[[Tokens, str], None]] = {
    "anybody": _anybody,
    "serving": Tokens.require_serving,
    "admin": Tokens.require_admin,
}
ANSWERS: Mapping[str, Callable[[Application, Request], Awaitable[Response]]] = {
    "/v1/predict": _predict,
    LOOKUP: _lookup,
    "/healthz": _health,
    "/readyz": _ready,
    "/metrics": _metrics,
    "/openapi.json": _document,
    "/docs": _docs,
    "/v2": _server,
    "/v2/health/live": _live,
    "/v2/health/ready": _ready,
    MODEL: _model,
    f"{MODEL}/ready": _model_ready,
    f"{MODEL}/infer": _infer,
    "/admin/versions": _versions,
    "/admin/reload": _reload,
}
