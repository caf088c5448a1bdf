import numpy as np
import polars as pl

from transom.data.items import one_each
from transom.data.labels import Labels
from transom.data.predictions import Predictions
from transom.evaluation.report import MAX_TAGS, ROW_SCHEMA, Report, Row, evaluate
from transom.schema.tasks import Multiclass

TASK = Multiclass("label", ("HAM", "SPAM"))
GOLD = np.array([0, 1, 1, 0, 1, -1], dtype=np.int32)
LABELS = np.array([0, 1, 0, 0, 0, 0], dtype=np.int32)
SPLITS = {"dev": np.arange(6) < 2, "test": np.arange(6) >= 2}


def evaluated(tags: dict[str, np.ndarray]) -> Report:
    predictions = Predictions(one_each(6), np.eye(2)[LABELS], LABELS)
    return evaluate("model", TASK, gold=Labels(one_each(6), GOLD), predictions=predictions, splits=SPLITS, tags=tags)


def accuracies(report: Report) -> dict[tuple[str, str], float]:
    return {(row.split, row.tag): row.value for row in report.rows if row.metric == "accuracy"}


def test_every_split_is_measured_as_a_whole_and_by_tag_and_slice() -> None:
    report = evaluated({"short": np.arange(6) % 2 == 0, "slice:first": np.arange(6) < 3})
    assert accuracies(report) == {
        ("dev", "*"): 1.0,
        ("dev", "short"): 1.0,
        ("dev", "slice:first"): 1.0,
        ("test", "*"): 1 / 3,
        ("test", "short"): 0.0,
        ("test", "slice:first"): 0.0,
    }


def test_a_row_says_where_it_was_measured() -> None:
    row = evaluated({}).rows[0]
    assert row == Row("model", "label", "dev", "*", "accuracy", 1.0, row.low, 1.0, 2)
    assert row.low < 1.0


def test_tags_that_are_splits_are_left_out() -> None:
    assert set(accuracies(evaluated({**SPLITS, "x": np.ones(6, bool)}))) == {
        ("dev", "*"),
        ("dev", "x"),
        ("test", "*"),
        ("test", "x"),
    }


def test_a_subset_without_gold_has_no_rows() -> None:
    assert ("test", "slice:late") not in accuracies(evaluated({"slice:late": np.arange(6) == 5}))


def test_of_very_many_tags_the_most_common_are_measured_and_every_slice() -> None:
    rare = {f"user:{i}": np.arange(6) == 2 for i in range(MAX_TAGS)}
    tags = {**rare, "common": np.arange(6) >= 2, "slice:rare": np.arange(6) == 2}
    measured = {tag for split, tag in accuracies(evaluated(tags)) if split == "test"}
    assert {"*", "common", "slice:rare"} < measured
    assert len(measured) == MAX_TAGS + 2


def test_reports_are_joined_in_order() -> None:
    first, second = evaluated({}), evaluated({"x": np.ones(6, bool)})
    assert (first + second).rows == first.rows + second.rows


def test_a_frame_has_a_column_a_field_even_without_rows() -> None:
    frame = evaluated({}).frame()
    assert frame.schema == pl.Schema(ROW_SCHEMA)
    assert frame.rows(named=True) == evaluated({}).as_dicts()
    assert Report().frame().schema == frame.schema


def test_dictionaries_have_the_fields_of_the_format() -> None:
    assert list(evaluated({}).as_dicts()[0]) == [
        "stage",
        "task",
        "split",
        "tag",
        "metric",
        "value",
        "low",
        "high",
        "n",
    ]
