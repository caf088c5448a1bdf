"""Reference pages made from the code, so that they cannot fall behind it."""

import dataclasses
import inspect
from pathlib import Path

from transom.errors import explanations
from transom.model.settings import PayloadSettings
from transom.registry import names, resolve
from transom.training.config import TrainingConfig


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
    """Every name that `model.yaml` may choose, and the settings of each, with their defaults."""
    sections = ["# Settings of model.yaml\n"]
    for kind, title in (("label_models", "Label models"), ("encoders", "Encoders")):
        sections.append(f"## {title}\n")
        sections += [f"### `{name}`\n\n{settings_of(resolve(kind, name))}" for name in names(kind)]
    sections.append(f"## `payloads`\n\n{settings_of(PayloadSettings)}")
    sections.append(f"## `training`\n\n{settings_of(TrainingConfig)}")
    return "\n".join(sections)


def settings_of(settings: object) -> str:
    """What a settings dataclass says of itself, and a table of its fields."""
    lines = [inspect.getdoc(settings) or "", ""]
    fields = dataclasses.fields(settings)  # type: ignore[arg-type]  # the registry gives objects
    if fields:
        lines += ["| key | kind | default |", "|---|---|---|"]
        lines += [f"| `{field.name}` | {kind_of(field)} | {default_of(field)} |" for field in fields]
    return "\n".join(lines) + "\n"


def kind_of(field: dataclasses.Field[object]) -> str:
    """The type of a field as a reader of YAML sees it, with its limits."""
    limits = ", ".join(f"{name} {value}" for name, value in field.metadata.items())
    kind = inspect.formatannotation(field.type).replace("typing.", "").replace("|", "or")
    return f"{kind}; {limits}" if limits else kind


def default_of(field: dataclasses.Field[object]) -> str:
    """The default of a field, or that it must be given."""
    if field.default is not dataclasses.MISSING:
        return "worked out" if field.default is None else f"`{field.default}`"
    return "—" if field.default_factory is dataclasses.MISSING else f"`{field.default_factory()}`"
