"""Categories as bags."""

from transom.data.features.categories import FIRST, MISSING, UNKNOWN, encode_categories, fit_categories


def test_each_category_is_a_feature():
    spec = fit_categories(["b", "a", "b", None])
    assert spec.names == ("a", "b")
    assert encode_categories(spec, ["a", "b"]).ids.tolist() == [FIRST, FIRST + 1]


def test_an_unseen_category_is_unknown_and_no_category_is_missing():
    spec = fit_categories(["a"])
    assert encode_categories(spec, ["new", None, ""]).ids.tolist() == [UNKNOWN, MISSING, UNKNOWN]


def test_categories_used_once_among_many_count_as_unknown():
    spec = fit_categories(["often"] * 300 + ["once"])
    assert spec.names == ("often",)


def test_order_of_the_examples_does_not_matter():
    assert fit_categories(["a", "b", "c"]) == fit_categories(["c", "a", "b"])
