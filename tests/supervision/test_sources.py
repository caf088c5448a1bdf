import re
from dataclasses import fields

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from transom.data.dataset import VoteColumn
from transom.schema.load import read_schema
from transom.schema.schema import Schema
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
from transom.supervision.sources import load_sources, names_also_in_data

SCHEMA = """
payloads:
  query:    {type: singleton, value: text, base: [tokens]}
  tokens:   {type: sequence, value: token}
  entities: {type: set, value: record, range: tokens, fields: {title: text, popularity: number}}
  person:   {type: singleton, value: record, fields: {age: number, job: category}}
tasks:
  pos:    {payload: tokens,   type: multiclass, classes: [NOUN, VERB]}
  kind:   {payload: entities, type: multiclass, classes: [person, place]}
  names:  {payload: tokens,   type: spans,      classes: [PER, LOC]}
  intent: {payload: query,    type: multiclass, classes: [height, age, spouse]}
  topics: {payload: query,    type: bitvector,  classes: [sport, politics]}
  target: {payload: entities, type: select}
  score:  {payload: query,    type: regression}
gold: [crowd]
"""


@pytest.fixture
def load(tmp_path):
    """The sources that a text declares in a project with some files, and its problems."""
    (tmp_path / "schema.yaml").write_text(SCHEMA)
    (tmp_path / "spouses.csv").write_text("person,kind\nobama,spouse\n")
    (tmp_path / "wrong.csv").write_text("person,kind\nobama,spuose\n")
    (tmp_path / "cities.txt").write_text("# of the world\nNew York\n")
    (tmp_path / "empty.txt").write_text("# none\n\n")
    (tmp_path / "latin.txt").write_bytes(b"Orl\xe9ans\n")
    schema = read_schema(tmp_path / "schema.yaml")
    assert schema.problems == ()

    def load(text):
        (tmp_path / "sources.yaml").write_text(text)
        return load_sources(tmp_path / "sources.yaml", schema.schema)

    return load


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        (
            '{task: intent, regex: "(?i)how (tall|high)", on: query, vote: height}',
            RegexRule("it", "intent", "(?i)how (tall|high)", "query", "height"),
        ),
        (
            "{task: intent, keywords: [old, born], on: tokens, vote: age}",
            KeywordsRule("it", "intent", ("old", "born"), "tokens", "age"),
        ),
        (
            "{task: intent, keywords: [old], on: person.job, vote: age, match: substring, case: true}",
            KeywordsRule("it", "intent", ("old",), "person.job", "age", "substring", True),
        ),
        (
            '{task: intent, where: "length(query) < 5", vote: age}',
            WhereRule("it", "intent", "length(query) < 5", "age"),
        ),
        ("{task: score, lexicon: vader, on: query}", LexiconRule("it", "score", "vader", "query")),
        (
            '{task: topics, lexicon: vader, on: query, vote: {sport: ">= 0.05", politics: "<-.5"}}',
            LexiconRule("it", "topics", "vader", "query", {"sport": ">= 0.05", "politics": "<-.5"}),
        ),
        (
            "{task: intent, table: spouses.csv, match: {query: person}, vote: spouse}",
            TableRule("it", "intent", "spouses.csv", {"query": "person"}, "spouse"),
        ),
        (
            "{task: intent, table: spouses.csv, match: {query: person}, vote: {column: kind}}",
            TableRule("it", "intent", "spouses.csv", {"query": "person"}, {"column": "kind"}),
        ),
        (
            "{task: names, gazetteer: cities.txt, on: tokens, vote: LOC}",
            GazetteerRule("it", "names", "cities.txt", "tokens", "LOC"),
        ),
        ('{task: target, python: "rules:lf"}', PythonRule("it", "target", "rules:lf")),
        ("{task: topics, regex: x, on: query, vote: sport}", RegexRule("it", "topics", "x", "query", "sport")),
        (
            "{task: topics, regex: x, on: query, vote: [sport, politics]}",
            RegexRule("it", "topics", "x", "query", ("sport", "politics")),
        ),
        ("{task: score, regex: x, on: query, vote: 3}", RegexRule("it", "score", "x", "query", 3.0)),
        ("{task: pos, regex: x, on: tokens, vote: NOUN}", RegexRule("it", "pos", "x", "tokens", "NOUN")),
        (
            "{task: kind, regex: x, on: entities.title, vote: place}",
            RegexRule("it", "kind", "x", "entities.title", "place"),
        ),
    ],
)
def test_a_source_is_read_with_its_defaults(load, source, rule):
    assert load(f"sources:\n  it: {source}\n") == ((rule,), ())


def test_a_source_knows_its_place(load):
    (source,), _ = load("sources:\n\n  tall: {task: intent, regex: x, on: query, vote: age}\n")
    assert str(source.at) == "sources.yaml:3:3"


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("just text", "2:7 T007 Source 'it' must be a mapping, not 'just text'."),
        (
            "{task: intent, regex: x, keywords: [a], on: query, vote: age}",
            "2:3 T075 Source 'it' has regex and keywords. "
            "Give exactly one of regex, keywords, where, lexicon, table, gazetteer, python.",
        ),
        (
            "{task: intent, on: query, vote: age}",
            "2:3 T075 Source 'it' has no rule. "
            "Give exactly one of regex, keywords, where, lexicon, table, gazetteer, python.",
        ),
        (
            "{task: intent, regx: x, on: query, vote: age}",
            "2:22 T005 'regx' is not a key of regex source 'it'. Keys: task, regex, on, vote. Did you mean regex?",
        ),
        (
            "{task: intnt, regex: x, on: query, vote: age}",
            "2:14 T008 'intnt' is not a task. Tasks: pos, kind, names, intent, topics, target, score. "
            "Did you mean intent?",
        ),
        (
            "{task: intent, regex: x, on: qury, vote: age}",
            "2:36 T008 'qury' is not a payload. Payloads: query, tokens, entities, person. Did you mean query?",
        ),
        ("{task: intent, regex: x, vote: age}", "2:3 T006 Regex source 'it' needs the key 'on': text."),
        (
            "{task: intent, regex: x, on: query}",
            "2:3 T006 Regex source 'it' needs the key 'vote': text, a number or a list of texts.",
        ),
        (
            "{task: intent, regex: x, on: query, vote: hieght}",
            "2:49 T031 'hieght' is not one of height, age, spouse. Did you mean height?",
        ),
        ("{task: intent, regex: x, on: query, vote: 3}", "2:49 T031 3 is not one of height, age, spouse."),
        (
            "{task: intent, regex: x, on: query, vote: yes}",
            "2:49 T007 vote must be text, a number or a list of texts, not yes. YAML reads it as true. "
            "Put it in quotes: 'yes'.",
        ),
        (
            "{task: topics, regex: x, on: query, vote: [sprt]}",
            "2:49 T031 'sprt' is not one of sport, politics. Did you mean sport?",
        ),
        ("{task: score, regex: x, on: query, vote: high}", "2:48 T037 'high' is not a finite number."),
        (
            "{task: intent, regex: x, on: person.age, vote: age}",
            "2:36 T077 'person.age' is no text that a regex rule can read for the task 'intent'. "
            "Texts: query, tokens, person.job. Did you mean person.job?",
        ),
        (
            "{task: pos, regex: x, on: query, vote: NOUN}",
            "2:33 T077 'query' is no text that a regex rule can read for the task 'pos'. Texts: tokens.",
        ),
        (
            "{task: intent, regex: '(', on: query, vote: age}",
            "2:29 T078 '(' is not a regex in Rust's syntax: unclosed group.",
        ),
        (
            "{task: intent, regex: '(?=x)', on: query, vote: age}",
            "2:29 T078 '(?=x)' is not a regex in Rust's syntax: look-around, including look-ahead and look-behind, "
            "is not supported. Such a pattern could take exponential time. Use python.",
        ),
        (
            "{task: intent, keywords: [a, 5], on: query, vote: age}",
            "2:36 T007 keywords[1] must be text, not 5. Put it in quotes: '5'.",
        ),
        (
            "{task: intent, keywords: [], on: query, vote: age}",
            "2:32 T007 keywords must be a list of texts that is not empty, not an empty list.",
        ),
        (
            "{task: intent, keywords: [a, ' '], on: query, vote: age}",
            "2:36 T079 The keyword ' ' would be found everywhere. Remove it.",
        ),
        (
            "{task: intent, keywords: [a], on: query, vote: age, match: word}",
            "2:66 T007 match must be one of words, substring, not 'word'. Did you mean words?",
        ),
        (
            "{task: intent, where: 'max(person.age) > 1', vote: age}",
            "2:29 T070 'max' looks at many rows, so its answer would depend on the batch. Use what one row holds.",
        ),
        (
            "{task: intent, where: 'length(qury) > 1', vote: age}",
            "2:29 T072 'qury' is not a column. Columns: query, tokens, entities, person, id, time, order, "
            "and tags in double quotes. Did you mean query?",
        ),
        (
            "{task: names, regex: x, on: tokens, vote: LOC}",
            "2:14 T076 A regex rule cannot mark spans for the task 'names'. Use gazetteer or python.",
        ),
        (
            "{task: target, where: '1 = 1', vote: x}",
            "2:14 T076 A where rule cannot choose a member for the select task 'target'. Use python.",
        ),
        (
            "{task: pos, where: '1 = 1', vote: NOUN}",
            "2:14 T076 A where rule judges whole examples, and the task 'pos' labels each element of 'tokens'. "
            "Use regex, keywords, lexicon or python.",
        ),
        (
            "{task: intent, gazetteer: cities.txt, on: tokens, vote: age}",
            "2:14 T076 A gazetteer marks spans, and 'intent' is a multiclass task. Use keywords, table or python.",
        ),
        (
            "{task: intent, lexicon: vadr, on: query, vote: {age: '> 0'}}",
            "2:31 T007 lexicon must be vader, not 'vadr'. Did you mean vader?",
        ),
        (
            "{task: intent, lexicon: vader, on: query}",
            "2:3 T006 Lexicon source 'it' needs the key 'vote': the score of each class, as in "
            "{positive: '>= 0.05', negative: '<= -0.05'}.",
        ),
        (
            "{task: score, lexicon: vader, on: query, vote: {age: '> 0'}}",
            "2:54 T085 'score' takes the score of the lexicon itself. Remove vote.",
        ),
        (
            "{task: intent, lexicon: vader, on: query, vote: {age: '0.05'}}",
            "2:61 T085 '0.05' says of no score whether it counts. Write '>= 0.05'.",
        ),
        (
            "{task: intent, lexicon: vader, on: query, vote: {aeg: '> 0'}}",
            "2:56 T031 'aeg' is not one of height, age, spouse. Did you mean age?",
        ),
        (
            "{task: intent, table: spuses.csv, match: {query: person}, vote: age}",
            "2:29 T086 There is no file 'spuses.csv' in the project's folder.",
        ),
        (
            "{task: intent, table: spouses.csv, match: {query: persn}, vote: age}",
            "2:57 T086 'persn' is not a column of 'spouses.csv'. Columns: person, kind. Did you mean person?",
        ),
        (
            "{task: intent, table: wrong.csv, match: {query: person}, vote: {column: kind}}",
            "2:79 T086 In 'kind': 'spuose' is not one of height, age, spouse. Did you mean spouse?",
        ),
        (
            "{task: intent, table: spouses.csv, match: {query: person}, vote: {colum: kind}}",
            "2:72 T086 vote must be a label or {column: NAME}.",
        ),
        (
            "{task: intent, table: spouses.csv, match: {}, vote: age}",
            "2:49 T086 match is empty. Map a text to a column: {query: person}.",
        ),
        (
            "{task: names, gazetteer: cities.txt, on: query, vote: LOC}",
            "2:48 T077 'query' is no text that a gazetteer rule can read for the task 'names'. Texts: tokens.",
        ),
        (
            "{task: names, gazetteer: cities.txt, on: tokens, vote: LOCC}",
            "2:62 T031 'LOCC' is not one of PER, LOC. Did you mean LOC?",
        ),
        (
            "{task: names, gazetteer: empty.txt, on: tokens, vote: LOC}",
            "2:32 T086 'empty.txt' has no entry. Write one a line.",
        ),
        (
            "{task: names, gazetteer: latin.txt, on: tokens, vote: LOC}",
            "2:32 T086 'latin.txt' cannot be read: 'utf-8' codec can't decode byte 0xe9 in position 3: "
            "invalid continuation byte.",
        ),
    ],
)
def test_a_wrong_source_is_one_problem_with_its_place(load, source, problem):
    sources, problems = load(f"sources:\n  it: {source}\n")
    assert [str(each) for each in problems] == [f"sources.yaml:{problem}"]
    assert sources == ()


def test_a_source_that_merges_another_is_one_problem(load):
    _, problems = load("sources:\n  a: &a {task: intent, regex: x, on: query, vote: age}\n  b: {<<: *a, vote: age}\n")
    assert [str(problem) for problem in problems] == [
        "sources.yaml:3:7 T003 '<<' does not merge mappings in transom. Write their keys out here."
    ]


def test_a_source_may_not_have_the_name_of_gold(load):
    sources, problems = load("sources:\n  crowd: {task: intent, regex: x, on: query, vote: age}\n")
    assert [str(problem) for problem in problems] == [
        "sources.yaml:2:3 T084 'crowd' is trusted as gold in schema.yaml, so it must vote in the data. "
        "Rename this source."
    ]
    assert sources == ()


def test_a_source_may_not_have_the_name_of_one_in_the_data(load):
    sources, _ = load("sources:\n  it: {task: intent, regex: x, on: query, vote: age}\n")
    in_data = [VoteColumn("intent", "it", "intent:it", soft=False), VoteColumn("intent", "other", "b", soft=False)]
    assert [str(problem) for problem in names_also_in_data(sources, in_data)] == [
        "sources.yaml:2:3 T084 'it' also votes in the data on 'intent'. Rename this source."
    ]
    elsewhere = [VoteColumn("topics", "it", "topics:it", soft=False)]
    assert names_also_in_data(sources, elsewhere) == []


def test_all_problems_are_reported_in_the_order_of_the_file_and_good_sources_are_kept(load):
    sources, problems = load(
        "sorces: {}\n"
        "sources:\n"
        "  one: {task: intent, regex: '(', on: qury, vote: aeg}\n"
        "  two: {task: intent, regex: x, on: query, vote: age}\n"
        "  three: {task: intent, regex: x, on: query, vote: agee}\n"
    )
    assert [source.name for source in sources] == ["two"]
    assert [f"{problem.at.line}:{problem.code}" for problem in problems] == [
        "1:T005",
        "3:T078",
        "3:T008",
        "3:T031",
        "5:T031",
    ]


@pytest.mark.parametrize("text", ["", "sources:\n", "sources: {}\n"])
def test_a_project_may_have_no_rules(load, text):
    assert load(text) == ((), ())


def test_a_project_may_have_no_file_of_sources(tmp_path):
    assert load_sources(tmp_path / "sources.yaml", Schema()) == ((), ())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("- a\n", "sources.yaml:1:1 T007 sources.yaml must be a mapping, not a list."),
        ("sources: [a]\n", "sources.yaml:1:10 T007 The section 'sources' must be a mapping, not a list."),
        (
            "sources: {a: 1\n",
            "sources.yaml:1:10 T003 This bracket is not closed, or a comma is missing inside it. Close it.",
        ),
    ],
)
def test_a_file_that_is_no_mapping_of_sources_says_so(load, text, problem):
    sources, problems = load(text)
    assert sources == ()
    assert [str(each) for each in problems] == [problem]


def test_every_kind_of_rule_has_the_key_that_names_it():
    assert all(key in {field.name for field in fields(kind)} for key, kind in KINDS.items())


GOOD = """sources:
  tall: {task: intent, regex: "(?i)how (tall|high)", on: query, vote: height}
  old: {task: intent, keywords: [old, born], on: tokens, vote: age, match: substring, case: true}
  tiny: {task: intent, where: "length(query) < 5 OR person.age > 1", vote: age}
  mood: {task: topics, lexicon: vader, on: query, vote: {sport: ">= 0.05"}}
  married: {task: intent, table: spouses.csv, match: {query: person}, vote: {column: kind}}
  cities: {task: names, gazetteer: cities.txt, on: tokens, vote: LOC}
  custom: {task: target, python: "rules:lf"}
"""
PIECES = re.findall(r"\w+|\s+|.", GOOD)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.integers(0, len(PIECES) - 1),
            st.sampled_from(["", "null", "5", "[]", "{a: 1}", "''", "pos", "score", "entities", "max(query)", "\n"]),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_whatever_is_done_to_a_file_of_sources_it_is_read_or_said_to_be_wrong(load, changes):
    pieces = list(PIECES)
    for place, replacement in changes:
        pieces[place] = replacement
    sources, problems = load("".join(pieces))
    assert len(sources) <= 7
    assert all(str(problem).startswith("sources.yaml:") for problem in problems)
