"""What a model costs is known from its graph alone, but for tables that have a row for each feature."""

import numpy as np

from toy_models import SCHEMA, compiled, random_values
from transom.data.features.vectors import VectorSpec
from transom.model.batch import batch_of
from transom.model.compile import compile_graph
from transom.model.forecast import forecast
from transom.model.graph import Embedding
from transom.model.network import Network
from transom.model.plan import flops_of, parameters_of
from transom.schema.payloads import Sequence, Singleton
from transom.schema.schema import Schema
from transom.schema.tasks import Multiclass


def test_what_is_counted_before_data_is_what_a_network_of_the_data_has():
    graph, spec, _ = compiled(SCHEMA, random_values(6))
    trained = parameters_of(Network(graph, spec))
    planned = forecast(graph)

    sure = {block.id: block.parameters for block in planned if block.parameters is not None}
    assert sure == {name: trained[name] for name in sure}
    assert {block.kind for block in planned if block.id not in sure} == {"embedding", "wide"}


def test_a_table_says_how_long_a_row_is():
    graph, spec, _ = compiled(SCHEMA, random_values(6))
    trained = parameters_of(Network(graph, spec))
    rows = {block.id: block.parameters_per_feature for block in forecast(graph) if block.parameters_per_feature}
    n_features = {each.reading: each.n_features + isinstance(each.value, VectorSpec) for each in spec.payloads}
    tables = {block.id: n_features[block.reading] for block in graph.blocks if isinstance(block, Embedding)}

    assert tables
    assert {name: trained[name] for name in tables} == {name: rows[name] * n for name, n in tables.items()}


def test_operations_are_those_of_an_example_of_full_length():
    schema = Schema((Sequence("tokens", "token", max_length=7),), (Multiclass("pos", ("NOUN", "VERB"), "tokens"),))
    graph, spec, features = compiled(schema, {"tokens": [["ship"] * 9]})
    full = flops_of(Network(graph, spec).eval(), batch_of(features, np.arange(1)), 1)

    assert {block.id: block.flops for block in forecast(graph)} == full


def test_every_block_has_a_type_and_says_which_elements_mask_it():
    blocks = {block.id: block for block in forecast(compile_graph(SCHEMA))}

    assert {block.dtype for block in blocks.values()} == {"float32"}
    assert blocks["payload/tokens/encoding"].mask == "tokens"
    assert blocks["payload/note/encoding"].mask is None


def test_the_cost_of_comparing_what_a_text_is_built_on_is_known():
    texts = (Singleton("query", "text"), Singleton("note", "text"))
    both = Singleton("both", "text", base=("query", "note"))
    planned = forecast(compile_graph(Schema((*texts, both), (Multiclass("same", ("no", "yes"), "both"),))))
    assert "payload/both/overlap/encoding" in [block.id for block in planned]
