"""Graphs as JSON."""

import json

import pytest

from toy_models import SCHEMA
from transom.model.compile import compile_graph
from transom.model.settings import Gru, PayloadSettings, Pretrained, Transformer, Trees
from transom.model.stored import graph_from_json, graph_to_json


@pytest.mark.parametrize("encoder", [None, Gru(size=6), Pretrained(), Transformer(size=8, heads=2)])
def test_a_graph_written_and_read_again_is_the_same(encoder):
    graph = compile_graph(SCHEMA, {"tokens": PayloadSettings(encoder, "attention")})
    assert graph_from_json(json.loads(json.dumps(graph_to_json(graph)))) == graph


def test_trees_beside_a_network_are_kept_with_the_graph():
    graph = compile_graph(SCHEMA, {"person": PayloadSettings(Trees(leaves=7))})
    assert graph.tree_heads
    assert graph_from_json(json.loads(json.dumps(graph_to_json(graph)))) == graph
