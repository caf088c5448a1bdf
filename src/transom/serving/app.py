"""The server as an ASGI application: which route answers what, and what every failure looks like."""

import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

from transom.serving import metrics as prometheus
from transom.serving import open_inference
from transom.serving.answering import Answering
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
    respond,
)
from transom.serving.predict_route import predict
from transom.serving.refusal import RefusedError
from transom.serving.tokens import Tokens

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Application:
    """Answers HTTP requests."""

    answering: Answering
    tokens: Tokens
    bounds: BodyBounds = field(default_factory=BodyBounds)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request, as ASGI has it."""
        request, started = request_of(scope, receive), time.perf_counter()
        name, route = route_of(request.path)
        try:
            response = await self._response(request, route)
        except ClientGoneError:
            return
        await respond(send, response, request.id)
        counted = self.answering.versions.metrics
        counted.requests.labels(name, str(response.status)).inc()
        counted.latency.labels(name).observe(time.perf_counter() - started)

    async def _response(self, request: Request, route: "Route | None") -> Response:
        try:
            if route is None:
                message = f"there is no {request.path[:200]!r} here. Routes: {', '.join(ROUTES)}."
                raise RefusedError(404, "T197", message)
            if request.method != route.method:
                message = f"{request.path} takes {route.method}, not {request.method[:20]!r}."
                raise RefusedError(405, "T197", message)
            route.allow(self.tokens, request.headers.get("authorization", ""))
            return await route.answer(self, request)
        except RefusedError as refusal:
            return error_response(refusal, request)
        except ClientGoneError:
            raise
        except Exception:  # the process edge: what arrives here is a bug, of which clients see nothing
            _LOG.exception("request %s failed", request.id)
            bug = RefusedError(500, "T199", "the server failed. Its log says why, with the request's id.")
            return error_response(bug, request)


@dataclass(frozen=True)
class Route:
    """What answers a path, and to whom."""

    method: str
    answer: Callable[[Application, Request], Awaitable[Response]]
    allow: Callable[[Tokens, str], None]


def route_of(path: str) -> tuple[str, Route | None]:
    """The route of a path, and what it is called in the figures."""
    asked = None if path in ROUTES else open_inference.PATH.fullmatch(path)
    name = f"{MODEL}{asked['what'] or ''}" if asked else path
    route = ROUTES.get(name)
    return (name, route) if route else ("other", None)


def error_response(refusal: RefusedError, request: Request) -> Response:
    """A refusal as every client gets it; those of the Open Inference Protocol expect a text."""
    problem = refusal.problem
    document = {"code": problem.code, "message": problem.message, "pointer": problem.pointer, "request_id": request.id}
    headers: list[tuple[str, str]] = []
    if refusal.retry_after_s is not None:
        headers.append(("retry-after", str(refusal.retry_after_s)))
    if refusal.status == 401:
        headers.append(("www-authenticate", "Bearer"))
    error = str(problem) if request.path.startswith("/v2") else document
    return json_response(refusal.status, {"error": error}, headers=tuple(headers))


async def _predict(app: Application, request: Request) -> Response:
    return await predict(request, app.answering, app.bounds)


async def _health(_app: Application, _request: Request) -> Response:
    return json_response(200, {"alive": True})


async def _ready(app: Application, _request: Request) -> Response:
    return json_response(200, {"ready": True, **_status(app)})


async def _metrics(app: Application, _request: Request) -> Response:
    return Response(200, app.answering.versions.metrics.text(), content_type=prometheus.CONTENT_TYPE)


async def _reload(app: Application, _request: Request) -> Response:
    has_changed = await app.answering.versions.refresh()
    return json_response(200, {"changed": has_changed, **_status(app)})


async def _server(_app: Application, _request: Request) -> Response:
    return json_response(200, {"name": "transom", "version": version("transom"), "extensions": ["binary_tensor_data"]})


async def _live(_app: Application, _request: Request) -> Response:
    return json_response(200, {"live": True})


async def _model(app: Application, request: Request) -> Response:
    open_inference.require_served(app.answering, request.path)
    return open_inference.metadata(app.answering)


async def _model_ready(app: Application, request: Request) -> Response:
    open_inference.require_served(app.answering, request.path)
    return json_response(200, {"name": app.answering.model, "ready": True})


async def _infer(app: Application, request: Request) -> Response:
    open_inference.require_served(app.answering, request.path)
    return await open_inference.infer(request, app.answering, app.bounds)


def _status(app: Application) -> Mapping[str, Any]:
    """Which version answers, and which should but cannot."""
    versions, failure = app.answering.versions, app.answering.versions.failure
    alarm = None if failure is None else {"version": failure.version, "code": failure.code}
    return {"version": versions.current.number, "alarm": alarm}


def _anybody(_tokens: Tokens, _authorization: str) -> None:
    """Probes of a cluster carry no token."""


MODEL = "/v2/models/{name}"
ROUTES: Mapping[str, Route] = {
    "/v1/predict": Route("POST", _predict, Tokens.require_serving),
    "/healthz": Route("GET", _health, _anybody),
    "/readyz": Route("GET", _ready, _anybody),
    "/metrics": Route("GET", _metrics, Tokens.require_serving),
    "/v2": Route("GET", _server, _anybody),
    "/v2/health/live": Route("GET", _live, _anybody),
    "/v2/health/ready": Route("GET", _ready, _anybody),
    MODEL: Route("GET", _model, Tokens.require_serving),
    f"{MODEL}/ready": Route("GET", _model_ready, _anybody),
    f"{MODEL}/infer": Route("POST", _infer, Tokens.require_serving),
    "/admin/reload": Route("POST", _reload, Tokens.require_admin),
}
