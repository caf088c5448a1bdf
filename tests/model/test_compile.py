"""From a schema to the graph of its model."""

from dataclasses import replace

import pytest

from toy_models import SCHEMA, TASKS
from transom.data.features.columns import ColumnReading
from transom.data.features.pieces import PieceReading
from transom.data.features.text import TextReading
from transom.data.features.words import WordReading
from transom.errors import Location, ProjectError
from transom.model.compile import compile_graph
from transom.model.graph import Encoding, Joined, Published, Shape, Summary
from transom.model.readings import reading_of
from transom.model.settings import Bag, Convolution, Dense, Lstm, PayloadSettings, Pretrained, Trees
from transom.schema.payloads import Field, MemberSet, Sequence, Singleton
from transom.schema.schema import Schema
from transom.schema.slices import Slice
from transom.schema.tasks import Multiclass, Regression, Select, Spans

HERE = Location("schema.yaml", 3, 5)
TEXT = Singleton("text", "text", at=HERE)
TOKENS = Sequence("tokens", "token", at=HERE)
LABEL = Multiclass("label", ("a", "b"), "text")


def inputs_of(graph, task):
    """The blocks that a head sees, through what joins them."""
    head = next(head for head in graph.heads if head.task.name == task)
    block = graph.block(head.inputs[0])
    return set(block.inputs if isinstance(block, Joined) else [block.id])


def test_a_text_is_a_bag_with_a_head():
    graph = compile_graph(Schema((TEXT,), (LABEL,)))
    assert [(block.id, str(block.shape)) for block in graph.blocks] == [
        ("payload/text/embedding", "(examples, 64)"),
        ("payload/text/encoding", "(examples, 64)"),
        ("task/label/wide", "(examples, 2)"),
        ("task/label/head", "(examples, 2)"),
    ]
    assert graph.readings[0].value == TextReading(2, 5)


def test_a_linear_model_stands_beside_the_network_of_texts_values_and_tokens():
    height = Singleton("height", "number")
    graph = compile_graph(Schema((TEXT, height, TOKENS), (LABEL,)))
    wide = graph.block("task/label/wide")
    assert [reading.name for reading in wide.readings] == ["text", "height", "tokens", "text"]
    assert wide.readings[-1].key == "text.overlap"
    assert graph.heads[0].wide == wide.id
    assert graph.only(["label"]) == graph


@pytest.mark.parametrize("encoder", [Convolution(), Pretrained()])
@pytest.mark.parametrize(("payload", "form"), [(TEXT, "singleton"), (TOKENS, "joined")])
def test_what_is_read_word_by_word_or_in_pieces_is_one_bag_to_the_linear_model(payload, form, encoder):
    schema = Schema((payload, Singleton("all", "text", base=(payload.name,))), (replace(LABEL, payload="all"),))
    graph = compile_graph(schema, {payload.name: PayloadSettings(encoder)})
    first, second = graph.readings
    assert first == reading_of(payload, encoder)
    assert (second.name, second.key) == (payload.name, f"{payload.name}.ngrams")
    assert (second.form, second.value) == (form, TextReading(2, 5))
    assert graph.block("task/label/wide").readings == (second,)


def test_nothing_is_read_twice_that_no_linear_model_reads():
    schema = Schema((TOKENS,), (Spans("names", ("person",), "tokens"),))
    graph = compile_graph(schema, {"tokens": PayloadSettings(Pretrained())})
    assert [reading.key for reading in graph.readings] == ["tokens"]


def test_a_number_of_an_example_has_a_linear_model_beside_it():
    graph = compile_graph(Schema((TEXT,), (Regression("label", "text"),)))
    assert str(graph.block("task/label/wide").shape) == "(examples, 1)"


@pytest.mark.parametrize(
    ("payloads", "task", "settings"),
    [
        ((TEXT,), LABEL, Bag(wide=False)),
        ((TEXT,), LABEL, Lstm(wide=False)),
        ((TEXT,), LABEL, Pretrained(wide=False)),
        ((Sequence("text", "token"),), Regression("label", "text"), Convolution()),
        ((TEXT, Sequence("heights", "number")), LABEL, Bag()),
        ((TEXT, MemberSet("people", (Field("name", "text"),))), LABEL, Bag()),
    ],
)
def test_no_linear_model_has_a_say_that_knows_less_than_the_head(payloads, task, settings):
    graph = compile_graph(Schema(payloads, (task,)), {"text": PayloadSettings(settings)})
    assert graph.heads[0].wide is None
    assert "task/label/wide" not in [block.id for block in graph.blocks]


@pytest.mark.parametrize(("n_classes", "is_wide"), [(200, True), (257, False)])
def test_of_very_many_classes_the_linear_model_would_be_too_large(n_classes, is_wide):
    label = Multiclass("label", tuple(f"c{number}" for number in range(n_classes)), "text")
    assert (compile_graph(Schema((TEXT,), (label,))).heads[0].wide is not None) == is_wide


def test_a_linear_model_stands_beside_a_head_with_slices_too():
    schema = Schema((TEXT,), (LABEL,), slices=(Slice("short", tag="short"),))
    (head,) = compile_graph(schema).heads
    assert len(head.inputs) == 3
    assert head.wide == "task/label/wide"


def test_of_the_numbers_of_a_sequence_nothing_is_left_out():
    waves = Sequence("waves", "number")
    schema = Schema((TOKENS, waves), tuple(Regression(name, name) for name in ("tokens", "waves")))
    graph = compile_graph(schema)
    assert [graph.block(f"payload/{name}/embedding").feature_dropout for name in ("tokens", "waves")] == [0.5, 0.0]


def test_a_text_may_be_read_word_by_word():
    graph = compile_graph(Schema((TEXT,), (LABEL,)), {"text": PayloadSettings(Lstm(size=10), "max")})
    assert isinstance(graph.readings[0].value, WordReading)
    assert graph.block("payload/text/encoding").shape == Shape(10, "text")
    assert graph.block("payload/text/summary/max").shape == Shape(10)
    assert inputs_of(graph, "label") == {"payload/text/summary/max"}


def test_a_text_with_a_base_is_seen_as_its_base():
    graph = compile_graph(SCHEMA)
    assert "query" not in [reading.name for reading in graph.readings]
    assert inputs_of(graph, "intent") == {"payload/tokens/summary/both"}


def test_a_text_with_two_bases_joins_them():
    schema = Schema(
        (Singleton("query", "text", base=("tokens", "note")), TOKENS, Singleton("note", "text")),
        (Multiclass("label", ("a", "b"), "query"), Multiclass("other", ("a", "b"), "tokens")),
    )
    graph = compile_graph(schema)
    assert graph.block("payload/query/joined").inputs == ("payload/tokens/summary/both", "payload/note/encoding")
    assert "payload/query/joined" in inputs_of(graph, "other")


def test_a_payload_that_is_built_on_nothing_sees_all_others():
    graph = compile_graph(Schema((TEXT, TOKENS), (LABEL,)))
    assert inputs_of(graph, "label") == {
        "payload/text/encoding",
        "payload/text/beside/tokens/summary/both",
        "payload/text/overlap/encoding",
    }


def test_what_matters_of_another_payloads_elements_depends_on_the_one_that_sees_them():
    graph = compile_graph(Schema((TEXT, TOKENS), (LABEL,)))
    beside = graph.block("payload/text/beside/tokens")
    assert beside.inputs == (
        "payload/tokens/encoding",
        "payload/text/encoding",
        "payload/text/beside/tokens/overlap/encoding",
    )
    assert beside.shape.elements == "tokens"
    assert graph.block("payload/text/beside/tokens/summary/both").inputs == (beside.id,)


def test_what_matters_of_members_depends_on_what_they_share_with_the_text_that_sees_them():
    offers = MemberSet("offers", (Field("title", "text"),))
    graph = compile_graph(Schema((TEXT, offers), (LABEL,)))
    assert graph.block("payload/text/beside/offers").inputs == (
        "payload/offers/encoding",
        "payload/text/encoding",
        "payload/text/beside/offers/overlap/encoding",
    )
    assert graph.block("payload/text/beside/offers/overlap/embedding").shape.elements == "offers"


def test_members_see_the_stretch_they_point_at_and_the_whole_sequence():
    assert inputs_of(compile_graph(SCHEMA), "argument") == {
        "payload/entities/contrast",
        "payload/entities/reached",
        "payload/tokens/summary/both",
        "payload/entities/overlap/encoding",
    }


def test_how_a_payload_is_summed_up_is_said_by_the_one_that_sees_it():
    settings = {"query": PayloadSettings(aggregate="attention"), "tokens": PayloadSettings(aggregate="max")}
    graph = compile_graph(SCHEMA, settings)
    assert inputs_of(graph, "intent") == {"payload/tokens/summary/attention"}
    assert "payload/tokens/summary/max" in inputs_of(graph, "argument")


def test_a_task_without_payload_is_not_learned():
    assert compile_graph(Schema((TEXT,), (Multiclass("label", ("a", "b")),))).blocks == ()


def test_a_payload_that_no_head_sees_is_not_read():
    graph = compile_graph(Schema((TEXT, Singleton("query", "text", base=("tokens",)), TOKENS), SCHEMA.tasks[3:4]))
    assert {reading.name for reading in graph.readings} == {"tokens"}


def test_blocks_stand_after_their_inputs_and_ids_are_unique():
    graph = compile_graph(SCHEMA)
    ids = [block.id for block in graph.blocks]
    assert len(set(ids)) == len(ids)
    for place, block in enumerate(graph.blocks):
        assert set(block.inputs) <= set(ids[:place])


def test_every_task_has_a_head_with_the_scores_it_needs():
    shapes = {head.task.name: (head.shape.elements, head.shape.size) for head in compile_graph(SCHEMA).heads}
    assert shapes == {
        "pos": ("tokens", 3),
        "kinds": ("tokens", 2),
        "names": ("tokens", 5),
        "intent": (None, 2),
        "topics": (None, 2),
        "argument": ("entities", 1),
        "role": ("entities", 2),
        "score": (None, 1),
        "swell": ("waves", 1),
    }


def test_one_task_less_leaves_the_others_blocks_as_they_are():
    whole, without = compile_graph(SCHEMA), compile_graph(Schema(SCHEMA.payloads, TASKS[1:]))
    assert set(without.blocks) < set(whole.blocks)
    assert set(whole.only([task.name for task in TASKS[1:]]).blocks) == set(without.blocks)


def test_only_the_blocks_that_a_task_needs_are_kept():
    graph = compile_graph(SCHEMA).only(["intent"])
    assert [type(block) for block in graph.blocks][1:3] == [Encoding, Summary]
    assert [head.task.name for head in graph.heads] == ["intent"]


@pytest.mark.parametrize(
    ("schema", "settings", "message"),
    [
        (
            Schema((Singleton("person", "record", at=HERE),)),
            {"person": PayloadSettings(Lstm())},
            "schema.yaml:3:5 T121 Encoder 'lstm' cannot read record, which payload 'person' holds. "
            "Encoders for it: dense, trees.",
        ),
        (
            Schema((TEXT,)),
            {"text": PayloadSettings(Dense())},
            "schema.yaml:3:5 T121 Encoder 'dense' cannot read text, which payload 'text' holds. "
            "Encoders for it: bag, convolution, gru, lstm, pretrained, transformer.",
        ),
        (
            Schema((Singleton("query", "text", base=("tokens",), at=HERE), TOKENS)),
            {"query": PayloadSettings(Bag())},
            "schema.yaml:3:5 T122 Payload 'query' is a text with a base: a model sees tokens instead. "
            "Choose the encoder of tokens.",
        ),
        (
            Schema((TEXT,), (Spans("names", ("PER",), "text", at=Location("schema.yaml", 7, 3)),)),
            {},
            "schema.yaml:7:3 T123 Spans task 'names' needs a sequence, and payload 'text' is none. "
            "Choose a payload that is a sequence.",
        ),
        (
            Schema((TOKENS,), (Select("which", "tokens", at=Location("schema.yaml", 7, 3)),)),
            {},
            "schema.yaml:7:3 T123 Select task 'which' needs a set, and payload 'tokens' is none. "
            "Choose a payload that is a set.",
        ),
        (Schema((TEXT,)), {"txt": PayloadSettings()}, "T012 'txt' is not a payload of the schema. Payloads: text."),
    ],
)
def test_a_choice_that_does_not_fit_is_refused_with_its_line(schema, settings, message):
    with pytest.raises(ProjectError) as caught:
        compile_graph(schema, settings)
    assert str(caught.value) == message


def test_all_problems_are_told_together():
    with pytest.raises(ProjectError) as caught:
        compile_graph(Schema((TEXT, TOKENS)), {"text": PayloadSettings(Dense()), "tokens": PayloadSettings(Dense())})
    assert len(caught.value.problems) == 2


PERSON = Singleton("person", "record", fields=(Field("age", "number"), Field("name", "text"), Field("job", "category")))
OLD = Multiclass("old", ("a", "b"), "person")
BY_TREES = {"person": PayloadSettings(Trees())}


@pytest.mark.parametrize(("payload", "form"), [(TEXT, "singleton"), (TOKENS, "sequence")])
def test_a_pretrained_encoder_reads_pieces_of_words(payload, form):
    chosen = Pretrained(model="some/model", size=10, max_length=20, wide=False)
    schema = Schema((payload,), (Multiclass("label", ("a", "b"), payload.name),))
    graph = compile_graph(schema, {payload.name: PayloadSettings(chosen)})
    (reading,) = graph.readings
    assert (reading.form, reading.value) == (form, PieceReading("some/model", 20))
    assert isinstance(graph.blocks[0], Published)
    assert graph.blocks[0].shape.size == 10


def test_a_task_that_trees_learn_has_no_block_in_the_network():
    graph = compile_graph(Schema((PERSON,), (OLD,)), BY_TREES)
    assert graph.blocks == ()
    (head,) = graph.tree_heads
    assert (head.id, head.shape) == ("task/old/trees", Shape(2))
    assert head.columns == (ColumnReading("person", "number", "age"), ColumnReading("person", "category", "job"))
    assert graph.tasks == (OLD,)


def test_trees_see_what_stands_beside_their_payload_as_far_as_it_has_columns():
    beside = (Singleton("height", "number"), Singleton("place", "vector"), TOKENS, TEXT)
    (head,) = compile_graph(Schema((PERSON, *beside), (OLD,)), BY_TREES).tree_heads
    assert head.columns[2:] == (ColumnReading("height", "number"), ColumnReading("place", "vector"))


def test_a_payload_that_trees_read_is_dense_for_tasks_of_the_network():
    graph = compile_graph(Schema((PERSON, TEXT), (OLD, LABEL)), BY_TREES)
    assert [head.task for head in graph.heads] == [LABEL]
    assert Dense() in [block.encoder for block in graph.blocks if isinstance(block, Encoding)]


def test_only_the_trees_of_the_tasks_asked_for_are_kept():
    graph = compile_graph(Schema((PERSON, TEXT), (OLD, LABEL)), BY_TREES)
    assert graph.only(["label"]).tree_heads == ()
    assert graph.only(["old"]).tasks == (OLD,)


def test_trees_refuse_elements_and_members():
    members = MemberSet("members", (Field("age", "number"),), at=HERE)
    numbers = Sequence("numbers", "number", at=HERE)
    chosen = {"members": PayloadSettings(Trees()), "numbers": PayloadSettings(Trees())}
    with pytest.raises(ProjectError) as caught:
        compile_graph(Schema((members, numbers)), chosen)
    assert [problem.message.partition(". ")[0] for problem in caught.value.problems] == [
        "Encoder 'trees' cannot read members of a set, which payload 'members' holds",
        "Encoder 'trees' cannot read elements of a sequence, which payload 'numbers' holds",
    ]


def test_trees_refuse_a_record_of_texts_unless_something_that_they_read_stands_beside():
    names = Singleton("person", "record", fields=PERSON.fields[1:2], at=HERE)
    with pytest.raises(ProjectError) as caught:
        compile_graph(Schema((names, TOKENS), (OLD,)), BY_TREES)
    assert str(caught.value.problems[0]) == (
        "schema.yaml:3:5 T121 Encoder 'trees' reads numbers, categories and vectors, and a task on payload 'person' "
        "sees none. Encoders for it: dense."
    )
    (head,) = compile_graph(Schema((names, Singleton("height", "number")), (OLD,)), BY_TREES).tree_heads
    assert head.columns == (ColumnReading("height", "number"),)
