"""Dataclasses from mappings: what is read, what is refused, and how one mistake stays one problem."""

from dataclasses import dataclass, field
from typing import Literal

import pytest

from transom.errors import NOWHERE, Location
from transom.schema.document import parse_document
from transom.schema.settings import parse_settings, parse_value, part, section, setting


@dataclass(frozen=True)
class Options:
    name: str
    classes: tuple[str, ...] = ()
    size: int | Literal["auto"] = field(default="auto", metadata={"minimum": 1})
    rate: float = field(default=0.5, metadata={"exclusiveMinimum": 0})
    mode: Literal["fast", "exact"] = "fast"
    weights: dict[str, float] = field(default_factory=dict)
    at: Location = NOWHERE

    def __post_init__(self):
        if self.mode == "exact" and self.size == "auto":
            raise ValueError("mode 'exact' needs a size. Give one.")


def parse(text):
    options, problems = parse_settings(Options, parse_document(text, "f.yaml").root, "the options")
    return options, [str(problem) for problem in problems]


def test_keys_are_fields_and_absent_keys_are_defaults():
    options, problems = parse("{name: x, classes: [a, b], rate: 1, weights: {a: 2}}")
    assert problems == []
    assert options == Options("x", ("a", "b"), rate=1.0, weights={"a": 2.0}, at=Location("f.yaml", 1, 1))
    assert isinstance(options.rate, float)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[a]", "f.yaml:1:1 T007 The options must be a mapping, not a list."),
        ("{}", "f.yaml:1:1 T006 The options needs the key 'name': text."),
        ("{name: 3}", "f.yaml:1:8 T007 name must be text, not 3. Put it in quotes: '3'."),
        ("{name: no}", "f.yaml:1:8 T007 name must be text, not no. YAML reads it as false. Put it in quotes: 'no'."),
        ("{name: ~}", "f.yaml:1:8 T007 name must be text, not ~. YAML reads it as nothing. Put it in quotes: '~'."),
        ("{name: }", "f.yaml:1:7 T007 name must be text, not nothing."),
        ("{name: {}}", "f.yaml:1:8 T007 name must be text, not an empty mapping."),
        ("{name: x, classes: a}", "f.yaml:1:20 T007 classes must be a list of texts, not 'a'. Write [a]."),
        ("{name: x, classes: [a, [b]]}", "f.yaml:1:24 T007 classes[1] must be text, not a list."),
        ("{name: x, size: 0}", "f.yaml:1:17 T007 size must be a whole number of at least 1 or auto, not 0."),
        ("{name: x, size: 1.5}", "f.yaml:1:17 T007 size must be a whole number of at least 1 or auto, not 1.5."),
        (
            "{name: x, size: aoto}",
            "f.yaml:1:17 T007 size must be a whole number of at least 1 or auto, not 'aoto'. Did you mean auto?",
        ),
        (
            "{name: x, size: yes}",
            "f.yaml:1:17 T007 size must be a whole number of at least 1 or auto, not yes. YAML reads it as true.",
        ),
        ("{name: x, rate: .nan}", "f.yaml:1:17 T007 rate must be a number of more than 0, not .nan."),
        ("{name: x, rate: '1'}", "f.yaml:1:17 T007 rate must be a number of more than 0, not '1'."),
        (
            "{name: x, mode: fsat}",
            "f.yaml:1:17 T007 mode must be one of fast, exact, not 'fsat'. Did you mean fast?",
        ),
        ("{name: x, weights: {a: b}}", "f.yaml:1:24 T007 weights.a must be a number, not 'b'."),
        (
            "{name: x, sise: 3}",
            "f.yaml:1:11 T005 'sise' is not a key of the options. "
            "Keys: name, classes, size, rate, mode, weights. Did you mean size?",
        ),
        ("{name: x, mode: exact}", "f.yaml:1:1 T007 The options: mode 'exact' needs a size. Give one."),
    ],
)
def test_a_wrong_value_is_quoted_with_what_it_must_be(text, message):
    assert parse(text)[1] == [message]


def test_a_misspelt_key_counts_as_what_it_means():
    options, problems = parse("{nmae: x, rate: 2}")
    assert options == Options("x", rate=2.0, at=Location("f.yaml", 1, 1))
    assert len(problems) == 1


def test_a_wrong_value_leaves_the_default_and_a_needed_one_leaves_nothing():
    assert parse("{name: x, rate: 0}")[0] == Options("x", at=Location("f.yaml", 1, 1))
    assert parse("{name: 3}")[0] is None


def test_every_problem_of_a_mapping_is_found_at_once():
    assert len(parse("{nam: x, size: 0, rate: 0, mode: 0, classes: 0, unheard_of: 0}")[1]) == 6


def test_given_fields_are_not_read_and_further_keys_are_allowed():
    node = parse_document("{type: sequence}", "f.yaml").root
    options, problems = parse_settings(Options, node, "it", given={"name": "x"}, also=("type",))
    assert (options.name, problems) == ("x", [])


def test_a_value_of_a_union_is_judged_by_its_nearest_member():
    node = parse_document("[a, 1]", "f.yaml").root
    assert [str(each) for each in parse_value(tuple[str, ...] | str, node, "names", {})[1]] == [
        "f.yaml:1:5 T007 names[1] must be text, not 1. Put it in quotes: '1'."
    ]


def test_a_section_may_be_absent_or_empty_or_misspelt_but_must_be_a_mapping():
    root = parse_document("tasks:\npaylods: {a: 1}\ngold: x\n", "f.yaml").root
    known = ("tasks", "payloads", "gold", "slices")
    assert part(root, "tasks", known) is None
    assert section(root, "tasks", known) == ({}, [])
    assert section(root, "slices", known) == ({}, [])
    assert list(section(root, "payloads", known)[0]) == ["a"]
    assert [str(problem) for problem in section(root, "gold", known)[1]] == [
        "f.yaml:3:7 T007 The section 'gold' must be a mapping, not 'x'."
    ]


def test_a_setting_is_found_under_its_misspelling_too():
    node = parse_document("{nam: x}", "f.yaml").root
    assert setting(Options, node, "name").raw == "x"
    assert setting(Options, node, "rate") is node
