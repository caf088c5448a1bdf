import numpy as np
import polars as pl

from task_evidence import evidence_of
from transom.data.items import from_lengths
from transom.schema.payloads import Sequence, Singleton
from transom.schema.schema import Schema
from transom.schema.tasks import Bitvector, Multiclass, Regression, Spans
from transom.supervision.combine import combine
from transom.supervision.label_models.majority import Majority
from transom.supervision.suggestions import suggestions

TEXT = Singleton("text", "text")
TASK = Multiclass("label", ("ham", "spam"), "text")


def suggested(given, texts, payload=TEXT):
    frame = pl.DataFrame({"id": [f"e{row}" for row in range(len(texts))], payload.name: texts})
    predictions = combine(given, Majority()).label_model
    return suggestions(given, predictions, frame, Schema((payload,), (given.task,)))


def test_a_word_that_elsewhere_means_spam_is_suggested_for_what_nothing_covers():
    texts = ["win money"] * 10 + ["nice song"] * 10 + ["money please"] * 6 + ["the end"] * 4
    votes = [1] * 10 + [0] * 10 + [-1] * 10
    given = evidence_of(TASK, {"a": votes}, gold=[-1] * 30, splits="t" * 30)
    first = suggested(given, texts)[0]
    assert first.rule == {"task": "label", "keywords": ["money"], "on": "text", "vote": "spam"}
    assert (first.group, first.n, first.share, first.vote, first.n_known) == ("uncovered", 6, 0.6, "spam", 10)
    assert first.confidence == (10 + 4 * 0.5) / 14
    assert first.ids == ("e20", "e21", "e22", "e23", "e24")


def test_gold_on_dev_tells_what_a_word_means_where_no_source_does():
    texts = ["free"] * 5 + ["song"] * 5 + ["free stuff"] * 5 + ["covered"]
    given = evidence_of(TASK, {"a": [-1] * 15 + [0]}, gold=[1] * 5 + [0] * 5 + [-1] * 6, splits="d" * 10 + "t" * 6)
    found = suggested(given, texts)
    assert [(each.rule["keywords"], each.vote) for each in found] == [(["free"], "spam")]


def test_gold_on_test_is_never_looked_at():
    texts = ["free"] * 5 + ["song"] * 5 + ["free stuff"] * 5
    given = evidence_of(TASK, {"a": [-1] * 15}, gold=[1] * 5 + [0] * 5 + [-1] * 5, splits="x" * 10 + "t" * 5)
    assert suggested(given, texts) == ()


def test_each_suggestion_counts_what_those_before_it_leave():
    texts = ["win money"] * 10 + ["nice song"] * 10 + ["win money"] * 6 + ["win"] * 3
    given = evidence_of(TASK, {"a": [1] * 10 + [0] * 10 + [-1] * 9}, gold=[-1] * 29, splits="t" * 29)
    assert [(each.rule["keywords"], each.n) for each in suggested(given, texts)] == [(["win"], 9)]


def test_a_word_that_only_uncovered_examples_have_is_worth_a_look():
    texts = ["a song"] * 90 + ["zyx thing"] * 10
    given = evidence_of(TASK, {"a": [0] * 90 + [-1] * 10}, gold=[-1] * 100, splits="t" * 100)
    (found,) = suggested(given, texts)
    assert (found.rule, found.vote, found.confidence) == (
        {"task": "label", "keywords": ["thing"], "on": "text"},
        None,
        None,
    )
    assert (found.n, found.n_known) == (10, 0)


def test_a_common_word_that_tells_no_class_is_not_suggested():
    texts = ["the win"] * 10 + ["the song"] * 10 + ["the"] * 10
    given = evidence_of(TASK, {"a": [1] * 10 + [0] * 10 + [-1] * 10}, gold=[-1] * 30, splits="t" * 30)
    assert suggested(given, texts) == ()


def test_disputed_examples_have_suggestions_of_their_own():
    texts = ["win money"] * 10 + ["nice song"] * 10 + ["money talks"] * 5
    votes = {"a": [1] * 10 + [0] * 10 + [1] * 5, "b": [1] * 10 + [0] * 10 + [0] * 5}
    (found,) = suggested(evidence_of(TASK, votes, gold=[-1] * 25, splits="t" * 25), texts)
    assert (found.group, found.rule["keywords"], found.vote) == ("disputed", ["money"], "spam")


def test_a_bit_is_suggested_by_the_name_of_its_class():
    task = Bitvector("topics", ("sport", "money"), "text")
    votes = [[0, 1]] * 10 + [[1, 0]] * 10 + [[-1, -1]] * 5
    given = evidence_of(task, {"a": votes}, gold=[[-1, -1]] * 25, splits="t" * 25)
    (found,) = suggested(given, ["bank loan"] * 10 + ["ball game"] * 10 + ["bank"] * 5)
    assert (found.rule["keywords"], found.vote) == (["bank"], "money")


def test_words_of_spans_are_suggested_without_a_rule_on_words():
    task = Spans("names", ("LOC",), "tokens")
    items = from_lengths(np.array([2] * 25))
    votes = [1, 0] * 10 + [0, 0] * 10 + [-1, 0] * 5
    given = evidence_of(task, {"a": votes}, gold=[-1] * 50, splits="t" * 25, items=items)
    texts = [["bern", "is"]] * 10 + [["it", "is"]] * 10 + [["Bern", "is"]] * 5
    (found,) = suggested(given, texts, Sequence("tokens", "token"))
    assert (found.rule, found.vote, found.n) == ({"keywords": ["bern"], "on": "tokens"}, "LOC", 5)


def test_a_project_without_sources_learns_from_gold_alone():
    given = evidence_of(TASK, {}, gold=[1] * 5 + [0] * 5 + [-1] * 5, splits="d" * 10 + "t" * 5)
    (found,) = suggested(given, ["free"] * 5 + ["song"] * 5 + ["free"] * 5)
    assert (found.rule["keywords"], found.vote) == (["free"], "spam")


def test_numbers_and_no_examples_have_no_suggestions():
    numbers = evidence_of(Regression("score", "text"), {"a": [1.0]}, gold=[np.nan], splits="t")
    assert suggested(numbers, ["a"]) == ()
    assert suggested(evidence_of(TASK, {"a": np.empty(0, np.int32)}, np.empty(0, np.int32), ""), []) == ()
