"""Those who watch a server beside its figures: the access log and OpenTelemetry, as far as they are on."""

import asyncio
import sys
from dataclasses import dataclass

from transom.serving.access_log import AccessLog, log_as_json
from transom.serving.observing import Observer
from transom.serving.telemetry import Telemetry, open_telemetry


@dataclass(frozen=True)
class Watchers:
    """They are shown every request that was answered."""

    access_log: AccessLog | None = None
    telemetry: Telemetry | None = None

    @property
    def observers(self) -> tuple[Observer, ...]:
        """Those that are on."""
        return tuple(each.note for each in (self.access_log, self.telemetry) if each is not None)

    async def tend(self) -> None:
        """Writes what they collect, for ever."""
        if self.access_log is not None:
            await self.access_log.tend()

    async def close(self) -> None:
        """Returns when all that they collected is written, or could not be."""
        if self.access_log is not None:
            self.access_log.flush()
        if self.telemetry is not None:
            await asyncio.to_thread(self.telemetry.close)


def open_watchers(*, access_log: bool, telemetry: bool) -> Watchers:
    """Those that are wanted; with an access log, on stderr, whatever goes wrong is a line of JSON there, too.

    Raises:
        MissingExtraError: OpenTelemetry is wanted and not installed.
    """
    if access_log:
        log_as_json()
    return Watchers(
        AccessLog(_to_stderr) if access_log else None,
        open_telemetry() if telemetry else None,
    )


def _to_stderr(lines: bytes) -> None:
    sys.stderr.buffer.write(lines)
    sys.stderr.buffer.flush()
