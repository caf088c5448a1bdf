import pytest

from transom.schema.payloads import Field, MemberSet, Sequence, Singleton
from transom.schema.schema import Schema
from transom.schema.tasks import Bitvector, Multiclass, Regression, Spans
from transom.supervision.texts import readable_texts

SCHEMA = Schema(
    (
        Singleton("query", "text"),
        Singleton("kind", "category"),
        Singleton("size", "number"),
        Singleton("vector", "vector"),
        Singleton("person", "record", fields=(Field("age", "number"), Field("job", "category"))),
        Sequence("tokens", "token"),
        Sequence("signal", "number"),
        MemberSet("entities", (Field("title", "text"), Field("popularity", "number"))),
    )
)


@pytest.mark.parametrize(
    ("task", "texts"),
    [
        (Multiclass("intent", ("a",), "query"), ["query", "kind", "person.job", "tokens"]),
        (Regression("score"), ["query", "kind", "person.job", "tokens"]),
        (Multiclass("pos", ("a",), "tokens"), ["tokens"]),
        (Bitvector("kinds", ("a",), "entities"), ["entities.title"]),
        (Regression("level", "signal"), []),
        (Spans("names", ("a",), "tokens"), ["tokens"]),
    ],
)
def test_a_rule_can_read_what_its_task_is_about(task, texts):
    assert readable_texts(SCHEMA, task) == texts
