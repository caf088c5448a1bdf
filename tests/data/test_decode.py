import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_lines import ENTITIES, SCHEMA, TOKENS
from strategies import JSON_VALUES
from transom.data.decode import Invalid, Soft, at_pointer, decoder, quoted
from transom.errors import Problem
from transom.schema.tasks import Multiclass

ELEMENTS = {"tokens": TOKENS, "entities": ENTITIES}


def decoded(task, label, elements=None):
    """What a label of one of the schema's tasks comes to; an invalid one as its messages."""
    declared = SCHEMA.task(task)
    payload = SCHEMA.payload(declared.payload) if declared.payload else None
    found = decoder(declared, payload)(label, elements if elements is not None else ELEMENTS.get(declared.payload))
    return [str(problem) for problem in found.problems] if isinstance(found, Invalid) else found


@pytest.mark.parametrize(
    ("task", "label", "encoded"),
    [
        ("intent", "spouse", 2),
        ("bare", "a", 0),
        ("topics", ["politics", "sport", "politics"], [0, 1]),
        ("topics", [], []),
        ("score", 3, 3.0),
        ("score", -0.5, -0.5),
        ("pos", ["VERB", None, "NOUN", "NOUN"], [1, None, 0, 0]),
        ("types", [["title"], [], None, ["title", "person"]], [[1], [], None, [0, 1]]),
        ("weight", [1, 2.5, None, 0], [1.0, 2.5, None, 0.0]),
        ("names", [[3, 4, "LOC"], [0, 1, "PER"]], [[0, 1, 0], [3, 4, 1]]),
        ("names", [], []),
        ("arg", "Michelle", 1),
        ("arg", None, 2),
        ("kept", ["no", None], [1, None]),
    ],
)
def test_a_label_is_encoded(task, label, encoded):
    assert decoded(task, label) == encoded


@pytest.mark.parametrize("task", [task.name for task in SCHEMA.tasks if task.name != "arg"])
def test_null_abstains(task):
    assert decoded(task, None) is None


def test_what_a_python_function_returns_may_be_tuples_and_any_number():
    import numpy as np

    assert decoded("topics", ("sport",)) == [0]
    assert decoded("names", ((0, 1, "PER"),)) == [[0, 1, 0]]
    assert decoded("pos", ("NOUN", "VERB", None, None)) == [0, 1, None, None]
    assert decoded("score", np.float64(0.5)) == 0.5
    assert decoded("intent", np.str_("age")) == 1


@pytest.mark.parametrize(
    ("task", "label", "probabilities"),
    [
        ("intent", {"height": 0.7, "spouse": 0.3}, [0.7, 0.0, 0.3]),
        ("intent", {"age": 1}, [0.0, 1.0, 0.0]),
        ("arg", {"Michelle": 0.25, "Obama": 0.5}, [0.5, 0.25, 0.25]),
        ("arg", {}, [0.0, 0.0, 1.0]),
        ("pos", [{"NOUN": 0.5, "VERB": 0.5}, "VERB", None, "NOUN"], [[0.5, 0.5], [0.0, 1.0], None, [1.0, 0.0]]),
    ],
)
def test_a_soft_vote_is_a_distribution(task, label, probabilities):
    assert decoded(task, label) == Soft(probabilities)


@pytest.mark.parametrize(
    ("task", "label", "probabilities"),
    [
        ("intent", {"height": 0.33, "age": 0.33, "spouse": 0.33}, [1 / 3, 1 / 3, 1 / 3]),
        ("intent", {"height": 0.6, "age": 0.404}, [0.6 / 1.004, 0.404 / 1.004, 0.0]),
        ("intent", {"height": 0.9999995}, [0.9999995, 0.0, 0.0]),
        ("arg", {"Obama": 0.6, "Michelle": 0.404}, [0.6 / 1.004, 0.404 / 1.004, 0.0]),
        ("arg", {"Obama": 0.6, "Michelle": 0.396}, [0.6, 0.396, 0.004]),
    ],
)
def test_probabilities_that_were_rounded_are_made_to_sum_to_one(task, label, probabilities):
    assert decoded(task, label).probabilities == pytest.approx(probabilities)


@pytest.mark.parametrize(
    ("task", "label", "messages"),
    [
        ("intent", {"age": 0.9}, ["T036 the probabilities sum to 0.9. Those of a soft vote sum to 1."]),
        ("intent", {}, ["T036 the probabilities sum to 0. Those of a soft vote sum to 1."]),
        (
            "intent",
            {"agee": 1.5, "height": math.nan},
            [
                "T031 /agee: 'agee' is not one of height, age, spouse. Did you mean age?",
                "T036 /agee: 1.5 is not a probability. Write a number from 0 to 1.",
                "T036 /height: nan is not a probability. Write a number from 0 to 1.",
            ],
        ),
        (
            "arg",
            {"Obama": 0.75, "Michelle": 0.5},
            ["T036 the probabilities sum to 1.25. Those of a soft vote sum to at most 1; the rest is none of them."],
        ),
        ("topics", {"sport": 1}, ["T032 {'sport': 1} is not a list. Write the list of the classes that hold."]),
        ("score", True, ["T037 true is not a finite number."]),
        ("score", -1.7e308, ["T037 -1.7e+308 is beyond 1e+100. Write null where it means that none is known."]),
        ("score", math.inf, ["T037 inf is not a finite number."]),
        ("score", 10**309, [f"T037 1{'0' * 58}… is not a finite number."]),
        ("names", [[0, 1, "PER", 2]], ["T032 /0: [0, 1, 'PER', 2] is not [start, end, class]."]),
        ("names", [[True, 1, "PER"]], ["T032 /0: [True, 1, 'PER'] is not [start, end, class]."]),
        (
            "names",
            [[2, 2, "ORG"]],
            [
                "T034 /0: [2, 2, 'ORG'] is no stretch. Write 0 <= start < end; the end is exclusive.",
                "T031 /0/2: 'ORG' is not one of PER, LOC.",
            ],
        ),
        (
            "names",
            [[1, 3, "LOC"], [0, 2, "PER"]],
            ["T034 [0, 2, 'PER'] and [1, 3, 'LOC'] overlap. A token can be in one span of a source. Remove one."],
        ),
        (
            "pos",
            ["NUON", 3, None, {"NOUN": 2}],
            [
                "T031 /0: 'NUON' is not one of NOUN, VERB. Did you mean NOUN?",
                "T031 /1: 3 is not one of NOUN, VERB.",
                "T036 /3/NOUN: 2 is not a probability. Write a number from 0 to 1.",
            ],
        ),
        ("types", [["x"], "person", None, 3], [
            "T031 /0/0: 'x' is not one of person, title.",
            "T032 /1: 'person' is not a list. Write the list of the classes that hold.",
            "T032 /3: 3 is not a list. Write the list of the classes that hold.",
        ]),
        ("pos", "NOUN", ["T032 'NOUN' is not a list. Write a label for each element, null for none."]),
        ("arg", ["Obama"], ["T035 ['Obama'] is no member of the set, which has Obama, Michelle."]),
    ],
)  # fmt: skip
def test_a_label_that_does_not_fit_says_why(task, label, messages):
    assert decoded(task, label) == messages


def test_a_label_of_a_missing_payload_does_not_fit():
    assert decoded("pos", ["NOUN"], []) == ["T033 1 label for 0 elements. Write one for each, null for none."]
    assert decoded("names", [[0, 1, "PER"]], []) == [
        "T034 /0: [0, 1, 'PER'] ends beyond the 0 elements of its sequence. The end is exclusive."
    ]
    assert decoded("arg", "Obama", []) == ["T035 'Obama' is no member of the set, which has none."]


def test_a_soft_vote_may_miss_1_by_a_millionth():
    assert isinstance(decoded("intent", {"age": 0.3333333, "height": 0.3333333, "spouse": 0.3333333}), Soft)


def test_a_message_lists_only_some_of_many_classes():
    decode = decoder(Multiclass("t", tuple(f"c{n}" for n in range(40))), None)
    (problem,) = decode("x", None).problems
    assert problem.message == "'x' is not one of c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11 and 28 more."


@given(label=JSON_VALUES, task=st.sampled_from([task.name for task in SCHEMA.tasks]))
@settings(max_examples=200)
def test_any_json_is_a_label_or_says_why_not(label, task):
    found = decoded(task, label)
    assert found is None or isinstance(found, int | float | list | Soft)


def test_values_are_quoted_as_a_reader_wrote_them():
    assert [quoted(value) for value in (None, True, False, "x", 1.5)] == ["null", "true", "false", "'x'", "1.5"]
    assert quoted("y" * 100) == "'" + "y" * 58 + "…"


def test_pointers_escape_what_they_must():
    assert at_pointer(Problem("T031", "", pointer="/1"), "a/b", 0, "c~d").pointer == "/a~1b/0/c~0d/1"
