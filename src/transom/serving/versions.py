"""Which version answers: the one that an alias points to, followed without a request being lost or waiting.

A new version is read, proved and warmed up on another thread; then one assignment makes it the version that answers
whatever comes, while the old one answers what it had accepted.
"""

import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from transom.data.records import Record, Reply
from transom.errors import ArtifactError, TransomError
from transom.export.aliases import alias_of
from transom.export.artifact import open_artifact
from transom.export.layout import folder_of
from transom.export.recorded import RECORDED
from transom.export.store import find_version
from transom.serving.batching import Batcher, Bounds
from transom.serving.metrics import Metrics, counted_tasks
from transom.serving.predictor import Predictor, answers, open_predictor
from transom.serving.proof import disagreements

_LOG = logging.getLogger(__name__)
WARM_UP = 8
"""So many recorded examples a version answers before it is asked anything."""

PATIENCE = 30
"""A version that could not be loaded is tried again when the alias was looked up so many times."""


@dataclass(frozen=True)
class Loaded:
    """A version that answers; `counted` are its tasks whose classes are counted."""

    predictor: Predictor
    batcher: Batcher[Record, Reply]
    counted: tuple[str, ...]

    @property
    def number(self) -> int:
        """The number of the version."""
        return self.predictor.version


@dataclass(frozen=True)
class Failure:
    """A version that should answer and cannot, by the code of the error; other words might tell of paths."""

    version: int | None
    code: str


@dataclass(frozen=True)
class Versions:
    """The versions of a store that a server has loaded; `wanted` is an alias or a number."""

    store: Path
    wanted: str
    bounds: Bounds
    metrics: Metrics
    _current: list[Loaded] = field(default_factory=list)
    _failures: list[Failure] = field(default_factory=list)
    _draining: set[asyncio.Task[None]] = field(default_factory=set)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def current(self) -> Loaded:
        """The version that answers now."""
        return self._current[0]

    @property
    def failure(self) -> Failure | None:
        """Why the version that should answer does not, if so."""
        return self._failures[0] if self._failures else None

    def answer_with(self, predictor: Predictor) -> None:
        """Makes this the version that answers from now on; the one before answers what it has accepted."""
        work = partial(answers, predictor)
        batcher = Batcher(work, self.bounds, self.metrics.batch_size.observe)
        before = list(self._current)
        self._current[:] = [Loaded(predictor, batcher, counted_tasks(predictor.schema))]
        self.metrics.version.set(predictor.version)
        self.metrics.queue.set_function(lambda: batcher.n_queued)
        for old in before:
            draining = asyncio.ensure_future(old.batcher.close())
            self._draining.add(draining)
            draining.add_done_callback(self._draining.discard)

    async def refresh(self) -> bool:
        """Looks where the alias points, and changes to that version; whether it did.

        What is wrong with the new version is an alarm, and the present one goes on.
        """
        async with self._lock:
            before, number = self.current.number, None
            try:
                number = await asyncio.to_thread(find_version, self.store, self.wanted)
                if number != before:
                    self.answer_with(await asyncio.to_thread(load, self.store, number))
            except Exception as failure:  # a broken file can break the runtime in any way, and must not stop us
                _LOG.exception("version %s cannot be served; version %s goes on", number, before)
                code = failure.problem.code if isinstance(failure, TransomError) else "T194"
                self._failures[:] = [Failure(number, code)]
                self.metrics.load_failures.inc()
                self.metrics.has_alarm.set(1)
            else:
                self._failures.clear()
                self.metrics.has_alarm.set(0)
            return self.current.number != before

    async def follow(self, every_s: float) -> None:
        """Looks again and again where the alias points, for ever."""
        waited = 0
        while True:
            await asyncio.sleep(every_s)
            waited += 1
            expected = self.failure.version if self.failure else self.current.number
            is_news = await asyncio.to_thread(_points_to, self.store, self.wanted) != expected
            if is_news or (self.failure and waited >= PATIENCE):
                waited = 0
                await self.refresh()

    async def close(self) -> None:
        """Returns when every request that was accepted is answered."""
        await asyncio.gather(*(loaded.batcher.close() for loaded in self._current), *self._draining)


def load(store: Path, number: int) -> Predictor:
    """A version that is whole, and answers recorded examples as it should; these warm it up.

    Raises:
        ArtifactError: it is damaged, cannot be served, or answers otherwise.
    """
    artifact = open_artifact(folder_of(store, number))
    predictor = open_predictor(artifact)
    recorded = [json.loads(line) for line in artifact.read(RECORDED).splitlines()[:WARM_UP]]
    for differing in _disagreements(predictor, recorded):
        raise ArtifactError("T185", f"version {number} answers otherwise than its network: {differing}.")
    return predictor


def _disagreements(predictor: Predictor, recorded: Sequence[Record]) -> list[str]:
    """What it answers otherwise; it answers one alone as well, so that no client meets anything the first time."""
    if not recorded:
        return []
    answers(predictor, recorded[:1])
    return list(disagreements(recorded, answers(predictor, recorded)))


def _points_to(store: Path, wanted: str) -> int | None:
    try:
        return alias_of(store, wanted)
    except TransomError:  # found again, and told, by `refresh`
        return None
