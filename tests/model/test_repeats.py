"""Tokens beside the same words elsewhere."""

import pytest

from transom.model.compile import compile_graph
from transom.model.repeats import MOST_COMPARED
from transom.model.settings import PayloadSettings, Pretrained
from transom.schema.payloads import Sequence
from transom.schema.schema import Schema
from transom.schema.tasks import Spans

NAMES = Spans("names", ("NAME",), "tokens")


def compiled(tokens, encoder=None):
    return compile_graph(Schema((tokens,), (NAMES,)), {"tokens": PayloadSettings(encoder)})


def test_a_token_sees_what_is_said_of_the_same_word_elsewhere():
    graph = compiled(Sequence("tokens", "token"))
    assert graph.heads[0].inputs == ("payload/tokens/repeats",)
    assert graph.block("payload/tokens/repeats").inputs == ("payload/tokens/encoding",)


@pytest.mark.parametrize(
    ("tokens", "encoder"),
    [
        (Sequence("tokens", "token"), Pretrained()),
        (Sequence("tokens", "token", max_length=MOST_COMPARED + 1), None),
        (Sequence("tokens", "number"), None),
    ],
    ids=["pieces of words", "very long", "numbers"],
)
def test_only_words_are_compared_and_not_too_many(tokens, encoder):
    assert compiled(tokens, encoder).heads[0].inputs == ("payload/tokens/encoding",)
