"""What can be asked of the server: each route's method, who may ask, and what goes in and out.

The router goes by this table and the OpenAPI document is made from it, so that they cannot say different things.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from transom.serving.http import JSON

MODEL = "/v2/models/{name}"
LOOKUP = "/v1/lookup/{key}"
BINARY = "application/octet-stream"


@dataclass(frozen=True)
class Operation:
    """One route; `body` and `answer` name schemas of the document, `refusals` are statuses beside those of access."""

    method: Literal["GET", "POST"]
    access: Literal["anybody", "serving", "admin"]
    summary: str
    answer: str
    body: str | None = None
    media: tuple[str, ...] = (JSON,)
    refusals: tuple[int, ...] = ()

    @property
    def methods(self) -> tuple[str, ...]:
        """What a client may send: what can be got can also be asked for its head alone (RFC 9110, 9.1)."""
        return (self.method, "HEAD") if self.method == "GET" else (self.method,)


OPERATIONS: Mapping[str, Operation] = {
    "/v1/predict": Operation(
        "POST",
        "serving",
        "Predictions for one record, or for a list of them",
        "Predicted",
        body="Asked",
        refusals=(400, 403, 408, 413, 415, 422, 503),
    ),
    LOOKUP: Operation("GET", "serving", "The reply to a record that was precomputed", "LookedUp", refusals=(404,)),
    "/healthz": Operation("GET", "anybody", "Whether the process runs", "Health"),
    "/readyz": Operation("GET", "anybody", "The version that answers, and the alarm if another should", "Readiness"),
    "/metrics": Operation("GET", "serving", "Figures for Prometheus", "Text", media=("text/plain",)),
    "/openapi.json": Operation("GET", "serving", "This document", "Document"),
    "/docs": Operation("GET", "serving", "This document as a page", "Text", media=("text/html",)),
    "/v2": Operation("GET", "anybody", "What the server is, by the Open Inference Protocol", "ServerMetadata"),
    "/v2/health/live": Operation("GET", "anybody", "Whether the server lives", "Liveness"),
    "/v2/health/ready": Operation("GET", "anybody", "Whether the server is ready", "Readiness"),
    MODEL: Operation("GET", "serving", "The tensors of the model", "ModelMetadata", refusals=(404, 503)),
    f"{MODEL}/ready": Operation(
        "GET", "anybody", "Whether the model is ready", "ModelReadiness", refusals=(401, 404, 503)
    ),
    f"{MODEL}/infer": Operation(
        "POST",
        "serving",
        "Tensors in, tensors out",
        "InferenceReply",
        body="InferenceRequest",
        media=(JSON, BINARY),
        refusals=(400, 403, 404, 408, 413, 415, 422, 503),
    ),
    "/admin/versions": Operation("GET", "admin", "What is loaded, and what the store holds", "Versions"),
    "/admin/reload": Operation("POST", "admin", "Looks at once where the alias points", "Reloaded", refusals=(403,)),
}
