"""`GET /v1/lookup/{key}`: replies that were precomputed, from the newest lookup of the store."""

import asyncio
import itertools
import logging
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from transom.data.decode import quoted
from transom.errors import ArtifactError
from transom.export.lookups import Lookup, open_lookup, read_about
from transom.serving.http import Response
from transom.serving.refusal import RefusedError
from transom.serving.versions import PATIENCE

_LOG = logging.getLogger(__name__)
PREFIX = "/v1/lookup/"


@dataclass(frozen=True)
class Lookups:
    """The lookup of a store that a server has open, and what was last read of which there is."""

    store: Path
    _open: list[Lookup] = field(default_factory=list)
    _read: list[bytes] = field(default_factory=lambda: [b""])
    _alarms: list[str] = field(default_factory=list)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def refresh(self, *, again: bool = True) -> bool:
        """Opens the lookup of the store if it is another than the one that is open; whether it did.

        What is wrong with a new one is an alarm, and the present one goes on; the same one is tried `again`, or not.
        """
        async with self._lock:  # or the failure of an older look would be told of a newer lookup
            try:
                read = await asyncio.to_thread(read_about, self.store)
                if read == self._read[0] and not (again and self._alarms):
                    return False
                self._read[:] = [read]
                found = await asyncio.to_thread(open_lookup, self.store)
            except (ArtifactError, OSError, sqlite3.Error) as failure:
                if not self._alarms:
                    _LOG.exception("the lookup cannot be used; the one before goes on")
                self._alarms[:] = [failure.problem.code if isinstance(failure, ArtifactError) else "T229"]
                return False
            before = list(self._open)
            self._open[:] = [found] if found else []
            self._alarms.clear()
            for old in before:
                old.close()
            return True

    async def follow(self, every_s: float) -> None:
        """Looks again and again whether there is a newer lookup, for ever."""
        for number in itertools.count(1):
            await asyncio.sleep(every_s)
            await self.refresh(again=number % PATIENCE == 0)

    def status(self) -> Mapping[str, Any] | None:
        """What is open, and the code of what is wrong with a newer one; None where nothing was precomputed."""
        if not self._open and not self._alarms:
            return None
        about = self._open[0].about.as_dict() if self._open else None
        return {"lookup": about, "alarm": self._alarms[0] if self._alarms else None}

    def close(self) -> None:
        """Closes the lookup."""
        for lookup in self._open:
            lookup.close()
        self._open.clear()

    def answer(self, key: str) -> Response:
        """The reply of a key, with the time when it was worked out.

        Raises:
            RefusedError: nothing was precomputed, or not this.
        """
        if not self._open:
            raise RefusedError(404, "T234", "nothing was precomputed. Run: transom precompute.")
        lookup = self._open[0]
        reply = lookup.find(key)
        if reply is None:
            raise RefusedError(404, "T233", f"the key {quoted(key)} was not precomputed.")
        head = orjson.dumps({"key": key, "computed": lookup.about.computed})
        return Response(200, head[:-1] + b"," + reply[1:], version=lookup.about.version)
