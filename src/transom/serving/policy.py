"""Policies: which version answers a request while a candidate is tried, and how probable that was."""

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, ClassVar, Protocol, runtime_checkable

import orjson

from transom.serving.record_names import value_at

SINGLE = "single"
_WHOLE = 2.0**64


@runtime_checkable
class Policy(Protocol):
    """A way to try a candidate on the traffic of the version that is live."""

    name: ClassVar[str]
    """What the log calls it."""

    @property
    def version(self) -> str:
        """The candidate, by its alias or number."""

    @property
    def share(self) -> float:
        """The share of the requests that the candidate answers; one that answers none sees all."""

    @property
    def names(self) -> tuple[str, ...]:
        """The values of records that decide."""

    def takes(self, candidate: int, record: Any, chance: float) -> bool:
        """Whether the candidate answers this record; `chance` is drawn from [0, 1)."""


@dataclass(frozen=True)
class Shadow:
    """The candidate sees every request, and answers nobody."""

    name: ClassVar[str] = "shadow"
    share: ClassVar[float] = 0.0
    names: ClassVar[tuple[str, ...]] = ()

    version: str = field(default="candidate", metadata={"minLength": 1})

    def takes(self, _candidate: int, _record: Any, _chance: float) -> bool:
        """It takes none."""
        return False


@dataclass(frozen=True)
class Canary:
    """The candidate answers a share of the requests: always those of the same keys, if there is a `key`.

    `key` is `id`, a payload, or a payload's field as `person.job`; a record without it is drawn at random, as all are
    where there is no key. Each candidate draws other keys, and another `salt` draws again; a larger share keeps those
    of a smaller one.
    """

    name: ClassVar[str] = "canary"

    version: str = field(default="candidate", metadata={"minLength": 1})
    share: float = field(default=0.1, metadata={"exclusiveMinimum": 0, "maximum": 1})
    key: str | None = field(default=None, metadata={"minLength": 1})
    salt: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The key, if there is one."""
        return () if self.key is None else (self.key,)

    def takes(self, candidate: int, record: Any, chance: float) -> bool:
        """Whether the record's key, or else chance, falls into the share."""
        key = None if self.key is None else value_at(record, self.key)
        return (chance if key is None else place_of(key, f"{candidate}:{self.salt}")) < self.share


def place_of(key: Any, salt: str) -> float:
    """Where a JSON value falls in [0, 1), the same in every process; another salt is as good as another draw."""
    digest = blake2b(orjson.dumps(key), digest_size=8, key=blake2b(salt.encode(), digest_size=32).digest()).digest()
    return int.from_bytes(digest) / _WHOLE
