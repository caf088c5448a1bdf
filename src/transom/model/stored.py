"""Graphs as JSON."""

from collections.abc import Mapping
from typing import Any

from transom.data.features.stored import READINGS
from transom.data.frozen_json import from_json, to_json
from transom.model.graph import Embedding, Encoding, Graph, Head, Joined, Reached, Shape, Summary
from transom.registry import names, resolve
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans

_PARTS: Mapping[str, type] = {
    cls.__name__: cls
    for cls in (
        *(Embedding, Encoding, Graph, Head, Joined, Reached, Shape, Summary),
        *(Bitvector, Multiclass, Regression, Select, Spans),
    )
}


def graph_to_json(graph: Graph) -> dict[str, Any]:
    """A graph as JSON values."""
    document: dict[str, Any] = to_json(graph)
    return document


def graph_from_json(document: Mapping[str, Any]) -> Graph:
    """The graph that `graph_to_json` wrote."""
    encoders = [resolve("encoders", name) for name in names("encoders")]
    graph = from_json(
        document, {**READINGS, **_PARTS, **{cls.__name__: cls for cls in encoders if isinstance(cls, type)}}
    )
    assert isinstance(graph, Graph)
    return graph
