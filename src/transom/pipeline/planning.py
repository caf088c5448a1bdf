"""The verb `model`: the graph that the project's files compile to, or that of a version, with its size."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from transom.data.features.payloads import encode_features
from transom.errors import MissingExtraError, UsageError, did_you_mean, listed
from transom.export.layout import store_of
from transom.export.store import open_version
from transom.model.batch import batch_of
from transom.model.compile import compile_graph
from transom.model.forecast import forecast
from transom.model.plan import PlannedBlock, flops_of, parameters_of, plan_of
from transom.pipeline.exporting import recorded_payloads
from transom.pipeline.stored_models import stored_model
from transom.pipeline.workspace import Workspace, open_workspace


@dataclass(frozen=True)
class Plan:
    """The blocks of a model; `version` is the one that they are counted of, None for a graph that is not trained.

    A graph that is not trained is counted on one made-up example of full length.
    """

    version: int | None
    blocks: tuple[PlannedBlock, ...]

    def as_dict(self) -> dict[str, Any]:
        """The plan as `model --json` prints it."""
        return {"version": self.version, "blocks": [block.as_dict() for block in self.blocks]}


def plan(
    folder: Path | str = ".",
    *,
    store: Path | str | None = None,
    settings: Sequence[str] = (),
    version: str | None = None,
    variant: str | None = None,
) -> Plan:
    """The graph of the project's files, compiled before any data is read; with `version` that of a trained model.

    Raises:
        ProjectError: the files are wrong, or do not compile to a graph.
        UsageError: the files declare no such variant.
        ArtifactError: there is no such version or variant, or it is damaged.
    """
    if version is None:
        return Plan(None, _planned(open_workspace(folder, store=store, overrides=settings), variant))
    artifact = open_version(store_of(folder, store), version)
    model = stored_model(artifact, variant).model
    values = recorded_payloads(artifact, variant)
    features = encode_features(model.spec, values)
    batch = batch_of(features, np.arange(features.n_examples))
    flops = flops_of(model.network, batch, features.n_examples) if features.n_examples else {}
    blocks = plan_of(model.network.graph, forests=model.forests, parameters=parameters_of(model.network), flops=flops)
    return Plan(artifact.about["version"], blocks)


def _planned(workspace: Workspace, variant: str | None) -> tuple[PlannedBlock, ...]:
    """The blocks that the files compile to, counted unless a transformer is needed that this machine does not have."""
    variants = workspace.model.variants
    if variant is not None and variant not in variants:
        message = f"{variant!r} is not a variant of model.yaml. Variants: {listed(tuple(variants)) or 'none'}."
        raise UsageError("T131", message + did_you_mean(variant, variants))
    graph = compile_graph(workspace.schema, workspace.model.payloads if variant is None else variants[variant])
    try:
        return forecast(graph)
    except (MissingExtraError, UsageError):
        return plan_of(graph)
