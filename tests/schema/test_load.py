"""schema.yaml: what it becomes, and what is said of every way to get it wrong."""

import pytest

from transom.errors import ProjectError
from transom.schema.load import load_schema, read_schema
from transom.schema.payloads import Field, MemberSet, Sequence, Singleton
from transom.schema.schema import Schema
from transom.schema.slices import Slice
from transom.schema.tasks import Bitvector, Multiclass, Regression, Select, Spans

GOOD = """\
payloads:
  query: {type: singleton, value: text, base: [tokens]}
  tokens: {type: sequence, value: token, max_length: 32}
  person: {type: singleton, value: record, fields: {age: number, job: category}}
  entities: {type: set, value: record, range: tokens, fields: {title: text}}
tasks:
  intent: {payload: query, type: multiclass, classes: [height, age]}
  topics: {payload: query, type: bitvector, classes: [sport]}
  names: {payload: tokens, type: spans, classes: [PER], ordered_by: time}
  which: {payload: entities, type: select}
  score: {type: regression}
slices:
  short: {where: "length(query) < 20"}
  rare: {tag: rare, capacity: false}
gold: [crowd]
"""


def problems_of(folder, text):
    path = folder / "schema.yaml"
    path.write_text(text)
    return [str(problem) for problem in read_schema(path).problems]


def broken(line, **changes):
    """GOOD with one line changed: `line` is what it begins with."""
    lines = GOOD.splitlines(keepends=True)
    (number,) = [i for i, text in enumerate(lines) if text.strip().startswith(line)]
    return "".join(lines[:number]) + changes["to"] + "\n" + "".join(lines[number + 1 :])


def test_a_schema_is_read_in_the_order_of_the_file(tmp_path):
    (tmp_path / "schema.yaml").write_text(GOOD)
    assert load_schema(tmp_path / "schema.yaml") == Schema(
        (
            Singleton("query", "text", ("tokens",)),
            Sequence("tokens", "token", 32),
            Singleton("person", "record", fields=(Field("age", "number"), Field("job", "category"))),
            MemberSet("entities", (Field("title", "text"),), "tokens"),
        ),
        (
            Multiclass("intent", ("height", "age"), "query"),
            Bitvector("topics", ("sport",), "query"),
            Spans("names", ("PER",), "tokens", "time"),
            Select("which", "entities"),
            Regression("score"),
        ),
        (Slice("short", where="length(query) < 20"), Slice("rare", tag="rare", capacity=False)),
        ("crowd",),
    )


def test_what_is_declared_knows_its_line(tmp_path):
    (tmp_path / "schema.yaml").write_text(GOOD)
    schema = load_schema(tmp_path / "schema.yaml")
    assert [str(part.at) for part in (schema.payloads[1], schema.tasks[0], schema.slices[1])] == [
        "schema.yaml:3:3",
        "schema.yaml:7:3",
        "schema.yaml:14:3",
    ]


BROKEN = [
    (
        "payloads: [query]\ntasks: {t: {type: regression}}",
        "schema.yaml:1:11 T007 The section 'payloads' must be a mapping, not a list.",
    ),
    ("- a", "schema.yaml:1:1 T007 schema.yaml must be a mapping, not a list."),
    ("", "schema.yaml T006 schema.yaml needs the key 'tasks': a mapping of names to what is predicted."),
    ("tasks:\n", "schema.yaml:1:1 T006 schema.yaml needs the key 'tasks': a mapping of names to what is predicted."),
    (
        broken("gold", to="golds: [crowd]"),
        "schema.yaml:15:1 T005 'golds' is not a key of schema.yaml. "
        "Keys: payloads, tasks, slices, gold. Did you mean gold?",
    ),
    (
        broken("gold", to="training: {epochs: 3}"),
        "schema.yaml:15:1 T005 'training' is not a key of schema.yaml. Keys: payloads, tasks, slices, gold.",
    ),
    (
        broken("gold", to="gold: crowd"),
        "schema.yaml:15:7 T007 gold must be a list of texts, not 'crowd'. Write [crowd].",
    ),
    (broken("gold", to="gold: [crowd, crowd]"), "schema.yaml:15:15 T013 'crowd' is listed twice. Remove one."),
    (
        broken("tokens", to="  tokens: {type: sequence, value: tokn}"),
        "schema.yaml:3:35 T007 value must be one of token, number, vector, not 'tokn'. Did you mean token?",
    ),
    (
        broken("tokens", to="  tokens: {type: seqence, value: token}"),
        "schema.yaml:3:18 T007 type must be one of singleton, sequence, set, not 'seqence'. Did you mean sequence?",
    ),
    (
        broken("tokens", to="  tokens: {value: token}"),
        "schema.yaml:3:3 T006 Payload 'tokens' needs the key 'type': one of singleton, sequence, set.",
    ),
    (
        broken("tokens", to="  tokens: {type: sequence}"),
        "schema.yaml:3:3 T006 Sequence payload 'tokens' needs the key 'value': one of token, number, vector.",
    ),
    (
        broken("tokens", to="  tokens: {type: sequence, value: token, max_lenght: 32}"),
        "schema.yaml:3:42 T005 'max_lenght' is not a key of sequence payload 'tokens'. "
        "Keys: type, value, max_length, base. Did you mean max_length?",
    ),
    (
        broken("tokens", to="  tokens: {type: sequence, value: token, max_length: 0}"),
        "schema.yaml:3:54 T007 max_length must be a whole number of at least 1, not 0.",
    ),
    (
        broken("tokens", to="  tokens: {type: sequence, value: token, max_length: many}"),
        "schema.yaml:3:54 T007 max_length must be a whole number of at least 1, not 'many'.",
    ),
    (
        broken("tokens", to="  tokens: {type: sequence, value: token, base: [query]}"),
        "schema.yaml:2:3 T011 'query' is built on itself: query → tokens → query. "
        "Remove one of them from 'base' or 'range'.",
    ),
    (
        broken("query", to="  query: {type: singleton, value: text, base: [tokns]}"),
        "schema.yaml:2:48 T008 'tokns' is not a payload. "
        "Payloads: query, tokens, person, entities. Did you mean tokens?",
    ),
    (
        broken("query", to="  query: {type: singleton, value: text, fields: {age: number}}"),
        "schema.yaml:2:41 T014 Only records have fields, and singleton payload 'query' has the value 'text'. "
        "Remove the fields.",
    ),
    (
        broken("person", to="  person: {type: singleton, value: record}"),
        "schema.yaml:4:3 T006 Singleton payload 'person' needs the key 'fields': "
        "a mapping of names to text, number or category.",
    ),
    (
        broken("person", to="  person: {type: singleton, value: record, fields: {}}"),
        "schema.yaml:4:44 T006 A record has fields, and singleton payload 'person' names none. "
        "Write their names with text, number or category.",
    ),
    (
        broken("person", to="  person: {type: singleton, value: record, fields: {age: integer}}"),
        "schema.yaml:4:58 T007 fields.age must be one of text, number, category, not 'integer'.",
    ),
    (
        broken("person", to="  time: {type: singleton, value: number}"),
        "schema.yaml:4:3 T009 'time' cannot be the name of a payload, as every example has one. Choose another name.",
    ),
    (
        broken("person", to="  the-person: {type: singleton, value: text}"),
        "schema.yaml:4:3 T009 'the-person' cannot be the name of a payload. "
        "Use letters, digits and _, starting with no digit.",
    ),
    (broken("person", to="  person: text"), "schema.yaml:4:11 T007 Payload 'person' must be a mapping, not 'text'."),
    (
        broken("person", to="  query: {type: singleton, value: text}"),
        "schema.yaml:4:3 T004 'query' is given twice, first on line 2. Remove or rename one.",
    ),
    (
        broken("entities", to="  entities: {type: set, value: record, fields: {range: number}}"),
        "schema.yaml:5:49 T009 'range' cannot be the name of a field of a set, as every member has one. "
        "Choose another name.",
    ),
    (
        broken("entities", to="  entities: {type: set, value: text}"),
        "schema.yaml:5:32 T007 value must be record, not 'text'.",
    ),
    (
        broken("entities", to="  entities: {type: set, range: query}"),
        "schema.yaml:5:32 T012 Range needs a sequence payload, and 'query' is a singleton. "
        "Payloads of that type: tokens.",
    ),
    (
        broken("intent", to="  intent: {payload: query, type: multiclas, classes: [height, age]}"),
        "schema.yaml:7:34 T007 type must be one of multiclass, bitvector, spans, select, regression, "
        "not 'multiclas'. Did you mean multiclass?",
    ),
    (
        broken("intent", to="  intent: {payload: query, type: multiclass, clases: [height, age]}"),
        "schema.yaml:7:46 T005 'clases' is not a key of multiclass task 'intent'. "
        "Keys: type, classes, payload, ordered_by. Did you mean classes?",
    ),
    (
        broken("intent", to="  intent: {payload: query, type: multiclass}"),
        "schema.yaml:7:3 T006 Multiclass task 'intent' needs the key 'classes': a list of texts that is not empty.",
    ),
    (
        broken("intent", to="  intent: {payload: query, type: multiclass, classes: []}"),
        "schema.yaml:7:55 T007 classes must be a list of texts that is not empty, not an empty list.",
    ),
    (
        broken("intent", to="  intent: {payload: query, type: multiclass, classes: [age, height, age]}"),
        "schema.yaml:7:69 T013 'age' is listed twice. Remove one.",
    ),
    (
        broken("intent", to="  intent: {payload: query, type: multiclass, classes: [maybe, no]}"),
        "schema.yaml:7:63 T007 classes[1] must be text, not no. YAML reads it as false. Put it in quotes: 'no'.",
    ),
    (
        broken("intent", to="  intent: {payload: query, type: multiclass, classes: [ok, 5]}"),
        "schema.yaml:7:60 T007 classes[1] must be text, not 5. Put it in quotes: '5'.",
    ),
    (
        broken("intent", to="  intent: {payload: query, type: multiclass, classes: [ok, '']}"),
        "schema.yaml:7:60 T009 '' cannot be the name of a class. Use at least one letter and no control characters.",
    ),
    (
        broken("intent", to="  intent: {payload: quary, type: multiclass, classes: [ok]}"),
        "schema.yaml:7:21 T008 'quary' is not a payload. "
        "Payloads: query, tokens, person, entities. Did you mean query?",
    ),
    (
        broken("intent", to='  "": {payload: query, type: multiclass, classes: [ok]}'),
        "schema.yaml:7:3 T009 '' cannot be the name of a task. Use at least one letter and no control characters.",
    ),
    (
        broken("names", to="  names: {payload: query, type: spans, classes: [PER]}"),
        "schema.yaml:9:20 T012 Spans task 'names' needs a sequence payload, and 'query' is a singleton. "
        "Payloads of that type: tokens.",
    ),
    (
        broken("names", to="  names: {type: spans, classes: [PER]}"),
        "schema.yaml:9:3 T006 Spans task 'names' needs the key 'payload': the name of a sequence payload.",
    ),
    (
        broken("names", to="  names: {payload: tokens, type: spans, classes: [PER], ordered_by: line}"),
        "schema.yaml:9:69 T007 ordered_by must be one of order, time, not 'line'.",
    ),
    (
        broken("which", to="  which: {payload: tokens, type: select}"),
        "schema.yaml:10:20 T012 Select task 'which' needs a set payload, and 'tokens' is a sequence. "
        "Payloads of that type: entities.",
    ),
    (
        broken("which", to="  which: {payload: entities, type: select, classes: [a]}"),
        "schema.yaml:10:44 T005 'classes' is not a key of select task 'which'. Keys: type, payload, ordered_by.",
    ),
    (
        broken("short", to="  short: {}"),
        "schema.yaml:13:3 T015 Slice 'short' names no examples. Give exactly one of tag, where and python.",
    ),
    (
        broken("short", to="  short: {tag: short, where: 'length(query) < 20'}"),
        "schema.yaml:13:3 T015 Slice 'short' has tag and where. Give exactly one of tag, where and python.",
    ),
    (
        broken("short", to="  short: {wher: 'length(query) < 20'}"),
        "schema.yaml:13:11 T005 'wher' is not a key of slice 'short'. "
        "Keys: tag, where, python, capacity. Did you mean where?",
    ),
    (
        broken("short", to="  short: {python: slices.is_short}"),
        "schema.yaml:13:19 T007 python must be a function written as module:function, not 'slices.is_short'.",
    ),
    (
        broken("short", to="  short: {tag: short, capacity: 1}"),
        "schema.yaml:13:33 T007 capacity must be true or false, not 1.",
    ),
]


@pytest.mark.parametrize(("text", "message"), BROKEN)
def test_one_mistake_is_one_problem_with_its_place_and_its_remedy(tmp_path, text, message):
    assert problems_of(tmp_path, text) == [message]


def test_all_problems_of_a_file_come_at_once_in_the_order_of_its_lines(tmp_path):
    text = broken("gold", to="golds: [crowd]").replace("value: token,", "value: tokn,").replace("[PER]", "[]")
    assert [problem.split(" ")[0] for problem in problems_of(tmp_path, text)] == [
        "schema.yaml:3:35",
        "schema.yaml:9:50",
        "schema.yaml:15:1",
    ]


def test_loading_a_broken_schema_raises_all_its_problems(tmp_path):
    (tmp_path / "schema.yaml").write_text(broken("short", to="  short: {}").replace("[PER]", "[]"))
    with pytest.raises(ProjectError) as raised:
        load_schema(tmp_path / "schema.yaml")
    assert len(raised.value.problems) == 2


def test_a_folder_without_a_schema_is_no_project(tmp_path):
    read = read_schema(tmp_path / "schema.yaml")
    assert [str(problem) for problem in read.problems] == [
        f"schema.yaml T001 {str(tmp_path)!r} has no schema.yaml. "
        "Name a project's folder, or make one: transom init DIR."
    ]
    assert read.root is None


def test_what_is_broken_is_left_out_and_named_and_the_rest_stays(tmp_path):
    text = broken("entities", to="  entities: {type: set, range: query}").replace("height, age", "no")
    (tmp_path / "schema.yaml").write_text(text)
    read = read_schema(tmp_path / "schema.yaml")
    assert read.broken == {"entities", "which", "intent"}
    assert [task.name for task in read.schema.tasks] == ["topics", "names", "score"]


def test_a_slip_in_a_key_or_a_type_breaks_nothing(tmp_path):
    text = GOOD.replace("tasks:", "task:").replace("classes", "clases").replace("sequence", "seqence")
    (tmp_path / "schema.yaml").write_text(text)
    read = read_schema(tmp_path / "schema.yaml")
    assert read.broken == set()
    (tmp_path / "schema.yaml").write_text(GOOD)
    assert read.schema == load_schema(tmp_path / "schema.yaml")
