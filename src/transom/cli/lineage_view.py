"""A lineage as people read it: stage by stage what went in, then where the version went."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType
from rich.text import Text

from transom.cli.grid import indented
from transom.cli.version_view import minute, move_line
from transom.export.lineage import Lineage, Step

SHORT = 12
"""How many characters of a digest are shown."""
SHOWN = ("model.", "deploy.", "skip")
"""Which settings are shown; the schema is left to --json."""


@dataclass(frozen=True)
class LineageView:
    """The stages that led to a version, each with what it depends on, and the moves of its aliases."""

    lineage: Lineage

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """The version, its stages, its libraries, the versions that share its files, its moves."""
        found = self.lineage
        made = minute(str(found.about.get("made", "")))
        yield Text.assemble((f"Version {found.version}", "bold"), (f" · {', '.join((*found.aliases, made))}", "dim"))
        for step in found.steps:
            yield from _step(step)
        libraries = ", ".join(f"{name} {version}" for name, version in found.libraries.items())
        yield from (Text(), indented(Text(libraries, "dim")))
        for name, versions in found.same_files.items():
            if versions:
                numbers = ", ".join(map(str, versions))
                yield indented(Text.assemble(name, (f" went unchanged into versions {numbers}, too.", "dim")))
        yield Text()
        for move in found.moves:
            yield indented(move_line(move))


def _step(step: Step) -> Iterator[RenderableType]:
    ran = step.execution
    when = f"  run {ran.run}, {minute(ran.started.isoformat())}: {ran.why}" if ran is not None else ""
    yield from (Text(), indented(Text.assemble((step.stage, "bold"), (when, "dim"))))
    for name, digest in step.files.items():
        yield indented(Text.assemble(f"  {name} ", (digest[:SHORT], "dim")))
    if step.rules:
        yield indented(Text(f"  rules: {', '.join(step.rules)}"))
    for path, value in step.settings.items():
        if path.startswith(SHOWN) and _is_told(path, step.settings):
            yield indented(Text(f"  {path} = {value if isinstance(value, str) else json.dumps(value)}"))


def _is_told(path: str, settings: Mapping[str, object]) -> bool:
    """Whether a setting says something: not what was left out, nor the kind of what its own settings tell."""
    return settings[path] is not None and not any(other.startswith(f"{path}.") for other in settings)
