"""The models of a version: the default one, and beside it variants, whose files bear their names."""

from collections.abc import Mapping

from transom.data.decision_rules import DECISIONS, Rules, rules_from_json
from transom.errors import ArtifactError, Location, did_you_mean, listed
from transom.export.artifact import Artifact
from transom.export.signature import FEATURES

VARIANTS = "variants"


def variants_of(artifact: Artifact) -> tuple[str, ...]:
    """The names of the variants that a version holds."""
    return tuple(sorted(path.name.split(".")[1] for path in artifact.folder.glob(file_of("*", FEATURES))))


def require_variant(artifact: Artifact, variant: str | None) -> None:
    """Nothing, if the version has the variant; None is its default model.

    Raises:
        ArtifactError: it has none of that name.
    """
    known = variants_of(artifact)
    if variant is not None and variant not in known:
        names = f"Variants: {listed(known)}.{did_you_mean(variant, known)}" if known else "It has none."
        message = f"this version has no variant {variant!r}. {names}"
        raise ArtifactError("T131", message, Location(str(artifact.folder)))


def rules_of(artifact: Artifact, variant: str | None) -> Rules:
    """The rules by which the tasks of a model decide; a version that was made before there were rules has none."""
    file = file_of(variant, DECISIONS)
    return rules_from_json(artifact.read_json(file)) if (artifact.folder / file).exists() else {}


def files_of(variant: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files of a variant as they are called in a version."""
    return {file_of(variant, name): content for name, content in files.items()}


def file_of(variant: str | None, name: str) -> str:
    """What a file of a model is called in a version."""
    return name if variant is None else f"{VARIANTS}.{variant}.{name}"


def name_of(model: str, variant: str | None) -> str:
    """What clients call a model: by the project's name, and that of the variant after a point."""
    return model if variant is None else f"{model}.{variant}"
