"""Folders of pretrained encoders that model.yaml names as seen from the project, wherever transom is started."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from transom.model.settings import Encoder, PayloadSettings, Pretrained, Trees
from transom.pipeline.settings import ModelSettings


def with_model_folders(settings: ModelSettings, project: Path) -> ModelSettings:
    """The settings with the whole path of every encoder whose `model` is a folder in the project."""
    return replace(
        settings,
        payloads=_in(project, settings.payloads),
        variants={name: _in(project, payloads) for name, payloads in settings.variants.items()},
    )


def _in(project: Path, payloads: Mapping[str, PayloadSettings]) -> dict[str, PayloadSettings]:
    return {name: replace(chosen, encoder=_found(project, chosen)) for name, chosen in payloads.items()}


def _found(project: Path, chosen: PayloadSettings) -> Encoder | Trees | None:
    encoder = chosen.encoder
    if isinstance(encoder, Pretrained) and (project / encoder.model).is_dir():
        return replace(encoder, model=str((project / encoder.model).resolve()))
    return encoder
