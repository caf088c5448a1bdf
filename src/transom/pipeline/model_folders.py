"""Folders of pretrained encoders that model.yaml names as seen from the project, wherever transom is started."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from transom.model.settings import PayloadSettings, Pretrained
from transom.pipeline.settings import ModelSettings


def with_model_folders(settings: ModelSettings, project: Path) -> ModelSettings:
    """The settings with the whole path of every encoder whose `model` is a folder in the project."""
    return _with(settings, lambda model: _whole(project, model))


def without_project(settings: ModelSettings, project: Path) -> ModelSettings:
    """The settings with every folder in the project as seen from there, wherever the project stands."""
    root = project.resolve()
    return _with(settings, lambda model: place_in(root, Path(model)).as_posix() if Path(model).is_absolute() else model)


def place_in(root: Path, file: Path) -> Path:
    """A path as seen from a folder, if it is in there."""
    return file.relative_to(root) if file.is_relative_to(root) else file


def _with(settings: ModelSettings, named: Callable[[str], str]) -> ModelSettings:
    variants = {name: _named(payloads, named) for name, payloads in settings.variants.items()}
    return replace(settings, payloads=_named(settings.payloads, named), variants=variants)


def _named(payloads: Mapping[str, PayloadSettings], named: Callable[[str], str]) -> dict[str, PayloadSettings]:
    return {
        name: replace(chosen, encoder=replace(chosen.encoder, model=named(chosen.encoder.model)))
        if isinstance(chosen.encoder, Pretrained)
        else chosen
        for name, chosen in payloads.items()
    }


def _whole(project: Path, model: str) -> str:
    return str((project / model).resolve()) if (project / model).is_dir() else model
