"""Graphs as JSON."""

import json
from dataclasses import replace

import pytest

from toy_models import SCHEMA
from transom.errors import ArtifactError
from transom.model.compile import compile_graph
from transom.model.graph import Head, Logarithms, Units
from transom.model.settings import Gru, PayloadSettings, Pretrained, Transformer, Trees
from transom.model.stored import graph_from_json, graph_to_json


@pytest.mark.parametrize("encoder", [None, Gru(size=6), Pretrained(), Transformer(size=8, heads=2)])
def test_a_graph_written_and_read_again_is_the_same(encoder):
    graph = compile_graph(SCHEMA, {"tokens": PayloadSettings(encoder, "attention")})
    assert graph_from_json(json.loads(json.dumps(graph_to_json(graph)))) == graph


@pytest.mark.parametrize("link", [Logarithms(1.0, -2.0, 2.0), Units(1.7e9, 30.0)])
def test_what_the_scores_of_numbers_are_is_kept_with_the_graph(link):
    graph = compile_graph(SCHEMA)
    blocks = [replace(each, link=link) if isinstance(each, Head) else each for each in graph.blocks]
    linked = replace(graph, blocks=tuple(blocks))
    assert graph_from_json(json.loads(json.dumps(graph_to_json(linked)))) == linked


def test_trees_beside_a_network_are_kept_with_the_graph():
    graph = compile_graph(SCHEMA, {"person": PayloadSettings(Trees(leaves=7))})
    assert graph.tree_heads
    assert graph_from_json(json.loads(json.dumps(graph_to_json(graph)))) == graph


def test_a_block_of_another_version_is_refused():
    document = graph_to_json(compile_graph(SCHEMA))
    (encoding,) = (block for block in document["blocks"] if block["id"] == "payload/note/encoding")
    assert encoding["version"] == 1
    encoding["version"] = 2
    with pytest.raises(ArtifactError) as failure:
        graph_from_json(document)
    assert failure.value.problem.code == "T133"
    assert failure.value.problem.message == (
        "block 'payload/note/encoding' was trained with version 2 of 'bag', and here is version 1. "
        "Use the transom that trained it, or train again."
    )


def test_a_block_that_is_not_installed_is_refused():
    document = graph_to_json(compile_graph(SCHEMA))
    (encoding,) = (block for block in document["blocks"] if block["id"] == "payload/note/encoding")
    encoding["encoder"]["is"] = "Mamba"
    with pytest.raises(ArtifactError) as failure:
        graph_from_json(document)
    assert failure.value.problem.code == "T133"
    assert failure.value.problem.message == (
        "the model has a part 'Mamba' that nothing here provides. Install the package that does."
    )


def test_graphs_that_were_written_before_blocks_had_versions_are_read():
    document = graph_to_json(compile_graph(SCHEMA))
    for block in document["blocks"]:
        block.pop("version", None)
    assert graph_from_json(document) == compile_graph(SCHEMA)
