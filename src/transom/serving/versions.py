"""Which version answers: the one that an alias points to, followed without a request being lost or waiting.

A new version is read, proved and warmed up on another thread; then one assignment makes it the version that answers
whatever comes, while the old one answers what it had accepted.
"""

import asyncio
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
from transom.export.store import find_version
from transom.serving.batching import Batcher, Bounds
from transom.serving.metrics import Metrics, counted_tasks
from transom.serving.predictor import Predictor, answers, open_predictor, recorded_answers
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
    """The version that `wanted`, an alias or a number, stands for, as far as a server has it loaded.

    One that is optional may be none. Of each version it loads the default model, or `variant`.
    """

    store: Path
    wanted: str
    bounds: Bounds
    metrics: Metrics
    is_optional: bool = False
    variant: str | None = None
    _current: list[Loaded] = field(default_factory=list)
    _failures: list[Failure] = field(default_factory=list)
    _draining: set[asyncio.Task[None]] = field(default_factory=set)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def current(self) -> Loaded:
        """The version that answers now, which only an optional one may lack."""
        return self._current[0]

    @property
    def loaded(self) -> Loaded | None:
        """The version that answers now, if there is one."""
        return self._current[0] if self._current else None

    @property
    def failure(self) -> Failure | None:
        """Why the version that should answer does not, if so."""
        return self._failures[0] if self._failures else None

    @property
    def is_moving(self) -> bool:
        """Whether it is an alias, which may point elsewhere tomorrow."""
        return not self.wanted.removeprefix("v").isdecimal()

    def answer_with(self, predictor: Predictor | None) -> None:
        """Makes this the version that answers from now on; the one before answers what it has accepted."""
        before = list(self._current)
        self._current[:] = [] if predictor is None else [loaded_from(predictor, self.bounds, self.metrics)]
        self.metrics.version.labels(self.wanted).set(predictor.version if predictor else 0)
        self.metrics.has_alarm.labels(self.wanted).set(0)
        self.metrics.queue.labels(self.wanted).set_function(self._n_queued)
        for old in before:
            draining = asyncio.ensure_future(old.batcher.close())
            self._draining.add(draining)
            draining.add_done_callback(self._draining.discard)

    async def refresh(self) -> bool:
        """Looks which version is wanted, and changes to it; whether it did.

        What is wrong with the new version is an alarm, and the present one goes on.
        """
        async with self._lock:
            before, number = self._number, None
            try:
                number = await asyncio.to_thread(self._find)
                if number != before:
                    self.answer_with(None if number is None else await asyncio.to_thread(self._load, number))
            except Exception as failure:  # a broken file can break the runtime in any way, and must not stop us
                _LOG.exception("version %s cannot be served; version %s goes on", number, before)
                code = failure.problem.code if isinstance(failure, TransomError) else "T194"
                self._failures[:] = [Failure(number, code)]
                self.metrics.load_failures.labels(self.wanted).inc()
                self.metrics.has_alarm.labels(self.wanted).set(1)
            else:
                self._failures.clear()
                self.metrics.has_alarm.labels(self.wanted).set(0)
            return self._number != before

    async def follow(self, every_s: float) -> None:
        """Looks again and again where the alias points, for ever."""
        waited, tried = 0, self._number
        while True:
            await asyncio.sleep(every_s)
            waited += 1
            found = await asyncio.to_thread(_points_to, self.store, self.wanted)
            expected = tried if self.failure else self._number  # a failure does not always know of which version it is
            if found != expected or (self.failure and waited >= PATIENCE):
                waited, tried = 0, found
                await self.refresh()

    async def close(self) -> None:
        """Returns when every request that was accepted is answered."""
        await asyncio.gather(*(loaded.batcher.close() for loaded in self._current), *self._draining)

    @property
    def _number(self) -> int | None:
        return self._current[0].number if self._current else None

    def _n_queued(self) -> int:
        return sum(loaded.batcher.n_queued for loaded in self._current)

    def _load(self, number: int) -> Predictor:
        return load(self.store, number, self.variant)

    def _find(self) -> int | None:
        """The number of the version that is wanted.

        Raises:
            ArtifactError: there is none, and there must be one.
        """
        if self.is_optional and self.is_moving:
            number = alias_of(self.store, self.wanted)
            return None if number is None else find_version(self.store, str(number))
        return find_version(self.store, self.wanted)


def loaded_from(predictor: Predictor, bounds: Bounds, metrics: Metrics) -> Loaded:
    """A version with a queue of its own."""
    metrics.begin(predictor.version)
    batcher = Batcher(partial(answers, predictor), bounds, metrics.batch_size.observe)
    return Loaded(predictor, batcher, counted_tasks(predictor.schema))


def load(store: Path, number: int, variant: str | None = None) -> Predictor:
    """A version that is whole, or a variant of it, and answers recorded examples as it should; these warm it up.

    Raises:
        ArtifactError: it is damaged, cannot be served, lacks the variant, or answers otherwise.
    """
    artifact = open_artifact(folder_of(store, number))
    predictor = open_predictor(artifact, variant)
    recorded = recorded_answers(artifact, variant)[:WARM_UP]
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
