"""Lines of the prediction log: what was asked and answered, in the data format."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from transom.data.records import Record, Reply, id_of
from transom.serving.redaction import Redaction

_OPTIONS = orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z


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
    now = datetime.now(UTC)
    return b"".join(
        orjson.dumps(
            {
                "id": name,
                "payloads": kept.redaction.of(record["payloads"]),
                "tasks": tasks,
                "time": now,
                "served": said,
            },
            option=_OPTIONS,
        )
        for record, (name, tasks, said) in zip(exchange.records, _answered(exchange, kept), strict=True)
    )


def shadow_lines(exchange: Exchange, kept: Kept) -> bytes:
    """What a candidate said of records that are logged already: a patch of each one's line."""
    return b"".join(
        orjson.dumps({"id": name, "tasks": tasks, "served": said}, option=_OPTIONS)
        for name, tasks, said in _answered(exchange, kept)
    )


def _answered(exchange: Exchange, kept: Kept) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    """Of each record its id, the labels by task and source, and what is said of them."""
    served = exchange.served
    said = {**vars(served), "latency_ms": round(served.latency_ms, 3)}
    if kept.sample < 1:
        said["sample"] = kept.sample
    source, hidden, n_records = f"transom@{served.version}", kept.redaction.tasks, len(exchange.records)
    for number, (record, reply) in enumerate(zip(exchange.records, exchange.replies, strict=True)):
        own = served.request_id if n_records == 1 else f"{served.request_id}-{number}"
        answers = [each for each in reply["predictions"].items() if each[0] not in hidden]
        if kept.probabilities:
            found = {task: answer["probabilities"] for task, answer in answers if "probabilities" in answer}
            said = {**said, "probabilities": found}
        name = own if kept.redaction.hides_id else id_of(record) or own
        yield name, {task: {source: answer["label"]} for task, answer in answers}, said
