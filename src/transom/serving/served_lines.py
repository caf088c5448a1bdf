"""Lines of the prediction log: what was asked and answered, in the data format."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import orjson


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


def served_lines(
    served: Served, records: Sequence[Mapping[str, Any]], replies: Sequence[Mapping[str, Any]], latency_ms: float
) -> bytes:
    """What was answered to the records of a request, one line of the data format each.

    A record without an id of its own is called by the request's, with its number where there are several.
    """
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    said = {**asdict(served), "latency_ms": round(latency_ms, 3)}
    source = f"transom@{served.version}"
    return b"".join(
        orjson.dumps(
            {
                "id": _id_of(record, served.request_id if len(records) == 1 else f"{served.request_id}-{number}"),
                "payloads": record["payloads"],
                "tasks": {task: {source: answer["label"]} for task, answer in reply["predictions"].items()},
                "time": now,
                "served": said,
            },
            option=orjson.OPT_APPEND_NEWLINE,
        )
        for number, (record, reply) in enumerate(zip(records, replies, strict=True))
    )


def _id_of(record: Mapping[str, Any], otherwise: str) -> str:
    given = record.get("id")
    return given if isinstance(given, str) and given else otherwise
