"""The models of a version: the default and its variants, each with the rules by which its tasks decide."""

from dataclasses import dataclass

from transom.data.decision_rules import DECISIONS, Rules, rules_from_json
from transom.errors import ArtifactError, Location
from transom.export.artifact import Artifact
from transom.export.variants import file_of, require_variant
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
    return StoredModel(model, _rules(artifact, file_of(variant, DECISIONS)))


def _rules(artifact: Artifact, file: str) -> Rules:
    """The rules of a version; one that was made before there were rules has none."""
    return rules_from_json(artifact.read_json(file)) if (artifact.folder / file).exists() else {}
