import sys

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rule_rows import NOWHERE, SCHEMA, members, rows, votes
from transom.data.items import from_lengths, one_each
from transom.data.labels import begin_tag, inside_tag
from transom.data.votes import item_dtype, labels_from
from transom.errors import Location, ProjectError
from transom.supervision.rule_kinds import (
    KINDS,
    GazetteerRule,
    KeywordsRule,
    LexiconRule,
    PythonRule,
    RegexRule,
    TableRule,
    WhereRule,
)
from transom.supervision.rules import Rows, apply_rule, votes_of_rule


def test_a_regex_votes_where_it_matches_and_abstains_elsewhere():
    rule = RegexRule("tall", "intent", "(?i)how (tall|high)", "query", "height")
    assert votes(rule, rows(query=["How tall?", "how old", None])) == [0, None, None]


def test_the_votes_have_the_name_of_the_rule_and_the_type_of_the_task():
    rule = RegexRule("tall", "topics", "tall", "query", "politics")
    series = apply_rule(rule, rows(query=["tall", ""]), SCHEMA, NOWHERE).votes
    assert (series.name, series.dtype, series.to_list()) == ("tall", item_dtype(SCHEMA.task("topics")), [[1], None])


def test_keywords_are_whole_words_unless_asked_otherwise():
    frame = rows(query=["so Old", "goldsmith", None])
    assert votes(KeywordsRule("old", "intent", ("old",), "query", "age"), frame) == [1, None, None]
    substring = KeywordsRule("old", "intent", ("old",), "query", "age", match="substring")
    assert votes(substring, frame) == [1, 1, None]
    as_written = KeywordsRule("old", "intent", ("old",), "query", "age", match="substring", case=True)
    assert votes(as_written, frame) == [None, 1, None]


def test_the_tokens_of_a_sequence_are_one_text_for_a_task_of_whole_examples():
    rule = KeywordsRule("out", "intent", ("check out",), "tokens", "age")
    assert votes(rule, rows(tokens=[["check", "out"], ["check", "this", "out"], [], None])) == [1, None, None, None]


def test_a_rule_reads_a_field_of_a_record():
    rule = RegexRule("cook", "intent", "^cook$", "person.job", "age")
    assert votes(rule, rows(person=[{"age": 3.0, "job": "cook"}, {"age": None, "job": None}, None])) == [1, None, None]


def test_a_task_of_elements_gets_a_vote_on_each():
    rule = RegexRule("number", "pos", "^[0-9]+$", "tokens", "NUMBER")
    assert votes(rule, rows(tokens=[["route", "66"], [], None])) == [[None, 0], [], None]
    labels = labels_from(
        SCHEMA.task("pos"), apply_rule(rule, rows(tokens=[["6", "a"], []]), SCHEMA, NOWHERE).votes, TWO_TOKENS
    )
    assert labels.values.tolist() == [0, -1]


TWO_TOKENS = from_lengths(pl.Series([2, 0]).to_numpy())


def test_a_task_of_members_gets_a_vote_on_each():
    rule = KeywordsRule("who", "kinds", ("obama", "ada"), "entities.title", ("person",))
    assert votes(rule, rows(entities=[members("Barack Obama", "Paris", None), [], None])) == [
        [[0], None, None],
        [],
        None,
    ]


def test_an_expression_votes_where_it_is_true():
    rule = WhereRule("tiny", "intent", "length(query) < 5 OR person.age > 30", "spouse")
    frame = rows({"query": "a"}, {"query": "a long one"}, {"person": {"age": 31.0}}, {})
    assert votes(rule, frame) == [2, None, 2, None]
    assert votes(WhereRule("all", "score", "1 = 1", 2.5), frame) == [2.5] * 4


def test_an_expression_may_name_tags():
    rule = WhereRule("tagged", "topics", '"a tag"', ())
    assert votes(rule, rows({"tags": ["a tag"]}, {"tags": []})) == [[], None]


def test_a_lexicon_scores_texts():
    frame = rows(query=["I love it", "I hate it", "It is", None, "I love it"])
    scores = votes(LexiconRule("mood", "score", "vader", "query"), frame)
    assert scores == [0.6369, -0.5719, 0.0, None, 0.6369]


def test_the_first_class_whose_threshold_holds_is_the_vote_of_a_lexicon():
    rule = LexiconRule("mood", "intent", "vader", "query", {"age": ">= 0.05", "height": "<= -0.05", "spouse": "< 1"})
    assert votes(rule, rows(query=["I love it", "I hate it", "It is", None])) == [1, 0, 2, None]


def test_all_classes_of_a_bitvector_whose_threshold_holds_are_voted():
    rule = LexiconRule("mood", "topics", "vader", "query", {"politics": "> 0", "sport": "> 0.6"})
    assert votes(rule, rows(query=["I love it", "nice", "It is", None])) == [[1, 0], [1], None, None]


def test_a_lexicon_scores_each_element_of_a_task_of_elements():
    rule = LexiconRule("mood", "kinds", "vader", "entities.title", {"person": "> 0.05"})
    assert votes(rule, rows(entities=[members("love", "chair"), None])) == [[[0], None], None]


def test_a_lexicon_that_is_not_installed_names_the_command(monkeypatch):
    from transom.errors import MissingExtraError
    from transom.supervision import lexicons

    monkeypatch.setitem(sys.modules, "vaderSentiment.vaderSentiment", None)
    lexicons._vader.cache_clear()
    with pytest.raises(MissingExtraError) as raised:
        votes(LexiconRule("mood", "score", "vader", "query"), rows(query=["never scored before"]))
    assert str(raised.value) == (
        "T160 The lexicon 'vader' needs the package 'vaderSentiment', which is not installed. "
        "Run: pip install 'transom[vader]'."
    )
    lexicons._vader.cache_clear()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "facts.csv").write_text(
        "person,place,kind\nBarack Obama,Hawaii,height\nAda,London,age\nAda,Paris,spouse\nBo,,\n"
    )
    (tmp_path / "cities.txt").write_text("New York\nYork\nSt. Louis\n")
    return tmp_path


@pytest.mark.parametrize(
    ("match", "vote", "expected"),
    [
        ({"query": "person"}, "spouse", [2, 2, 2, None, None]),
        ({"query": "person"}, {"column": "kind"}, [0, None, None, None, None]),
        ({"query": "place"}, {"column": "kind"}, [None, 1, 2, None, None]),
        ({"query": "person", "tokens": "place"}, "age", [1, None, None, None, None]),
    ],
)
def test_a_table_votes_where_its_facts_occur(folder, match, vote, expected):
    frame = rows(
        {"query": "how tall is BARACK  Obama?", "tokens": ["in", "Hawaii"]},
        {"query": "ada, of London"},
        {"query": "Ada in Paris", "tokens": ["Hawaii"]},
        {"query": "adam and obama"},
        {},
    )
    assert votes(TableRule("facts", "intent", "facts.csv", match, vote), frame, folder) == expected


def test_a_table_of_numbers_votes_numbers(tmp_path):
    (tmp_path / "heights.csv").write_text("person,height\nObama,1.87\nAda,2\n")
    rule = TableRule("heights", "score", "heights.csv", {"query": "person"}, {"column": "height"})
    assert votes(rule, rows(query=["obama", "ada", "both: Obama and Ada"]), tmp_path) == [1.87, 2.0, None]


def test_a_table_may_be_parquet(tmp_path):
    pl.DataFrame({"person": ["Obama"], "born": [1961]}).write_parquet(tmp_path / "facts.parquet")
    rule = TableRule("facts", "topics", "facts.parquet", {"query": "born"}, "politics")
    assert votes(rule, rows(query=["in 1961", "in 19612"]), tmp_path) == [[1], None]


def test_a_gazetteer_marks_the_longest_names(folder):
    rule = GazetteerRule("cities", "names", "cities.txt", "tokens", "LOC")
    frame = rows(tokens=[["in", "new", "york", "York"], ["St", ".", "Louis", "St.", "Louis"], ["nowhere"], [], None])
    found = apply_rule(rule, frame, SCHEMA, folder).votes
    assert found.to_list() == [[[1, 3, 1], [3, 4, 1]], [[0, 3, 1], [3, 5, 1]], None, None, None]
    labels = labels_from(SCHEMA.task("names"), found, from_lengths(pl.Series([4, 5, 1, 0, 0]).to_numpy()))
    assert labels.values[:4].tolist() == [-1, begin_tag(1), inside_tag(1), begin_tag(1)]


def test_a_gazetteer_can_mind_the_case(folder):
    rule = GazetteerRule("cities", "names", "cities.txt", "tokens", "LOC", case=True)
    assert votes(rule, rows(tokens=[["new", "York"], ["york"]]), folder) == [[[1, 2, 1]], None]


@pytest.mark.parametrize(
    ("rule", "file"),
    [
        (
            TableRule("facts", "intent", "gone.csv", {"query": "person"}, "age", at=Location("sources.yaml", 2, 3)),
            "csv",
        ),
        (GazetteerRule("cities", "names", "gone.txt", "tokens", "LOC", at=Location("sources.yaml", 2, 3)), "txt"),
    ],
)
def test_a_file_that_is_gone_since_the_check_is_named(tmp_path, rule, file):
    with pytest.raises(ProjectError) as raised:
        votes(rule, rows({"query": "a", "tokens": ["a"]}), tmp_path)
    assert str(raised.value) == f"sources.yaml:2:3 T086 There is no file 'gone.{file}' in the project's folder."


def test_an_expression_that_fails_on_the_data_names_its_place():
    rule = WhereRule("x", "intent", "CAST(query AS INT) > 1", "age", at=Location("sources.yaml", 2, 3))
    with pytest.raises(ProjectError, match=r"^sources.yaml:2:3 T073 'CAST\(query AS INT\) > 1' fails on the data: "):
        votes(rule, rows(query=["x"]))


def test_an_expression_that_was_never_checked_is_refused():
    with pytest.raises(ProjectError, match="T072 'qury' is not a column"):
        votes(WhereRule("x", "intent", "qury = 'a'", "age"), rows(query=["x"]))


def test_every_kind_of_rule_can_be_applied():
    assert set(KINDS.values()) <= set(votes_of_rule.registry)
    with pytest.raises(TypeError, match="no votes of str"):
        votes_of_rule("regex", Rows(rows(), SCHEMA, SCHEMA.tasks[0], NOWHERE))


TEXTS = st.none() | st.text("aAolLdéЯ 6.", max_size=6) | st.sampled_from(["I love it", "old Ada", "Barack Obama"])
EXAMPLES = st.lists(
    st.fixed_dictionaries(
        {
            "query": TEXTS,
            "tokens": st.none() | st.lists(st.sampled_from(["new", "York", "66", "old"]), max_size=4),
            "person": st.none() | st.fixed_dictionaries({"age": st.none() | st.floats(0, 99), "job": TEXTS}),
            "entities": st.none() | st.lists(TEXTS, max_size=2).map(lambda titles: members(*titles)),
            "tags": st.lists(st.sampled_from(["x"]), max_size=1),
        }
    ),
    max_size=6,
)
RULES = [
    RegexRule("r", "intent", "(?i)o.d|я", "query", "age"),
    RegexRule("r", "pos", "[0-9]", "tokens", "NUMBER"),
    KeywordsRule("r", "topics", ("old", "ada"), "tokens", ("sport",)),
    KeywordsRule("r", "kinds", ("old", "ada"), "entities.title", ()),
    WhereRule("r", "score", 'length(query) > 2 OR "x" OR person.age > 50', 1.5),
    LexiconRule("r", "score", "vader", "query"),
    LexiconRule("r", "topics", "vader", "person.job", {"sport": "> 0", "politics": "<= 0"}),
    TableRule("r", "intent", "facts.csv", {"query": "person"}, {"column": "kind"}),
    GazetteerRule("r", "names", "cities.txt", "tokens", "LOC"),
    PythonRule("r", "intent", "some:lf"),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{type(rule).__name__}-{rule.task}")
@settings(max_examples=15, deadline=None)
@given(examples=EXAMPLES, cut=st.integers(0, 6), data=st.data())
def test_the_votes_of_a_row_do_not_depend_on_the_rows_around_it(rule, examples, cut, data, tmp_path_factory):
    folder = tmp_path_factory.getbasetemp() / "law"
    if not folder.exists():
        folder.mkdir()
        (folder / "facts.csv").write_text("person,kind\nObama,height\nAda,age\nold ada,spouse\n")
        (folder / "cities.txt").write_text("New York\nYork\n")
        (folder / "some.py").write_text("def lf(x):\n    return 'age' if x.query and 'a' in x.query else None\n")
    together = votes(rule, rows(*examples), folder)
    assert together == votes(rule, rows(*examples[:cut]), folder) + votes(rule, rows(*examples[cut:]), folder)
    order = data.draw(st.permutations(range(len(examples))))
    assert [together[row] for row in order] == votes(rule, rows(*(examples[row] for row in order)), folder)


def test_rules_on_no_rows_have_no_votes(folder):
    (folder / "some.py").write_text("def lf(x):\n    return 'age'\n")
    for rule in RULES:
        series = apply_rule(rule, rows(), SCHEMA, folder).votes
        labels = labels_from(SCHEMA.task(rule.task), series, one_each(0))
        assert (len(series), len(labels.values)) == (0, 0)
