"""Which texts are compared."""

from transom.data.features.overlap import Place
from transom.model.compared import MOST_PAIRS, overlap_of
from transom.schema.payloads import Field, MemberSet, Sequence, Singleton

LEFT, RIGHT, AGE = Singleton("left", "text"), Singleton("right", "text"), Singleton("age", "number")
TOKENS = Sequence("tokens", "token", max_length=8)
OF_TOKENS = Place("tokens", max_length=8)
OFFERS = MemberSet("offers", (Field("title", "text"), Field("price", "number")), max_length=5)


def pairs(payload, around):
    reading = overlap_of(payload, around, payload)
    return None if reading is None else reading.value.pairs


def test_one_text_is_compared_with_nothing():
    assert pairs(LEFT, [AGE]) is None
    assert pairs(AGE, [LEFT]) is None
    assert pairs(OFFERS, [AGE]) is None


def test_all_texts_that_a_head_sees_are_compared_also_where_its_own_payload_is_none():
    assert pairs(LEFT, [AGE, RIGHT]) == ((Place("left"), Place("right")),)
    assert pairs(AGE, [LEFT, TOKENS]) == ((Place("left"), OF_TOKENS),)


def test_texts_of_a_record_are_compared():
    record = Singleton("pair", "record", fields=(Field("a", "text"), Field("n", "number"), Field("b", "text")))
    assert pairs(record, []) == ((Place("pair", "a"), Place("pair", "b")),)


def test_another_form_of_what_is_seen_anyway_is_not_compared():
    query = Singleton("query", "text", base=("tokens",))
    assert pairs(query, [TOKENS]) is None


def test_tokens_are_compared_with_each_text_beside():
    reading = overlap_of(TOKENS, [LEFT, RIGHT], TOKENS)
    assert reading.value.pairs == ((OF_TOKENS, Place("left")), (OF_TOKENS, Place("right")))
    assert (reading.form, reading.max_length, reading.key) == ("sequence", 8, "tokens.overlap")
    assert pairs(Sequence("waves", "number", max_length=8), [LEFT, RIGHT]) is None


def test_members_are_compared_with_each_text_beside_and_with_the_stretch_that_they_point_at():
    reading = overlap_of(OFFERS, [LEFT, TOKENS], OFFERS)
    title = Place("offers", "title")
    assert reading.value.pairs == ((title, Place("left")), (title, OF_TOKENS))
    assert (reading.form, reading.max_length, reading.key) == ("set", 5, "offers.overlap")
    pointing = MemberSet("offers", OFFERS.fields, range="tokens")
    assert pairs(pointing, [TOKENS])[0] == (title, Place("offers", points_at="tokens", max_length=8))
    assert pairs(pointing, [LEFT]) == ((title, Place("left")),)


def test_what_another_payload_sees_of_members_has_its_own_key():
    assert overlap_of(OFFERS, [LEFT], LEFT).key == "offers.overlap.left"


def test_of_very_many_texts_the_first_are_compared_and_those_of_different_payloads_before_those_of_one():
    fields = tuple(Field(f"t{number}", "text") for number in range(20))
    record = Singleton("page", "record", fields=fields)
    assert len(pairs(record, [])) == MOST_PAIRS
    assert [pair[1] for pair in pairs(record, [LEFT])[:20]] == [Place("left")] * 20
    members = pairs(MemberSet("pages", fields), [LEFT])
    assert [pair[1] for pair in members[:20]] == [Place("left")] * 20
    assert len(members) == MOST_PAIRS
