"""The models of a version: the default and its variants, each with the rules by which its tasks decide."""

from dataclasses import dataclass

from transom.data.decision_rules import Rules
from transom.errors import ArtifactError, Location
from transom.export.artifact import Artifact
from transom.export.variants import file_of, require_variant, rules_of
from transom.model.saved import FILES, WEIGHTS, Model, model_from_files


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
    require_variant(artifact, variant)
    if not (artifact.folder / file_of(variant, WEIGHTS)).exists():
        message = "this version has no model: no task of its schema has a payload."
        raise ArtifactError("T149", message, Location(str(artifact.folder)))
    files = {name: file_of(variant, name) for name in FILES}
    model = model_from_files(
        {name: artifact.read(file) for name, file in files.items() if (artifact.folder / file).exists()}
    )
    return StoredModel(model, rules_of(artifact, variant))
