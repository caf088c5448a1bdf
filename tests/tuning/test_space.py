"""Spaces say what may be varied, and when."""

from transom.tuning.space import Parameter, Range, is_continuous


def test_whole_limits_mean_whole_numbers() -> None:
    assert Range(1, 4).is_whole
    assert not Range(1.0, 4.0).is_whole


def test_a_parameter_without_a_condition_always_applies() -> None:
    assert Parameter("size", (32, 64)).applies({})


def test_a_parameter_applies_where_each_of_its_conditions_holds() -> None:
    layers = Parameter("layers", (1, 2), {"encoder": ("lstm", "gru")})

    assert layers.applies({"encoder": "gru"})
    assert not layers.applies({"encoder": "bag"})
    assert not layers.applies({})


def test_a_space_of_ranges_alone_is_continuous() -> None:
    rate = Parameter("rate", Range(1e-4, 1e-2, log=True))

    assert is_continuous([rate])
    assert not is_continuous([rate, Parameter("encoder", ("bag", "lstm"))])
    assert not is_continuous([rate, Parameter("layers", Range(1, 4), {"encoder": ("lstm",)})])
