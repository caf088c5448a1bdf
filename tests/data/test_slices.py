import orjson
import pytest

from transom.data.ingest import ingest
from transom.data.slices import membership
from transom.errors import Location, ProjectError
from transom.schema.payloads import Singleton
from transom.schema.schema import Schema
from transom.schema.slices import Slice
from transom.schema.tasks import Multiclass

AT = Location("schema.yaml", 7, 3)
SCHEMA = Schema((Singleton("query", "text"),), (Multiclass("intent", ("height", "age")),))
RECORDS = [
    {"id": "q1", "payloads": {"query": "how tall"}, "tags": ["train", "nutrition"], "time": "2026-07-01T00:00:00Z"},
    {"id": "q2", "payloads": {"query": "old?"}, "tags": ["train"]},
    {"id": "q3", "payloads": {"query": None}, "tags": ["dev", "nutrition"], "time": "2025-07-01T00:00:00Z"},
]


@pytest.fixture
def dataset(tmp_path):
    data = tmp_path / "a.jsonl"
    data.write_bytes(b"\n".join(map(orjson.dumps, RECORDS)))
    done = ingest([data], SCHEMA, tmp_path / "dataset")
    assert done.problems == ()
    return done.dataset


@pytest.fixture
def members(dataset, tmp_path):
    def members(source="", **kind):
        (tmp_path / "slices.py").write_text(source)
        return membership(dataset, Slice("slice", at=AT, **kind), tmp_path).tolist()

    return members


def test_a_tag_names_the_examples_that_have_it(members):
    assert members(tag="nutrition") == [True, False, True]
    assert members(tag="nobody's") == [False, False, False]


def test_an_expression_that_is_unknown_of_an_example_leaves_it_out(members):
    assert members(where="length(query) < 5") == [False, True, False]
    assert members(where="time > '2026-06-01'") == [True, False, False]
    assert members(where='NOT "nutrition"') == [False, True, False]
    assert members(where="1 = 1") == [True, True, True]


def test_a_function_says_of_each_example_whether_it_is_a_member(members):
    source = "def short(x):\n    return x.query is not None and len(x.query) < 5\n"
    assert members(source, python="slices:short") == [False, True, False]


def test_a_batch_function_returns_a_column_in_which_null_is_no_member(members):
    source = "from transom import slicing_function\n@slicing_function(batch=True)\n"
    source += "def short(frame):\n    return frame['query'].str.len_chars() < 5\n"
    assert members(source, python="slices:short") == [False, True, False]


def test_a_function_that_returns_something_else_is_refused(members):
    with pytest.raises(ProjectError) as raised:
        members("def short(x):\n    return 'yes'\n", python="slices:short")
    assert str(raised.value) == (
        "slices.py:1 T083 slices:short returned 'yes'. A slicing function returns True or False."
    )


def test_a_function_that_is_not_there_is_refused_where_the_slice_stands(members):
    with pytest.raises(ProjectError) as raised:
        members("def short(x):\n    return True\n", python="slices:shrot")
    assert str(raised.value) == (
        "schema.yaml:7:3 T080 The module 'slices' has no function 'shrot'. Its functions: short. Did you mean short?"
    )


def test_an_expression_that_is_wrong_is_refused_where_the_slice_stands(members):
    with pytest.raises(ProjectError) as raised:
        members(where="count(*) > 3")
    assert str(raised.value) == (
        "schema.yaml:7:3 T070 'count' looks at many rows, so its answer would depend on the batch. "
        "Use what one row holds."
    )
