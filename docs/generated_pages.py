"""Reference pages made from the code, so that they cannot fall behind it."""

import dataclasses
import inspect
import typing
from collections.abc import Mapping
from pathlib import Path

from transom.errors import explanations
from transom.model.settings import PayloadSettings
from transom.pipeline.deployment import DataChecks, GateRule, Monitoring, Serving
from transom.pipeline.extension_settings import Extension
from transom.pipeline.search_settings import Search
from transom.pipeline.settings import GoldUse, Grouping
from transom.registry import names, resolve
from transom.supervision.rule_kinds import KINDS
from transom.training.config import Decision, TrainingConfig

SECTIONS = {
    "sources.yaml": {f"`{kind}`": rule for kind, rule in KINDS.items()},
    "model.yaml": {
        "The file itself": GoldUse,
        "`split`": Grouping,
        "`payloads`, each": PayloadSettings,
        "`training`": TrainingConfig,
        "`extend`": Extension,
        "`search`": Search,
        "`decisions`, each": Decision,
    },
    "deploy.yaml": {
        "`gate`, each rule": GateRule,
        "`serve`": Serving,
        "`monitor`": Monitoring,
        "`statistics`": DataChecks,
    },
}
REGISTERED = {"label_models": "Label models", "encoders": "Encoders", "embeddings": "Embeddings"}


def write_pages(folder: Path) -> None:
    """Writes every generated page, unless it is there already with the same text."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = {"errors.md": errors_page(), "settings.md": settings_page()}
    for name, text in pages.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def errors_page() -> str:
    """Every error code, with what `transom explain` prints for it."""
    entries = [f"({code})=\n## {code}: {known.title}\n\n{known.text}\n" for code, known in explanations().items()]
    opening = "# Error codes\n\nCodes are stable. `transom explain CODE` prints the same text in the terminal.\n\n"
    return opening + "\n".join(entries)


def settings_page() -> str:
    """Every key of the files beside schema.yaml, and every name that they may choose, with defaults."""
    files = "`sources.yaml`, `model.yaml` and `deploy.yaml`"
    parts = [f"# Settings\n\nEvery key of {files}, made from the code that reads them.\n"]
    for file, sections in SECTIONS.items():
        parts.append(f"## {file}\n")
        parts += [f"### {title}\n\n{settings_of(settings)}" for title, settings in sections.items()]
    for kind, title in REGISTERED.items():
        parts.append(f"## {title}\n")
        parts += [f"### `{name}`\n\n{settings_of(resolve(kind, name))}" for name in names(kind)]
    return "\n".join(parts)


def settings_of(settings: object) -> str:
    """What a settings dataclass says of itself, and a table of its keys."""
    lines = [(inspect.getdoc(settings) or "").partition("\n\nAttributes:")[0], ""]
    kinds = typing.get_type_hints(settings)
    fields = [f for f in dataclasses.fields(settings) if f.name not in ("name", "at")]  # type: ignore[arg-type]
    if fields:
        lines += ["| key | value | default |", "|---|---|---|"]
        lines += [f"| `{f.name}` | {kind_of(kinds[f.name])}{limits_of(f)} | {default_of(f)} |" for f in fields]
    return "\n".join(lines) + "\n"


def kind_of(kind: object) -> str:
    """A type as a reader of YAML knows it.

    >>> kind_of(int | typing.Literal["auto"])
    'whole number or `auto`'
    """
    plain = {bool: "`true` or `false`", int: "whole number", float: "number", str: "text", type(None): "nothing"}
    if kind in plain:
        return plain[kind]  # type: ignore[index]  # a type that is a key is hashable
    arguments = typing.get_args(kind)
    if typing.get_origin(kind) is typing.Literal:
        return " or ".join(f"`{value}`" for value in arguments)
    if typing.get_origin(kind) is tuple:
        return f"list of {kind_of(arguments[0])}"
    if typing.get_origin(kind) in (dict, Mapping):
        return f"mapping to {kind_of(arguments[1])}"
    if arguments:
        return " or ".join(dict.fromkeys(kind_of(argument) for argument in arguments if argument is not type(None)))
    return "anything" if kind is typing.Any else "a registered name"


def limits_of(field: dataclasses.Field[object]) -> str:
    """The limits of a number, as they follow its kind."""
    signs = {
        "minimum": "≥",
        "maximum": "≤",
        "exclusiveMinimum": ">",
        "exclusiveMaximum": "<",
        "multipleOf": "a multiple of",
    }
    return "".join(f", {signs[name]} {value:g}" for name, value in field.metadata.items() if name in signs)


def default_of(field: dataclasses.Field[object]) -> str:
    """The default of a field, or that it must be given."""
    if field.default is not dataclasses.MISSING:
        return "" if field.default is None else f"`{str(field.default).lower()}`"
    return "must be given" if field.default_factory is dataclasses.MISSING else "none"
