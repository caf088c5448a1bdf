"""The access log: a line of JSON for each request that was answered, and for whatever went wrong."""

import asyncio
import logging
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from transom.errors import TransomError
from transom.serving.observing import Observed

FLUSH_S = 0.2
MOST_LINES = 20_000
"""So many lines wait for a reader that is slow; what comes then is left out, and the number of it is logged."""

_OPTIONS = orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z


@dataclass(frozen=True)
class AccessLog:
    """Collects lines, and writes them many at a time; a line says nothing of what was asked."""

    write: Callable[[bytes], object]
    _lines: list[bytes] = field(default_factory=list)
    _left_out: list[int] = field(default_factory=lambda: [0])

    def note(self, observed: Observed) -> None:
        """Collects the line of a request."""
        if len(self._lines) >= MOST_LINES:
            self._left_out[0] += 1
            return
        line: dict[str, Any] = {
            "time": datetime.now(UTC),
            "level": "info",
            "request_id": observed.request_id,
            "route": observed.route,
            "status": observed.status,
            "ms": round((observed.ended - observed.started) * 1e3, 3),
        }
        if observed.answered is not None:
            line["version"] = observed.answered.version
        self._lines.append(orjson.dumps(line, option=_OPTIONS))

    def flush(self) -> None:
        """Writes what was collected; lines that cannot be written are left out, too."""
        lines, left_out = list(self._lines), self._left_out[0]
        n_lines = len(lines)
        del self._lines[:n_lines]
        if left_out:
            warning = {"time": datetime.now(UTC), "level": "warning", "left_out": left_out}
            lines.append(orjson.dumps(warning, option=_OPTIONS))
        if not lines:
            return
        try:
            self.write(b"".join(lines))
        except OSError:  # a full disk, or nobody reads any more: the next lines may find room again
            self._left_out[0] += n_lines
        else:
            self._left_out[0] -= left_out

    async def tend(self) -> None:
        """Writes every fifth of a second, for ever; nobody waits for a reader that is slow."""
        while True:
            await asyncio.sleep(FLUSH_S)
            await asyncio.to_thread(self.flush)


class JsonFormatter(logging.Formatter):
    """Formats what goes wrong as a line of JSON too: of a failure its type, code and place, and no values."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, without its end."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            line |= {"error": type(error).__name__, "at": list(_places(error))}
        if isinstance(error, TransomError):
            line["code"] = error.problem.code
        if hasattr(record, "request_id"):
            line["request_id"] = record.request_id
        return orjson.dumps(line, option=orjson.OPT_UTC_Z).decode()


def log_as_json() -> None:
    """Has the process log its warnings and failures as lines of JSON."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def _places(error: BaseException) -> Iterator[str]:
    """Where in the code an error came from, by modules, as paths tell of the machine."""
    for frame, line in traceback.walk_tb(error.__traceback__):
        yield f"{frame.f_globals.get('__name__')}:{line} {frame.f_code.co_name}"
