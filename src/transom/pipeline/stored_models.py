"""The models of a version: the default and its variants, each with the rules by which its tasks decide."""

from collections.abc import Mapping
from dataclasses import dataclass

from transom.data.decision_rules import DECISIONS, Rules, rules_from_json
from transom.errors import ArtifactError, Location, did_you_mean, listed
from transom.export.artifact import Artifact
from transom.model.saved import FILES, GRAPH, WEIGHTS, Model, model_from_files

VARIANTS = "variants"


@dataclass(frozen=True)
class StoredModel:
    """A model and its rules."""

    model: Model
    rules: Rules


def stored_model(artifact: Artifact, variant: str | None = None) -> StoredModel:
    """The model of a version, or one of its variants.

    Raises:
        ArtifactError: the version has no model, or no such variant.
    """
    at = Location(str(artifact.folder))
    known = variants_of(artifact)
    if variant is not None and variant not in known:
        names = f"Variants: {listed(known)}.{did_you_mean(variant, known)}" if known else "It has none."
        raise ArtifactError("T131", f"this version has no variant {variant!r}. {names}", at)
    if not (artifact.folder / file_of(variant, WEIGHTS)).exists():
        raise ArtifactError("T149", "this version has no model: no task of its schema has a payload.", at)
    files = {name: file_of(variant, name) for name in FILES}
    model = model_from_files(
        {name: artifact.read(file) for name, file in files.items() if (artifact.folder / file).exists()}
    )
    return StoredModel(model, _rules(artifact, file_of(variant, DECISIONS)))


def variants_of(artifact: Artifact) -> tuple[str, ...]:
    """The names of the variants that a version holds."""
    return tuple(sorted(path.name.split(".")[1] for path in artifact.folder.glob(file_of("*", GRAPH))))


def files_of(variant: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files of a variant as they are called in a version."""
    return {file_of(variant, name): content for name, content in files.items()}


def file_of(variant: str | None, name: str) -> str:
    """What a file of a model is called in a version."""
    return name if variant is None else f"{VARIANTS}.{variant}.{name}"


def _rules(artifact: Artifact, file: str) -> Rules:
    """The rules of a version; one that was made before there were rules has none."""
    return rules_from_json(artifact.read_json(file)) if (artifact.folder / file).exists() else {}
