"""Versions that clients ask for by name, beside those that answer everybody: loaded when asked for, the last kept."""

import asyncio
import logging
import re
from dataclasses import dataclass, field
from pathlib import Path

from transom.errors import ArtifactError, TransomError
from transom.export.store import find_version
from transom.serving.batching import Bounds
from transom.serving.metrics import Metrics
from transom.serving.refusal import RefusedError
from transom.serving.versions import Loaded, load, loaded_from

_LOG = logging.getLogger(__name__)
NAME = re.compile(r"[\w.-]{1,100}", re.ASCII)
KEPT = 2
"""So many are kept in memory; the one that was not asked for the longest goes first."""


@dataclass(frozen=True)
class Shelf:
    """Versions of a store, or their `variant`, by number."""

    store: Path
    bounds: Bounds
    metrics: Metrics
    variant: str | None = None
    _kept: dict[int, Loaded] = field(default_factory=dict)
    _leaving: set[asyncio.Task[None]] = field(default_factory=set)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def kept(self, name: str) -> Loaded | None:
        """The version of that number, if it is loaded."""
        return next((loaded for number, loaded in self._kept.items() if str(number) == name), None)

    async def version(self, name: str) -> Loaded:
        """The version of that number or alias; the first to ask for it waits until it is loaded, and nobody else does.

        Raises:
            RefusedError: there is none, or it cannot be served.
        """
        try:
            if not NAME.fullmatch(name):
                raise RefusedError(404, "T197", "there is no version of that name. Names are numbers and aliases.")
            number = await asyncio.to_thread(find_version, self.store, name)
        except ArtifactError as failure:
            raise RefusedError(404, "T197", failure.problem.message) from failure
        if number not in self._kept:
            async with self._lock:  # one is loaded at a time, and each only once
                if number not in self._kept:
                    self._kept[number] = await self._load(number)
        loaded = self._kept.pop(number)
        self._kept[number] = loaded  # the last is the one that was asked for last
        while len(self._kept) > KEPT:
            self._let_go(self._kept.pop(next(iter(self._kept))))
        return loaded

    async def close(self) -> None:
        """Returns when every request that was accepted is answered."""
        await asyncio.gather(*(loaded.batcher.close() for loaded in self._kept.values()), *self._leaving)

    async def _load(self, number: int) -> Loaded:
        try:
            predictor = await asyncio.to_thread(load, self.store, number, self.variant)
        except Exception as failure:  # a broken file can break the runtime in any way, and must not stop us
            _LOG.exception("version %s cannot be served", number)
            code = failure.problem.code if isinstance(failure, TransomError) else "T194"
            message = f"version {number} cannot be served ({code}). The server's log says why."
            raise RefusedError(503, "T220", message) from failure
        return loaded_from(predictor, self.bounds, self.metrics)

    def _let_go(self, loaded: Loaded) -> None:
        leaving = asyncio.ensure_future(loaded.batcher.close())
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)
