import numpy as np
import polars as pl
import pytest

from data_lines import ENTITIES, SCHEMA, patch, read, record
from transom.data.items import from_lengths, one_each
from transom.data.labels import Labels, begin_tag, inside_tag
from transom.data.votes import (
    empty_labels,
    encoded_dtype,
    gold_of,
    has_label,
    labels_from,
    sources_of,
    votes_of,
)

B_PER, I_PER, B_LOC = begin_tag(0), inside_tag(0), begin_tag(1)


def values(folder, task, source, *labels, of=votes_of):
    """What a source says, as an array, of examples that it labels so; `...` = not at all."""
    lines = [record(f"q{n}", **({} if label is ... else {task: {source: label}})) for n, label in enumerate(labels)]
    done = read(folder, *lines)
    assert done.problems == ()
    arguments = () if of is gold_of else (source,)
    found = of(done.dataset, SCHEMA.task(task), *arguments)
    return found.values if isinstance(found, Labels) else found


def probabilities_of(*arguments):
    return votes_of(*arguments).probabilities


def test_multiclass_votes_are_class_indices(tmp_path):
    assert values(tmp_path, "intent", "lf", "spouse", None, ..., "height").tolist() == [2, -1, -1, 0]


def test_bitvector_votes_are_rows_of_bits(tmp_path):
    found = values(tmp_path, "topics", "lf", ["politics"], [], None, ..., ["politics", "sport"])
    assert found.tolist() == [[0, 1], [0, 0], [-1, -1], [-1, -1], [1, 1]]


def test_regression_votes_are_numbers(tmp_path):
    np.testing.assert_array_equal(values(tmp_path, "score", "lf", 2, -0.5, None, ...), [2.0, -0.5, np.nan, np.nan])


def test_select_votes_are_member_indices_and_null_is_none_of_them(tmp_path):
    assert values(tmp_path, "arg", "lf", "Michelle", None, ..., "Obama").tolist() == [1, 2, -1, 0]


def test_votes_on_tokens_are_one_a_token(tmp_path):
    found = values(tmp_path, "pos", "lf", ["NOUN", None, "VERB", None], ..., None, [None] * 4)
    assert found.tolist() == [0, -1, 1, -1] + [-1] * 12


def test_bits_on_tokens_are_a_row_a_token(tmp_path):
    found = values(tmp_path, "types", "lf", [["person"], [], None, ["title", "person"]], ...)
    assert found.tolist() == [[1, 0], [0, 0], [-1, -1], [1, 1]] + [[-1, -1]] * 4


def test_numbers_on_tokens_are_one_a_token(tmp_path):
    found = values(tmp_path, "weight", "lf", [1, None, 2.5, 0], ...)
    np.testing.assert_array_equal(found, [1, np.nan, 2.5, 0] + [np.nan] * 4)


def test_votes_on_members_are_one_a_member(tmp_path):
    assert values(tmp_path, "kept", "lf", ["no", None], ...).tolist() == [1, -1, -1, -1]


def test_a_span_votes_for_its_own_tokens_and_an_empty_list_for_all(tmp_path):
    found = values(tmp_path, "names", "lf", [[3, 4, "LOC"], [0, 2, "PER"]], [], ..., None)
    assert found.tolist() == [B_PER, I_PER, -1, B_LOC] + [0] * 4 + [-1] * 8


def test_gold_spans_say_of_every_other_token_that_it_is_outside(tmp_path):
    found = values(tmp_path, "names", "crowd", [[0, 2, "PER"]], ..., of=gold_of)
    assert found.tolist() == [B_PER, I_PER, 0, 0] + [-1] * 4


def test_spans_that_touch_begin_anew(tmp_path):
    found = values(tmp_path, "names", "lf", [[0, 1, "PER"], [1, 3, "PER"]])
    assert found.tolist() == [B_PER, B_PER, I_PER, -1]


def test_a_soft_vote_counts_as_its_most_probable_class(tmp_path):
    found = values(tmp_path, "intent", "lf", {"age": 0.6, "height": 0.4}, "spouse", ...)
    assert found.tolist() == [1, 2, -1]


def test_a_soft_vote_for_several_classes_alike_is_none(tmp_path):
    labels = [{"age": 0.5, "height": 0.5}, {"age": 0.4, "height": 0.4, "spouse": 0.2}, {"age": 0.4, "height": 0.6}]
    assert values(tmp_path / "hard", "intent", "lf", *labels).tolist() == [-1, -1, 0]
    found = values(tmp_path / "soft", "intent", "lf", *labels, of=probabilities_of)
    np.testing.assert_array_equal(found, [[np.nan] * 3, [np.nan] * 3, [0.6, 0.4, 0]])


def test_soft_votes_are_distributions_and_hard_ones_beside_them_are_sure(tmp_path):
    found = values(tmp_path, "intent", "lf", {"age": 0.6, "height": 0.4}, "spouse", ..., of=probabilities_of)
    np.testing.assert_array_equal(found, [[0.4, 0.6, 0], [0, 0, 1], [np.nan] * 3])


def test_a_source_without_a_soft_vote_has_no_distributions(tmp_path):
    assert values(tmp_path, "intent", "lf", "age", of=probabilities_of) is None


def test_soft_votes_on_tokens_make_the_others_of_that_list_sure(tmp_path):
    labels = [{"NOUN": 0.75, "VERB": 0.25}, "VERB", None, None]
    found = values(tmp_path, "pos", "lf", labels, ..., of=probabilities_of)
    np.testing.assert_array_equal(found, [[0.75, 0.25], [0, 1]] + [[np.nan] * 2] * 6)


@pytest.mark.parametrize("late", ["age", None])
def test_soft_votes_may_all_be_taken_back(tmp_path, late):
    soft = record("q1", intent={"lf": {"age": 0.6, "height": 0.4}})
    done = read(tmp_path, soft, record("q2", intent={"lf": "spouse"}), patch("q1", intent={"lf": late}))
    found = votes_of(done.dataset, SCHEMA.task("intent"), "lf")
    assert found.values.tolist() == [1 if late else -1, 2]
    np.testing.assert_array_equal(found.probabilities, [[0, 1, 0] if late else [np.nan] * 3, [0, 0, 1]])


def test_soft_votes_of_a_select_task_leave_the_rest_to_none_of_them(tmp_path):
    found = values(tmp_path, "arg", "lf", {"Michelle": 0.25}, "Obama", None, ..., of=probabilities_of)
    np.testing.assert_array_equal(found, [[0, 0.25, 0.75], [1, 0, 0], [0, 0, 1], [np.nan] * 3])


def test_options_beyond_those_of_a_smaller_set_have_probability_0(tmp_path):
    one = record("one", payloads={"entities": ENTITIES[:1]}, arg={"lf": {"Obama": 1.0}})
    done = read(tmp_path, one, record("two", arg={"lf": {"Obama": 0.75}}))
    found = probabilities_of(done.dataset, SCHEMA.task("arg"), "lf")
    np.testing.assert_array_equal(found, [[1, 0, 0], [0.75, 0, 0.25]])


def test_gold_is_of_the_first_source_that_has_a_label_for_the_item(tmp_path):
    done = read(
        tmp_path,
        record("a", intent={"expert": "age", "crowd": "height"}),
        record("b", intent={"expert": "age"}),
        record("c", intent={"lf": "age"}),
        record("d", pos={"crowd": ["NOUN", None, None, None], "expert": ["VERB", "VERB", None, None]}),
    )
    assert gold_of(done.dataset, SCHEMA.task("intent")).values.tolist() == [0, 1, -1, -1]
    assert gold_of(done.dataset, SCHEMA.task("pos")).values.tolist()[-4:] == [0, 1, -1, -1]


def test_gold_may_be_soft(tmp_path):
    assert values(tmp_path, "intent", "crowd", {"age": 0.9, "spouse": 0.1}, of=gold_of).tolist() == [1]


def test_sources_are_those_in_the_data_but_for_gold_and_served_predictions(tmp_path):
    votes = dict.fromkeys(["b", "crowd", "a", "transom@7", "expert", "a/b~c"], "age")
    done = read(tmp_path, record(intent=votes, score={"c": 1}))
    assert sources_of(done.dataset, SCHEMA.task("intent")) == ("a", "a/b~c", "b")
    assert sources_of(done.dataset, SCHEMA.task("topics")) == ()
    assert votes_of(done.dataset, SCHEMA.task("intent"), "transom@7").values.tolist() == [1]


def test_a_source_that_is_nowhere_abstains(tmp_path):
    done = read(tmp_path, record())
    for task in SCHEMA.tasks:
        assert not has_label(votes_of(done.dataset, task, "nobody")).any()


def test_a_source_that_labels_only_late_examples_abstains_on_the_others(tmp_path):
    text = "x" * 1_500_000
    lines = [record(f"q{n}", payloads={"query": text}) for n in range(25)]
    done = read(tmp_path, *lines, record("last", intent={"lf": "age"}))
    assert votes_of(done.dataset, SCHEMA.task("intent"), "lf").values.tolist() == [-1] * 25 + [1]


@pytest.mark.parametrize("task", SCHEMA.tasks, ids=lambda task: task.name)
def test_a_column_of_nulls_is_no_label(task):
    elementwise = task.payload in ("tokens", "entities") and task.name not in ("names", "arg")
    series = pl.Series([None, None], dtype=encoded_dtype(task, elementwise))
    items = one_each(2) if task.payload in ("query", None) else from_lengths(np.array([3, 0]))
    labels = labels_from(task, series, items)
    assert not has_label(labels).any()
    np.testing.assert_array_equal(labels.values, empty_labels(task, items).values)
    assert labels.values.dtype == empty_labels(task, items).values.dtype


def test_empty_sequences_have_no_items_and_do_no_harm(tmp_path):
    lines = [
        record("a", payloads={"tokens": [], "entities": []}, pos={"lf": []}, names={"lf": []}, arg={"lf": None}),
        record("b", pos={"lf": ["NOUN", "VERB", None, None]}, names={"lf": [[0, 1, "PER"]]}),
        record("c", payloads={"tokens": None, "entities": None}, pos={"lf": []}),
    ]
    done = read(tmp_path, *lines)
    assert votes_of(done.dataset, SCHEMA.task("pos"), "lf").values.tolist() == [0, 1, -1, -1]
    assert votes_of(done.dataset, SCHEMA.task("names"), "lf").values.tolist() == [B_PER, -1, -1, -1]
    assert votes_of(done.dataset, SCHEMA.task("arg"), "lf").values.tolist() == [0, -1, -1]


def test_the_encoding_of_every_task_is_known():
    assert encoded_dtype(SCHEMA.task("intent"), elementwise=False) == pl.Int32
    assert encoded_dtype(SCHEMA.task("pos"), elementwise=True) == pl.List(pl.Int32)
    assert encoded_dtype(SCHEMA.task("types"), elementwise=True) == pl.List(pl.List(pl.Int32))
    assert encoded_dtype(SCHEMA.task("names"), elementwise=False) == pl.List(pl.List(pl.Int32))
    assert encoded_dtype(SCHEMA.task("score"), elementwise=False) == pl.Float64
    assert encoded_dtype(SCHEMA.task("intent"), elementwise=False, soft=True) == pl.List(pl.Float64)
    assert encoded_dtype(SCHEMA.task("pos"), elementwise=True, soft=True) == pl.List(pl.List(pl.Float64))
