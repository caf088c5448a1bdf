"""The plan names every block with its shape, and counts what is trained."""

from dataclasses import replace

import numpy as np

from toy_models import SCHEMA, compiled, random_values
from transom.data.features.columns import ColumnSpec, TableSpec
from transom.model.batch import batch_of
from transom.model.compile import compile_graph
from transom.model.forest import Forest
from transom.model.graph import Graph
from transom.model.network import Network
from transom.model.plan import dot, flops_of, mermaid, parameters_of, plan_of
from transom.model.settings import Lstm, PayloadSettings, Trees
from transom.schema.payloads import Field, Singleton
from transom.schema.schema import Schema
from transom.schema.tasks import Multiclass

VALUES = random_values(6)
PERSON = Singleton("person", "record", fields=(Field("age", "number"), Field("job", "category")))
OLD = Multiclass("old", ("no", "yes"), "person")
NOTE = Schema(SCHEMA.payloads[4:5], SCHEMA.tasks[4:5])


def test_a_graph_is_planned_before_any_data_is_read():
    graph, _, _ = compiled(NOTE, VALUES)
    embedding, encoding, wide, head = plan_of(graph)

    assert (embedding.id, embedding.kind, embedding.shape) == ("payload/note/embedding", "embedding", "(examples, 64)")
    assert (encoding.kind, encoding.inputs) == ("bag", ("payload/note/embedding",))
    assert (wide.id, wide.kind, wide.shape) == ("task/topics/wide", "wide", "(examples, 2)")
    assert (head.kind, head.shape) == ("bitvector head", "(examples, 2)")
    assert head.parameters is None
    assert head.flops is None


def test_every_weight_is_counted_once():
    graph, spec, _ = compiled(SCHEMA, VALUES)
    network = Network(graph, spec)

    assert sum(parameters_of(network).values()) == sum(weights.numel() for weights in network.parameters())


def test_a_linear_layer_costs_two_operations_a_weight():
    graph, spec, features = compiled(NOTE, VALUES)
    flops = flops_of(Network(graph, spec).eval(), batch_of(features, np.arange(6)), 6)

    assert flops["task/topics/head"] == 2 * 64 * 2
    assert flops["payload/note/embedding"] == 0


def test_the_work_of_a_memory_is_counted_too():
    graph, spec, features = compiled(NOTE, VALUES, {"note": PayloadSettings(Lstm(size=8))})
    flops = flops_of(Network(graph, spec).eval(), batch_of(features, np.arange(6)), 6)

    assert flops["payload/note/encoding"] > 0


def test_a_drawing_has_every_block_and_every_arrow():
    graph, _, _ = compiled(SCHEMA, VALUES)
    plan = plan_of(graph)
    n_arrows = sum(len(block.inputs) for block in plan)

    assert dot(plan).count("[label=") == len(plan)
    assert dot(plan).count("->") == n_arrows
    assert mermaid(plan).count('["') == len(plan)
    assert mermaid(plan).count("-->") == n_arrows


def test_trees_stand_after_the_network_with_the_columns_that_they_read():
    place = Singleton("place", "vector")
    plan = plan_of(compile_graph(Schema((PERSON, place), (OLD,)), {"person": PayloadSettings(Trees())}))

    assert [(block.id, block.kind, block.shape) for block in plan] == [
        ("payload/person/columns", "columns", "(examples, 2)"),
        ("payload/place/columns", "columns", "(examples, any)"),
        ("task/old/trees", "multiclass trees", "(examples, 2)"),
    ]
    assert plan[-1].inputs == (plan[0].id, plan[1].id)
    assert dot(plan).count("->") == mermaid(plan).count("-->") == 2


def test_trees_that_are_grown_are_planned_as_those_that_are_not_yet():
    graph = compile_graph(Schema((PERSON,), (OLD,)), {"person": PayloadSettings(Trees())})
    table = TableSpec(tuple(map(ColumnSpec, graph.tree_heads[0].columns)))
    forest = Forest(OLD, table, ("",), np.ones(2), np.zeros(2))

    assert plan_of(Graph(), forests=[forest]) == plan_of(graph)


def test_columns_that_two_tasks_read_are_planned_once():
    tasks = (OLD, replace(OLD, name="older"))
    plan = plan_of(compile_graph(Schema((PERSON,), tasks), {"person": PayloadSettings(Trees())}))

    assert [block.id for block in plan] == ["payload/person/columns", "task/old/trees", "task/older/trees"]


def test_a_drawing_survives_any_name():
    graph, _, _ = compiled(NOTE, VALUES)
    (block, *_) = plan_of(graph)
    odd = type(block)('say "hi"', block.kind, (), block.shape)

    assert '"say \\"hi\\"" [label=' in dot((odd,))
    assert "say 'hi'<br>" in mermaid((odd,))
