import json

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_lines import SCHEMA, TOKENS, record, write
from transom.data.infer import propose_project
from transom.data.infer_records import propose_from_records
from transom.data.ingest import data_files, ingest
from transom.errors import ProjectError, UsageError
from transom.schema.load import load_schema
from transom.schema.payloads import Field, Sequence, Singleton
from transom.schema.tasks import Bitvector, Multiclass, Regression


def proposed(file, into):
    """The schema proposed from a file and the records written, which have no problem."""
    written = propose_project(file, into)
    schema = load_schema(into / "schema.yaml")
    done = ingest(data_files(into / "data"), schema, None)
    assert done.problems == ()
    assert written == [into / "schema.yaml", *data_files(into / "data")]
    return schema, [json.loads(line) for line in written[1].read_text().split("\n") if line]


def table(folder, text, name="tickets.csv"):
    (folder / name).write_text(text)
    return folder / name


def test_a_table_becomes_texts_and_a_label(tmp_path):
    text = "review,label\nI liked it very much,good\nnot worth the money,bad\nI want my money back,bad\nso good,good\n"
    schema, records = proposed(table(tmp_path, text), tmp_path / "project")
    assert schema.payloads == (Singleton("review", "text"),)
    assert schema.tasks == (Multiclass("label", ("bad", "good"), "review"),)
    assert schema.gold == ("gold",)
    assert records[1] == {
        "id": "2",
        "payloads": {"review": "not worth the money"},
        "tasks": {"label": {"gold": "bad"}},
    }


def test_a_table_may_have_a_name_that_looks_like_a_pattern(tmp_path):
    file = table(tmp_path, "review,label\nso good,good\nso bad,bad\n", name="tickets [1]*.csv")
    assert [each["payloads"]["review"] for each in proposed(file, tmp_path / "project")[1]] == ["so good", "so bad"]


def test_numbers_and_categories_become_the_fields_of_one_record(tmp_path):
    rows = [
        {"age": 20 + n, "paid": n % 2 == 0, "town": "ab"[n % 2], "income": n * 1.5, "grade": "lm"[n % 2]}
        for n in range(8)
    ]
    pl.DataFrame(rows).write_parquet(tmp_path / "a.parquet")
    schema, records = proposed(tmp_path / "a.parquet", tmp_path / "project")
    fields = [("age", "number"), ("paid", "category"), ("town", "category"), ("income", "number")]
    assert schema.payloads == (Singleton("record", "record", fields=tuple(Field(*field) for field in fields)),)
    assert schema.tasks == (Multiclass("grade", ("l", "m"), "record"),)
    assert records[0]["payloads"]["record"] == {"age": 20, "paid": "true", "town": "a", "income": 0.0}


def test_ids_splits_and_times_are_recognised(tmp_path):
    text = "id,text,split,when,label\n7,a b c,train,2026-01-02T03:04:05,x\n9,d e f,validation,2026-01-03T00:00:00,y\n"
    schema, records = proposed(table(tmp_path, text), tmp_path / "project")
    assert [payload.name for payload in schema.payloads] == ["text"]
    assert [(each["id"], each["tags"], each["time"]) for each in records] == [
        ("7", ["train"], "2026-01-02T03:04:05"),
        ("9", ["dev"], "2026-01-03T00:00:00"),
    ]


def test_digits_that_a_number_would_lose_stay_text(tmp_path):
    rows = "007,01067,4,5,yes\n7,01067,12345678901234567890,0,no\n008,10115,4,0.5,yes\n9,10115,4,5,no\n"
    schema, records = proposed(table(tmp_path, f"id,zip,card,age,label\n{rows}"), tmp_path / "project")
    assert [record["id"] for record in records] == ["007", "7", "008", "9"]
    assert records[0]["payloads"]["record"] == {"zip": "01067", "card": "4", "age": 5.0}
    assert records[1]["payloads"]["record"]["card"] == "12345678901234567890"
    fields = (Field("zip", "category"), Field("card", "category"), Field("age", "number"))
    assert schema.payloads == (Singleton("record", "record", fields=fields),)


@pytest.mark.parametrize("name", ["tickets.csv", "tickets.tsv"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_header_says_what_separates_columns(tmp_path, name, separator):
    text = (
        "id,subject,label\nq1,it is broken again,bad\nq2,it does work,good\nq3,it is not here,bad\nq4,thank you,good\n"
    )
    schema, records = proposed(table(tmp_path, text.replace(",", separator), name), tmp_path / "project")
    assert schema.payloads == (Singleton("subject", "text"),)
    assert records[0]["payloads"] == {"subject": "it is broken again"}


def test_an_id_that_is_not_unique_is_no_id(tmp_path):
    _, records = proposed(table(tmp_path, "id,label\na,x\na,y\n"), tmp_path / "project")
    assert [each["id"] for each in records] == ["1", "2"]


def test_columns_with_the_classes_of_the_label_become_its_sources(tmp_path):
    text = "text,anna,bob,label\na b c,x,y,x\nd e f,,y,y\ng h i,x,,\n"
    schema, records = proposed(table(tmp_path, text), tmp_path / "project")
    assert [payload.name for payload in schema.payloads] == ["text"]
    assert [each.get("tasks") for each in records] == [
        {"label": {"gold": "x", "anna": "x", "bob": "y"}},
        {"label": {"gold": "y", "bob": "y"}},
        {"label": {"anna": "x"}},
    ]
    opening = (tmp_path / "project" / "schema.yaml").read_text()
    assert "# Columns with the same classes as the label became its sources: anna, bob.\n" in opening


def test_a_label_that_is_a_quantity_is_a_regression(tmp_path):
    text = "text,score\n" + "".join(f"some words here,{n / 7}\n" for n in range(20))
    schema, _ = proposed(table(tmp_path, text), tmp_path / "project")
    assert schema.tasks == (Regression("score", "text"),)


def test_lists_become_tokens_vectors_and_bits(tmp_path):
    rows = [
        {"tokens": ["a", "b"], "embedding": [1.0, 2.0], "prices": [1.0], "topics": ["x"]},
        {"tokens": ["c"], "embedding": [3.0, 4.0], "prices": [], "topics": ["y", "x"]},
    ]
    pl.DataFrame(rows).write_parquet(tmp_path / "a.parquet")
    schema, _ = proposed(tmp_path / "a.parquet", tmp_path / "project")
    assert schema.payloads == (
        Sequence("tokens", "token", 2),
        Singleton("embedding", "vector"),
        Sequence("prices", "number", 1),
    )
    assert schema.tasks == (Bitvector("topics", ("x", "y"), "embedding"),)


@pytest.mark.parametrize("dtype", [pl.List(pl.Int32), pl.Array(pl.UInt8, 2)])
def test_lists_of_whole_numbers_are_vectors_however_many_bits_they_have(tmp_path, dtype):
    labels = pl.Series([[1, 2], [3, 1], [2, 3]] * 2, dtype=dtype)
    pl.DataFrame({"labels": labels, "spam": ["x", "y"] * 3}).write_parquet(tmp_path / "a.parquet")
    schema, _ = proposed(tmp_path / "a.parquet", tmp_path / "project")
    assert schema.payloads == (Singleton("labels", "vector"),)


def test_a_list_of_values_of_different_kinds_becomes_text(tmp_path):
    rows = [{"text": "a b c", "mixed": [1, "x"], "place": [1, 2.5]}, {"text": "d e f", "mixed": [2], "place": [3, 4]}]
    schema, records = proposed(write(tmp_path / "a.jsonl", *rows), tmp_path / "project")
    assert [schema.payload(name).value for name in ("mixed", "place")] == ["text", "vector"]
    assert [each["payloads"]["mixed"] for each in records] == ['[1,"x"]', "[2]"]


def test_a_column_may_be_called_by_several_lines(tmp_path):
    schema, _ = proposed(table(tmp_path, 'text,"two\nlines",label\na b c,,x\nd e f,,y\n'), tmp_path / "project")
    assert schema.payloads == (Singleton("text", "text"),)
    assert "# Columns left out: two lines.\n" in (tmp_path / "project" / "schema.yaml").read_text()


def test_a_table_without_a_label_asks_for_a_task(tmp_path):
    text = "text\n" + "".join(f"the {n}th of some texts\n" for n in range(5))
    schema, records = proposed(table(tmp_path, text), tmp_path / "project")
    assert schema.gold == ()
    assert "tasks" not in records[0]
    lines = (tmp_path / "project" / "schema.yaml").read_text().splitlines()
    assert lines[-1].endswith("  # no column looks like a label: say what is predicted")


def test_columns_get_names_that_payloads_can_have(tmp_path):
    text = "the text,2nd text,id,tags,True\n" + "".join(
        f"a b c {n},d e f {n},x,g h i {n},j k l {n}\n" for n in range(4)
    )
    schema, _ = proposed(table(tmp_path, text), tmp_path / "project")
    assert [payload.name for payload in schema.payloads] == ["the_text", "_2nd_text", "id_", "tags_", "True_"]
    assert "# the column 'the text'" in (tmp_path / "project" / "schema.yaml").read_text()


def test_other_objects_a_line_are_rows_of_a_table(tmp_path):
    lines = [{"text": "a b c", "y": "p"}, {"text": "d e f", "y": "q"}, {"text": 7, "y": "p"}, {"y": "q"}]
    schema, records = proposed(write(tmp_path / "a.jsonl", *lines), tmp_path / "project")
    assert [payload.name for payload in schema.payloads] == ["text"]
    assert schema.tasks[0].classes == ("p", "q")
    assert [each["payloads"]["text"] for each in records] == ["a b c", "d e f", "7", None]


def test_of_data_lines_the_schema_is_found_again(tmp_path):
    lines = [
        record(
            f"q{n}",
            payloads={
                "person": {"age": n, "job": "ab"[n % 2]},
                "embedding": [n, 1.5],
                "price": n / 2,
                "kind": "xy"[n % 2],
                "prices": [1.5] * (n % 3),
                "frames": [[1, 2]] * (n % 3),
                "entities": [{"id": "Obama", "range": [3, 4], "fields": {"title": f"some title {n}", "pop": 9.5}}]
                * (n % 2),
            },
            intent={"lf": ("height", "age", "spouse")[n % 3], "crowd": None},
            topics={"lf": [["sport"], ["politics", "sport"], []][n % 3]},
            score={"lf": n},
            pos={"lf": ["NOUN", None, "VERB", None]},
            types={"lf": [["person"], [], ["title"], None]},
            weight={"lf": [0.5, None, 1, 2]},
            names={"lf": [[0, 1, "PER"], [1, 2, "LOC"]] * (n % 2)},
            arg={"lf": "Obama" if n % 2 else None},
        )
        for n in range(12)
    ]
    schema, records = proposed(write(tmp_path / "a.jsonl", *lines), tmp_path / "project")
    assert records == lines
    found = {payload.name: payload for payload in schema.payloads}
    for payload in SCHEMA.payloads:
        assert type(found[payload.name]) is type(payload)
        assert getattr(found[payload.name], "value", None) == getattr(payload, "value", None)
        assert getattr(found[payload.name], "fields", None) == getattr(payload, "fields", None)
    assert found["query"].base == ("tokens",)
    assert found["entities"].range == "tokens"
    tasks = {task.name: task for task in schema.tasks}
    for task in SCHEMA.tasks[:8]:
        assert type(tasks[task.name]) is type(task)
        assert tasks[task.name].payload == task.payload
        assert set(getattr(tasks[task.name], "classes", ())) == set(getattr(task, "classes", ()))
    assert schema.gold == ("crowd",)


def test_data_lines_are_copied_with_their_compression(tmp_path):
    file = write(tmp_path / "a.jsonl.gz", record(intent={"lf": "age"}))
    written = propose_project(file, tmp_path / "project")
    assert written[1].name == "a.jsonl.gz"
    assert written[1].read_bytes() == file.read_bytes()


def test_data_lines_without_a_label_ask_for_a_task(tmp_path):
    schema, _ = proposed(write(tmp_path / "a.jsonl", record()), tmp_path / "project")
    assert schema.tasks == (Multiclass("label", ("no", "yes"), "query"),)


@pytest.mark.parametrize("label", [[[], []], [[0, 1, 2]]])
def test_labels_that_name_no_class_leave_the_classes_to_the_reader(tmp_path, label):
    line = {"id": "1", "payloads": {"tokens": ["a", "b"]}, "tasks": {"kind": {"kb": label}}}
    propose_project(write(tmp_path / "a.jsonl", line), tmp_path / "project")
    assert load_schema(tmp_path / "project" / "schema.yaml").task("kind").classes == ("no", "yes")


def test_records_that_have_only_tokens_keep_a_task_that_needs_a_payload(tmp_path):
    line = {"id": "q", "payloads": {"tokens": TOKENS}, "tasks": {"intent": {"lf": "age"}}}
    schema, _ = proposed(write(tmp_path / "a.jsonl", line), tmp_path / "project")
    assert schema.tasks[0].payload is None
    assert "# no payload fits it" in (tmp_path / "project" / "schema.yaml").read_text()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", "x", "T063 'a.txt' is not a file that can be read. Give a .jsonl, .csv, .tsv or .parquet file."),
        ("a.csv", "x,y\n", "a.csv T063 the file has no row, so that nothing can be proposed."),
        ("a.jsonl", "\n", "a.jsonl T063 the file has no row, so that nothing can be proposed."),
    ],
)
def test_a_file_from_which_nothing_can_be_proposed_says_why(tmp_path, name, content, message):
    with pytest.raises(UsageError) as raised:
        propose_project(table(tmp_path, content, name), tmp_path / "project")
    assert str(raised.value) == message
    assert not (tmp_path / "project").exists()


def test_a_file_that_is_not_there_says_so(tmp_path):
    with pytest.raises(UsageError, match="there is no file"):
        propose_project(tmp_path / "a.csv", tmp_path / "project")


def test_all_broken_lines_are_named(tmp_path):
    with pytest.raises(ProjectError) as raised:
        propose_project(write(tmp_path / "a.jsonl", "{", {"text": "x"}, "[]"), tmp_path / "project")
    assert [(problem.code, problem.at.line) for problem in raised.value.problems] == [("T030", 1), ("T054", 3)]


ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.floats(0, 1), st.sampled_from(["x", "y z"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["id", "range", "fields", "x"]), inner, max_size=3),
        st.lists(st.fixed_dictionaries({"id": inner}, optional={"range": inner, "fields": inner}), max_size=2),
    ),
    max_leaves=8,
)
LINES = st.fixed_dictionaries(
    {
        "payloads": st.one_of(ANYTHING, st.fixed_dictionaries({}, optional=dict.fromkeys("abc", ANYTHING))),
        "tasks": st.one_of(ANYTHING, st.dictionaries(st.sampled_from("st"), st.dictionaries(st.just("u"), ANYTHING))),
    }
)


@given(st.lists(LINES, max_size=3))
def test_lines_that_are_written_wrong_are_left_to_check(lines):
    assert propose_from_records(lines).schema.tasks


CELLS = {
    "text": st.text(max_size=12),
    "word": st.sampled_from(["x", "y", "no", "3", " "]),
    "number": st.floats(),
    "count": st.integers(-3, 3),
    "flag": st.booleans(),
    "words": st.lists(st.sampled_from(["a", "b"]), max_size=2),
    "numbers": st.lists(st.floats(width=16), max_size=2),
    "day": st.dates(),
}


@st.composite
def tables(draw):
    """Tables of columns of any kind and name, with missing values."""
    n_rows = draw(st.integers(1, 6))
    names = draw(
        st.lists(st.sampled_from([*CELLS, "id", "label", "split", "Text", "a b", "order", ""]), max_size=5, unique=True)
    )
    columns = {}
    for name in names:
        cell = CELLS.get(name, draw(st.sampled_from(list(CELLS.values()))))
        columns[name] = pl.Series(draw(st.lists(st.none() | cell, min_size=n_rows, max_size=n_rows)), strict=False)
    return pl.DataFrame({**columns, "last": ["x"] * n_rows})


@pytest.mark.slow
@given(frame=tables())
@settings(max_examples=60, deadline=None)
def test_what_is_proposed_of_any_table_has_no_problem(tmp_path_factory, frame):
    folder = tmp_path_factory.mktemp("table")
    frame.write_parquet(folder / "a.parquet")
    schema, records = proposed(folder / "a.parquet", folder / "project")
    assert len(records) == len(frame)
    assert len(schema.tasks) == 1


@pytest.mark.functional
@pytest.mark.parametrize("name", ["adult", "aida_select", "bc5cdr", "snips", "youtube"])
def test_the_schema_of_a_real_project_is_found_again(shared_projects, tmp_path, name):
    declared = load_schema(shared_projects / name / "schema.yaml")
    propose_project(shared_projects / name / "data" / "train.jsonl.gz", tmp_path)
    found = load_schema(tmp_path / "schema.yaml")
    assert ingest(data_files(tmp_path / "data"), found, None).problems == ()
    assert [(each.name, type(each)) for each in found.payloads] == [
        (each.name, type(each)) for each in declared.payloads
    ]
    assert [(each.name, type(each), each.payload) for each in found.tasks] == [
        (each.name, type(each), each.payload) for each in declared.tasks
    ]


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_a_file_of_patches_alone_is_refused(tmp_path, suffix):
    lines = [{"id": f"q{n}", "tasks": {"intent": {"crowd": "age"}}} for n in range(3)]
    file = tmp_path / f"late{suffix}"
    if suffix == ".jsonl":
        file.write_text("\n".join(map(json.dumps, lines)) + "\n")
    else:
        pl.DataFrame(lines).write_parquet(file)
    with pytest.raises(UsageError) as caught:
        propose_project(file, tmp_path / "project")
    assert str(caught.value) == (
        f"late{suffix} T063 the file has votes and no payloads: patches of examples that stand elsewhere. Give the "
        "file that has the examples, then put this one beside it into the project's folder 'data'."
    )
    assert not (tmp_path / "project").exists()


def test_a_table_with_a_column_that_is_called_tasks_is_no_file_of_patches(tmp_path):
    texts = ("I liked it very much", "not worth the money", "I want my money back", "so good")
    lines = [{"id": text[:5], "review": text, "tasks": {"spam": {"crowd": "yes"}}} for text in texts]
    file = table(tmp_path, "\n".join(map(json.dumps, lines)) + "\n", name="a.jsonl")
    assert Singleton("review", "text") in proposed(file, tmp_path / "project")[0].payloads
