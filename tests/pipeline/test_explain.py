import pytest

from transom.errors import UsageError, explanations
from transom.pipeline.explain import explain


@pytest.mark.parametrize("code", sorted(explanations()))
def test_every_code_has_a_title_and_a_text(code):
    explanation = explain(code)
    assert explanation.title
    assert explanation.text.endswith((".", "`"))


def test_small_letters_do():
    assert explain(" t144 ") == explain("T144")


def test_an_unknown_code_suggests_the_nearest():
    with pytest.raises(UsageError) as raised:
        explain("T1444")
    assert str(raised.value) == (
        "T171 'T1444' is not an error code. Did you mean T144? Run transom explain to list them all."
    )
