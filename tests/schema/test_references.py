"""What payloads and tasks say of each other."""

from transom.schema.document import parse_document
from transom.schema.payloads import MemberSet, Sequence, Singleton
from transom.schema.references import consistent, payload_references
from transom.schema.schema import Schema
from transom.schema.tasks import Multiclass, Regression, Select, Spans


def circles(text):
    return [str(problem) for problem in payload_references(parse_document(text, "f.yaml").root.entries)]


def test_a_payload_built_on_itself_is_a_circle():
    assert circles("query: {base: [query]}") == [
        "f.yaml:1:1 T011 'query' is built on itself: query → query. Remove one of them from 'base' or 'range'."
    ]


def test_a_circle_is_said_once_by_its_first_payload():
    assert circles("a: {base: [b]}\nb: {base: [c]}\nc: {base: [a]}\nd: {base: [a]}") == [
        "f.yaml:1:1 T011 'a' is built on itself: a → b → c → a. Remove one of them from 'base' or 'range'."
    ]


def test_a_range_can_close_a_circle():
    assert circles("t: {type: sequence, base: [s]}\ns: {type: set, range: t}") == [
        "f.yaml:1:1 T011 't' is built on itself: t → s → t. Remove one of them from 'base' or 'range'."
    ]


def test_two_payloads_may_be_built_on_the_same_one():
    assert circles("a: {base: [c, b]}\nb: {base: [c]}\nc: {}") == []


def test_a_consistent_schema_stays_as_it_is():
    schema = Schema(
        (Singleton("q", "text", ("t",)), Sequence("t", "token"), MemberSet("m", range="t")),
        (Spans("names", ("PER",), "t"), Select("which", "m"), Regression("score"), Multiclass("intent", ("a",), "q")),
    )
    assert consistent(schema) == schema


def test_what_refers_to_something_that_is_not_there_is_left_out():
    payloads = (Singleton("q", "text", ("gone",)), MemberSet("m", range="gone"))
    tasks = (Spans("names", ("PER",), "q"), Select("which", "m"), Regression("score", "gone"), Regression("r", "q"))
    assert consistent(Schema(payloads, tasks)) == Schema((Singleton("q", "text"),), (Regression("r", "q"),))
