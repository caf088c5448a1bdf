"""Why a stage runs: what its result depends on and is not as it was the last time."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import orjson

from transom.errors import ArtifactError
from transom.export.executions import Execution
from transom.export.objects import get
from transom.pipeline.components import MOVES, Components

FIRST = "it never ran here"
SAME = "nothing that it depends on changed"
FORCED = "forced"
FAILED = "it failed the last time"
GONE = "its result is no longer in the cache"
NAMED = 3
"""How many changes stand in one line."""


def why(last: Execution | None, now: Execution, objects: Path, *, is_forced: bool) -> str:
    """Why a stage runs now; `last` is its newest execution, if there was one."""
    if is_forced:
        return FORCED
    if last is None:
        return FIRST
    if last.key == now.key:
        return FAILED if last.status == "failed" else GONE
    return "; ".join(named_first(changes(last.components, now.components, objects)))


def named_first(reasons: Sequence[str]) -> list[str]:
    """The first few of many reasons, and how many more there are."""
    return [*reasons[:NAMED], f"and {len(reasons) - NAMED} more"] if len(reasons) > NAMED + 1 else list(reasons)


def changes(before: Components, after: Components, objects: Path) -> tuple[str, ...]:
    """What differs between the components of two keys, in words; a rule that is new or gone is one change."""
    differing = [name for name in dict.fromkeys((*after, *before)) if before.get(name) != after.get(name)]
    alone = {name for name in differing if not (before.get(name) and after.get(name))}
    wholes = {parent for name in alone for parent in _parents(name) if parent in alone}
    found = (
        _whole(name, before, after) if name in wholes else words
        for name in differing
        if wholes.isdisjoint(_parents(name))
        for words in _in_words(name, before.get(name), after.get(name), objects)
    )
    return tuple(dict.fromkeys(found))


def _parents(name: str) -> Iterator[str]:
    """What a setting is a part of: "setting:sources.money.vote" of "setting:sources.money", for one."""
    kind, _, path = name.partition(":")
    if kind == "setting":
        parts = path.split(".")
        yield from (f"setting:{'.'.join(parts[:n])}" for n in range(1, len(parts)))


def _whole(name: str, before: Components, after: Components) -> str:
    return f"{name.partition(':')[2]} {_verb(before.get(name), after.get(name))}"


def changed_names(before: Components, after: Components) -> list[str]:
    """What differs between two keys, each without its kind."""
    names = dict.fromkeys((*before, *after))
    return [name.partition(":")[2] for name in names if before.get(name) != after.get(name)]


def _in_words(name: str, before: str | None, after: str | None, objects: Path) -> Iterator[str]:
    kind, _, what = name.partition(":")
    match kind:
        case "code":
            yield from _code_changes(_listing(objects, before), _listing(objects, after))
        case "setting" if what == MOVES:
            yield "the alias live was moved"
        case "setting":
            yield f"{what}: {before or 'default'} → {after or 'default'}"
        case "library":
            yield f"{what} {before or '(not there)'} → {after or '(not there)'}"
        case "input":
            yield f"the result of {what} changed"
        case _:
            yield f"{what} {_verb(before, after)}"


def _code_changes(before: Mapping[str, str] | None, after: Mapping[str, str] | None) -> Iterator[str]:
    if before is None or after is None:
        yield "transom's code changed"
        return
    for name in dict.fromkeys((*after, *before)):
        of_module = name.partition(":")[0]
        if before.get(name) != after.get(name) and (name == of_module or of_module in before.keys() & after.keys()):
            yield f"{name} {_verb(before.get(name), after.get(name))}"


def _listing(objects: Path, digest: str | None) -> Mapping[str, str] | None:
    """The functions and modules that a hash of code stands for, if they were kept."""
    try:
        found: dict[str, str] = orjson.loads(get(objects, digest)) if digest else {}
    except ArtifactError:
        return None
    return found


def _verb(before: str | None, after: str | None) -> str:
    if not before:
        return "is new"
    return "changed" if after else "is gone"
