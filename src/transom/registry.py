"""Names to implementations: everything that a YAML file chooses by name is an entry point."""

from functools import cache
from importlib.metadata import EntryPoint, entry_points

from transom.errors import NOWHERE, Location, UsageError, did_you_mean, listed


@cache
def _registered(kind: str) -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=f"transom.{kind}")}


@cache
def kinds() -> frozenset[str]:
    """Every kind of thing that is registered by name (`encoders`, `label_models`, …)."""
    return frozenset(group.removeprefix("transom.") for group in entry_points().groups if group.startswith("transom."))


def names(kind: str) -> tuple[str, ...]:
    """The registered names of a kind (`label_models`, `encoders`, …), sorted."""
    return tuple(sorted(_registered(kind)))


def modules(kind: str) -> tuple[str, ...]:
    """The modules that hold the implementations of a kind, ours and those of plugins; none of them is imported."""
    return tuple(sorted({point.module for point in _registered(kind).values()}))


def resolve(kind: str, name: str, at: Location = NOWHERE) -> object:
    """The implementation registered under a name.

    Raises:
        UsageError: no such name; the message lists the names and suggests the nearest.
    """
    require(kind, name, at)
    return _registered(kind)[name].load()


def require(kind: str, name: str, at: Location = NOWHERE) -> None:
    """Refuses a name that nothing is registered under; no implementation is imported.

    Raises:
        UsageError: no such name; the message lists the names and suggests the nearest.
    """
    registered = _registered(kind)
    if name not in registered:
        what = kind.replace("_", " ").removesuffix("s")
        raise UsageError(
            "T010",
            f"{name!r} is not a known {what}. Known: {listed(names(kind))}.{did_you_mean(name, registered)}",
            at,
        )
