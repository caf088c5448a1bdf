"""Graphs and forests as JSON."""

from collections.abc import Mapping, Sequence
from typing import Any

from transom.data.features.stored import READINGS, SPECS
from transom.data.frozen_json import from_json, to_json
from transom.errors import ArtifactError
from transom.model.forest import Forest
from transom.model.graph import (
    Attention,
    Contrast,
    Embedding,
    Encoding,
    Experts,
    Graph,
    Head,
    Joined,
    Logarithms,
    Membership,
    Published,
    Reached,
    Repeats,
    Shape,
    Summary,
    TreeHead,
    Units,
    Wide,
)
from transom.registry import names, resolve
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans

_PARTS: Mapping[str, type] = {
    cls.__name__: cls
    for cls in (
        *(Graph, Shape, Published, Embedding, Encoding, Repeats, Contrast, Summary, Reached, Joined, Head, TreeHead),
        *(Membership, Attention, Experts, Wide, Logarithms, Units),
        *(Bitvector, Multiclass, Regression, Select, Spans),
    )
}


def graph_to_json(graph: Graph) -> dict[str, Any]:
    """A graph as JSON values."""
    document: dict[str, Any] = to_json(graph)
    return document


def graph_from_json(document: Mapping[str, Any]) -> Graph:
    """The graph that `graph_to_json` wrote.

    Raises:
        ArtifactError: an encoder is not installed here, or only in another version than the graph was compiled for.
    """
    encoders = [resolve("encoders", name) for name in names("encoders")]
    classes = {**READINGS, **_PARTS, **{cls.__name__: cls for cls in encoders if isinstance(cls, type)}}
    try:
        graph = from_json(document, classes)
    except KeyError as missing:
        message = f"the model has a part {missing.args[0]!r} that nothing here provides. Install the package that does."
        raise ArtifactError("T133", message) from missing
    assert isinstance(graph, Graph)
    for block in graph.blocks:
        if isinstance(block, Encoding) and block.version != block.encoder.version:
            message = (
                f"block {block.id!r} was trained with version {block.version} of {block.name!r}, and here is version "
                f"{block.encoder.version}. Use the transom that trained it, or train again."
            )
            raise ArtifactError("T133", message)
    return graph


def forests_to_json(forests: Sequence[Forest]) -> list[dict[str, Any]]:
    """Forests as JSON values."""
    return [to_json(forest) for forest in forests]


def forests_from_json(documents: Sequence[Mapping[str, Any]]) -> tuple[Forest, ...]:
    """The forests that `forests_to_json` wrote."""
    classes = {**READINGS, **SPECS, **_PARTS, "Forest": Forest}
    return tuple(from_json(document, classes) for document in documents)
