"""What a head sees beside its payload."""

from transom.data.features.columns import ColumnReading
from transom.model.seen import columns_for, is_another_form, not_encoded, seen_beside
from transom.schema.payloads import MemberSet, Sequence, Singleton
from transom.schema.schema import Schema

TEXT, TOKENS = Singleton("text", "text"), Sequence("tokens", "token")
AGE = Singleton("age", "number")


def test_a_payload_that_is_built_on_nothing_is_seen_with_all_others():
    schema = Schema((TEXT, TOKENS, AGE))
    assert seen_beside(schema, TEXT) == [TOKENS, AGE]


def test_what_a_base_reaches_is_seen_too():
    first, second = Sequence("first", "token"), Sequence("second", "token", base=("first",))
    third = Singleton("third", "number", base=("second",))
    schema = Schema((first, second, third, TEXT))
    assert [payload.name for payload in seen_beside(schema, third)] == ["second", "first"]


def test_members_see_the_sequence_that_they_point_into():
    members = MemberSet("members", range="tokens")
    assert seen_beside(Schema((members, TOKENS, AGE)), members) == [TOKENS]


def test_a_text_with_a_base_is_another_form_of_it():
    title = Singleton("title", "text", base=("tokens", "text"))
    assert is_another_form(title)
    assert not is_another_form(TEXT)
    assert not is_another_form(Singleton("total", "number", base=("tokens",)))
    assert not_encoded(title) == (
        "Payload 'title' is a text with a base: a model sees tokens, text instead. Choose the encoder of tokens, text."
    )


def test_trees_see_the_columns_of_all_that_is_seen():
    job = Singleton("job", "category")
    assert columns_for(Schema((AGE, job, TEXT, TOKENS)), AGE) == (
        ColumnReading("age", "number"),
        ColumnReading("job", "category"),
    )
