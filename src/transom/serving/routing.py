"""Which version answers a request: the live one, or under a policy the candidate that is tried."""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from transom.data.decode import quoted
from transom.errors import NOWHERE, Problem
from transom.serving.policy import SINGLE, Policy
from transom.serving.predictor import problem_of
from transom.serving.versions import Loaded, Versions


@dataclass(frozen=True)
class Choice:
    """The version that answers a request, how probable that was, and the one that sees it and answers nobody."""

    loaded: Loaded
    policy: str = SINGLE
    propensity: float = 1.0
    shadow: Loaded | None = None


@dataclass(frozen=True)
class Routing:
    """The live version, and the candidate that a policy tries, each following its alias."""

    live: Versions
    policy: Policy | None = None
    candidate: Versions | None = None
    draw: Callable[[], float] = random.random

    @property
    def tried(self) -> Loaded | None:
        """The candidate, while there is one that is not the live version itself."""
        loaded = self.candidate.loaded if self.candidate else None
        return loaded if loaded and loaded.number != self.live.current.number else None

    def choose(self, records: Sequence[Any]) -> Choice:
        """The version that answers all records of a request; under a policy the first of them decides.

        What only the live version can read is the live version's, with certainty.
        """
        live, tried = self.live.current, self.tried
        if self.policy is None or tried is None or not _reads(tried, live, records):
            return Choice(live)
        if self.policy.takes(tried.number, records[0], self.draw()):
            return Choice(tried, self.policy.name, self.policy.share)
        return Choice(live, self.policy.name, 1 - self.policy.share, None if self.policy.share else tried)

    def version(self, number: str) -> Loaded | None:
        """The version of that number, if it is there to answer."""
        here = (self.live.current, self.tried)
        return next((loaded for loaded in here if loaded and str(loaded.number) == number), None)

    async def refresh(self) -> bool:
        """Looks where the aliases point; whether another version answers now, or is tried."""
        changed = [await versions.refresh() for versions in self._versions]
        return any(changed)

    async def follow(self, every_s: float) -> None:
        """Looks again and again where the aliases point, for ever."""
        await asyncio.gather(*(versions.follow(every_s) for versions in self._versions if versions.is_moving))

    async def close(self) -> None:
        """Returns when every request that was accepted is answered."""
        await asyncio.gather(*(versions.close() for versions in self._versions))

    def status(self) -> Mapping[str, Any]:
        """Which version answers, and which should but cannot; the policy, and its candidate."""
        tried = self.tried
        status = {**_status_of(self.live), "policy": self.policy.name if self.policy and tried else SINGLE}
        if self.candidate is not None:
            status["candidate"] = {"name": self.candidate.wanted, **_status_of(self.candidate)}
        return status

    @property
    def _versions(self) -> tuple[Versions, ...]:
        return (self.live,) if self.candidate is None else (self.live, self.candidate)


def record_problem(loaded: Loaded, record: Any) -> Problem | None:
    """Why a version cannot answer a record."""
    if not isinstance(record, dict):
        return Problem("T195", f'{quoted(record)} is not a record. Write {{"payloads": {{...}}}}.')
    return problem_of(loaded.predictor, record, NOWHERE)


def _reads(tried: Loaded, live: Loaded, records: Sequence[Any]) -> bool:
    """Whether the candidate can answer what the live version can; it need be looked at where their payloads differ."""
    ours, theirs = tried.predictor, live.predictor
    if ours.schema.payloads == theirs.schema.payloads and ours.checks.lengths == theirs.checks.lengths:
        return True
    return all(record_problem(tried, record) is None for record in records)


def _status_of(versions: Versions) -> Mapping[str, Any]:
    loaded, failure = versions.loaded, versions.failure
    alarm = None if failure is None else {"version": failure.version, "code": failure.code}
    return {"version": loaded.number if loaded else None, "alarm": alarm}
