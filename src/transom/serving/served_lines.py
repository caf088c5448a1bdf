"""Lines of the prediction log: what was asked and answered, in the data format."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from transom.data.records import Record, Reply
from transom.serving.redaction import Redaction


@dataclass(frozen=True)
class Served:
    """What the log says of a request beside its records: who answered, why, and how probable that was.

    A propensity of 0 is a candidate's that answered nobody.
    """

    version: int
    model: str
    request_id: str
    policy: str
    propensity: float
    latency_ms: float


@dataclass(frozen=True)
class Exchange:
    """The records of a request and what a version replied to them."""

    served: Served
    records: Sequence[Record]
    replies: Sequence[Reply]


@dataclass(frozen=True)
class Kept:
    """What lines hold beside labels: the share of requests that is logged, probabilities, and nothing redacted."""

    sample: float = 1.0
    probabilities: bool = True
    redaction: Redaction = field(default_factory=Redaction)


def served_lines(exchange: Exchange, kept: Kept) -> bytes:
    """What was answered to the records of a request, one line of the data format each.

    A record without an id of its own is called by the request's, with its number where there are several.
    """
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return b"".join(
        orjson.dumps(
            {
                "id": answered.id,
                "payloads": kept.redaction.of(record["payloads"]),
                "tasks": answered.tasks,
                "time": now,
                "served": answered.served,
            },
            option=orjson.OPT_APPEND_NEWLINE,
        )
        for record, answered in zip(exchange.records, _answered(exchange, kept), strict=True)
    )


def shadow_lines(exchange: Exchange, kept: Kept) -> bytes:
    """What a candidate said of records that are logged already: a patch of each one's line."""
    return b"".join(orjson.dumps(answered, option=orjson.OPT_APPEND_NEWLINE) for answered in _answered(exchange, kept))


@dataclass(frozen=True)
class _Answered:
    """What is logged of one record's answer: labels by task and source, and what is said of them."""

    id: str
    tasks: Mapping[str, Mapping[str, Any]]
    served: Mapping[str, Any]


def _answered(exchange: Exchange, kept: Kept) -> Iterator[_Answered]:
    served = exchange.served
    said = {**asdict(served), "latency_ms": round(served.latency_ms, 3)}
    if kept.sample < 1:
        said["sample"] = kept.sample
    source, hidden, n_records = f"transom@{served.version}", kept.redaction.tasks, len(exchange.records)
    for number, (record, reply) in enumerate(zip(exchange.records, exchange.replies, strict=True)):
        own = served.request_id if n_records == 1 else f"{served.request_id}-{number}"
        answers = {task: answer for task, answer in reply["predictions"].items() if task not in hidden}
        probabilities = {task: each["probabilities"] for task, each in answers.items() if "probabilities" in each}
        yield _Answered(
            own if kept.redaction.hides_id else _id_of(record, own),
            {task: {source: answer["label"]} for task, answer in answers.items()},
            {**said, "probabilities": probabilities} if kept.probabilities else said,
        )


def _id_of(record: Record, otherwise: str) -> str:
    given = record.get("id")
    return given if isinstance(given, str) and given else otherwise
