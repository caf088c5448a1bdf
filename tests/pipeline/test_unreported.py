"""What a report says nothing of."""

from cached_project import write_project
from transom.errors import Location
from transom.evaluation.report import Report, Row
from transom.pipeline.lifecycle import label
from transom.pipeline.unreported import unreported
from transom.schema.payloads import Singleton
from transom.schema.schema import Schema
from transom.schema.slices import Slice
from transom.schema.tasks import Multiclass

TASKS = tuple(Multiclass(name, ("a", "b"), at=Location("schema.yaml", 4, 3)) for name in ("intent", "mood"))
SLICES = tuple(
    Slice(name, tag=name, capacity=capacity, at=Location("schema.yaml", 7, 3))
    for name, capacity in (("food", True), ("rare", False))
)
SCHEMA = Schema((Singleton("query", "text"),), TASKS, SLICES)
ROWS = tuple(Row("majority", "intent", "test", tag, "accuracy", 0.5, 0.4, 0.6, 9) for tag in ("*", "slice:food"))


def test_a_task_and_a_slice_without_gold_are_named():
    assert [str(problem) for problem in unreported(SCHEMA, Report(ROWS))] == [
        "schema.yaml:4:3 T239 task 'mood' is not in the report: no example has gold of it. Add gold on dev and test.",
        "schema.yaml:7:3 T239 slice 'rare' is not in the report: no example with gold is in it. Mend it, or add gold.",
    ]
    assert {problem.severity for problem in unreported(SCHEMA, Report(ROWS))} == {"warning"}


def test_where_nothing_has_gold_that_is_said_once_and_elsewhere():
    assert list(unreported(SCHEMA, Report())) == []


def test_a_slice_that_matches_nothing_is_a_warning_of_the_verbs(tmp_path):
    folder = write_project(tmp_path / "project")
    schema = folder / "schema.yaml"
    schema.write_text(schema.read_text().replace("price < 4", "price < -4"))
    assert [str(warning) for warning in label(folder).warnings if warning.code == "T239"] == [
        "schema.yaml:9:3 T239 slice 'cheap' is not in the report: no example with gold is in it. Mend it, or add gold."
    ]
