"""Lineage: what a version came from, and what came of it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from transom.export.aliases import Move, aliases, history
from transom.export.artifact import open_artifact
from transom.export.database import reading
from transom.export.executions import Execution, ran_with
from transom.export.layout import folder_of

LINEAGE = "lineage.json"
RULES = "sources."
"""How the paths of settings begin that are rules."""


@dataclass(frozen=True)
class Step:
    """A stage on the way to a version: all that its result depends on, as `Execution` names it.

    `result` is the digest of what it gave. `execution` says when and why it ran; None where that was in another store.
    """

    stage: str
    key: str
    components: Mapping[str, str]
    result: str = ""
    execution: Execution | None = None

    def of_kind(self, kind: str) -> dict[str, str]:
        """The components of one kind, by name."""
        named = sorted(self.components.items())
        return {name.partition(":")[2]: value for name, value in named if name.startswith(f"{kind}:")}

    @property
    def files(self) -> dict[str, str]:
        """The digests of the project's data files and modules that the stage read."""
        return {name.partition(":")[2]: _digest(_parts(name, self.components)) for name in _files(self.components)}

    @property
    def rules(self) -> dict[str, dict[str, Any]]:
        """What the stage knew of each source that sources.yaml declares."""
        rules: dict[str, dict[str, Any]] = {}
        for path, value in self.of_kind("setting").items():
            if path.startswith(RULES):
                name, _, key = path.removeprefix(RULES).partition(".")
                rules.setdefault(name, {})[key or "kind"] = _plain(value)
        return rules

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that were not at their default, by path, without the rules."""
        found = self.of_kind("setting").items()
        return {path: _plain(value) for path, value in found if not path.startswith(RULES)}


@dataclass(frozen=True)
class Lineage:
    """What a version came from, stage by stage, and what came of it.

    `moves` are those of aliases to this version, the newest first. `same_files` names the other versions that a file of
    the project with the same content went into.
    """

    version: int
    about: Mapping[str, Any]
    aliases: tuple[str, ...]
    steps: tuple[Step, ...]
    moves: tuple[Move, ...]
    same_files: Mapping[str, tuple[int, ...]]

    def inputs(self, step: Step) -> list[str]:
        """The stages whose results a stage was given; a stage that was skipped stands for the one before it."""
        by_result = {each.result: each.stage for each in self.steps if each.result}
        found = [by_result.get(digest, name) for name, digest in step.of_kind("input").items()]
        return [each.stage for each in self.steps if each.stage in found]

    @property
    def libraries(self) -> dict[str, str]:
        """The versions of the libraries that any stage used."""
        used = {name: version for step in self.steps for name, version in step.of_kind("library").items() if version}
        return dict(sorted(used.items()))

    def as_dict(self) -> dict[str, Any]:
        """The lineage as `lineage --json` prints it."""
        return {
            **self.about,
            "version": self.version,
            "aliases": list(self.aliases),
            "data": {name: digest for step in self.steps for name, digest in step.of_kind("data").items()},
            "modules": {name: digest for step in self.steps for name, digest in step.of_kind("module").items()},
            "rules": {name: rule for step in self.steps for name, rule in step.rules.items()},
            "settings": {path: value for step in self.steps for path, value in step.settings.items()},
            "libraries": self.libraries,
            "stages": [self._step_as_dict(step) for step in self.steps],
            "history": [move.as_dict() for move in self.moves],
            "same_files": {name: list(versions) for name, versions in self.same_files.items()},
        }

    def _step_as_dict(self, step: Step) -> dict[str, Any]:
        ran = step.execution
        return {
            "stage": step.stage,
            "key": step.key,
            "inputs": self.inputs(step),
            "run": None if ran is None else ran.run,
            "started": None if ran is None else ran.started.isoformat(timespec="seconds"),
            "seconds": None if ran is None else round(ran.seconds, 3),
            "why": None if ran is None else ran.why,
        }


def lineage(store: Path, version: int) -> Lineage:
    """The lineage of a version, from its own files and from what the store knows.

    Raises:
        ArtifactError: there is no such version, or it is damaged.
    """
    artifact = open_artifact(folder_of(store, version))
    steps = tuple(
        replace(step, execution=ran_with(store, step.stage, step.key)) for step in read_steps(artifact.folder)
    )
    files = {name: step for step in steps for name in _files(step.components)}
    return Lineage(
        version,
        artifact.about,
        tuple(alias for alias, target in aliases(store).items() if target == version),
        steps,
        tuple(move for move in history(store) if move.version == version),
        {name.partition(":")[2]: _others(store, version, step, name) for name, step in files.items()},
    )


def lineage_file(executions: Iterable[Execution]) -> bytes:
    """What a version carries with it of the executions that led to it; nothing that differs between equal runs."""
    stages = [
        {
            "stage": each.stage,
            "key": each.key,
            "result": each.outputs[0] if each.outputs else "",
            "components": dict(sorted(each.components.items())),
        }
        for each in executions
    ]
    return json.dumps({"stages": stages}, indent=1, ensure_ascii=False).encode()


def read_steps(folder: Path) -> list[Step]:
    """The steps in a version's own file; the first layout of that file had no stages, but lists of what went in."""
    if not (folder / LINEAGE).exists():
        return []
    document = json.loads((folder / LINEAGE).read_bytes())
    if "stages" in document:
        return [Step(**each) for each in document["stages"]]
    kinds = {
        "data:data/": document["data"]["files"],
        "module:": document["project_files"],
        "library:": {**document["libraries"], "python": document["python"]},
    }
    return [
        Step("run", "", {f"{kind}{name}": value or "" for kind, all_ in kinds.items() for name, value in all_.items()})
    ]


def _others(store: Path, version: int, step: Step, file: str) -> tuple[int, ...]:
    """The other versions in whose runs the stage read the same file, by the name of its component, the newest first."""
    parts = _parts(file, step.components)
    pair = json.dumps({file: parts[file]}, ensure_ascii=False)[1:-1]  # as it stands in the documents of components
    with reading(store) as connection:
        documents = connection.execute(
            "SELECT c.id, c.document FROM (SELECT DISTINCT components AS id FROM executions WHERE stage = ?) used "
            "JOIN components c ON c.id = used.id AND instr(c.document, ?)",
            (step.stage, pair),
        )
        same = [number for number, document in documents if _parts(file, json.loads(document)) == parts]
        of_components = (
            "SELECT v.number FROM executions e JOIN versions v ON v.context = e.context WHERE e.components = ?"
        )
        found = {number for each in same for (number,) in connection.execute(of_components, (each,))}
    return tuple(sorted(found - {version}, reverse=True))


def _files(components: Mapping[str, str]) -> list[str]:
    """The components that are files of the project."""
    return [name for name in sorted(components) if _is_file(name)]


def _is_file(component: str) -> bool:
    """Whether a component is a file of the project: a data file, or a module and not one function of it."""
    kind, _, name = component.partition(":")
    return kind == "data" or (kind == "module" and ":" not in name)


def _parts(file: str, components: Mapping[str, str]) -> dict[str, str]:
    """The components that a file has: of a module each function is one, and all that is outside of them."""
    named = sorted(components.items())
    return {name: digest for name, digest in named if name == file or name.startswith(f"{file}:")}


def _digest(parts: Mapping[str, str]) -> str:
    """A digest of all parts; of one alone its own."""
    return sha256(json.dumps(parts).encode()).hexdigest() if len(parts) > 1 else "".join(parts.values())


def _plain(value: str) -> Any:
    """A setting's value, which is kept as JSON unless it is the name of a class, or too long."""
    try:
        return json.loads(value)
    except ValueError:
        return value
