"""What is counted, and that the figures do not grow with the versions that come and go."""

from transom.schema.payloads import Sequence, Singleton
from transom.schema.schema import Schema
from transom.schema.tasks import Bitvector, Multiclass, Regression, Spans
from transom.serving.metrics import KEPT_VERSIONS, count_answers, counted_tasks, new_metrics

TEXT, TOKENS = Singleton("text", "text"), Sequence("tokens", "token")


def reply(version, **labels):
    return {"version": version, "predictions": {task: {"label": label} for task, label in labels.items()}}


def values(metrics, name):
    lines = [line for line in metrics.text().decode().splitlines() if line.startswith(f"{name}{{")]
    return {line[len(name) : line.index("}") + 1]: float(line.rpartition(" ")[2]) for line in lines}


def test_classes_of_whole_examples_are_counted_and_nothing_that_clients_write():
    tasks = (
        Multiclass("mood", ("good", "bad"), "text"),
        Bitvector("topics", ("music",), "text"),
        Multiclass("pos", ("NOUN",), "tokens"),
        Spans("names", ("PER",), "tokens"),
        Regression("price", "text"),
    )
    assert counted_tasks(Schema(payloads=(TEXT, TOKENS), tasks=tasks)) == ("mood", "topics")


def test_answers_are_counted_by_version_task_and_class():
    metrics = new_metrics()
    replies = [reply(7, mood="good", topics=["music", "money"]), reply(7, mood=None, topics=[]), reply(8, mood="good")]
    count_answers(metrics, ("mood", "topics"), replies)

    assert values(metrics, "transom_predictions_total") == {'{version="7"}': 2.0, '{version="8"}': 1.0}
    assert values(metrics, "transom_predicted_total") == {
        '{label="good",task="mood",version="7"}': 1.0,
        '{label="music",task="topics",version="7"}': 1.0,
        '{label="money",task="topics",version="7"}': 1.0,
        '{label="",task="mood",version="7"}': 1.0,
        '{label="good",task="mood",version="8"}': 1.0,
        '{label="",task="topics",version="8"}': 1.0,
    }


def test_the_page_has_no_series_of_when_others_began():
    metrics = new_metrics()
    count_answers(metrics, ("mood",), [reply(7, mood="good")])
    metrics.answer_seconds.labels("7").observe(0.1)
    assert b"transom_predictions_total" in metrics.text()
    assert b"_created" not in metrics.text()


def test_the_figures_of_versions_long_gone_are_dropped():
    metrics = new_metrics()
    for number in range(1, 101):
        metrics.begin(number)
        metrics.begin(1)  # it is loaded again and again
        count_answers(metrics, ("mood",), [reply(number, mood="good"), reply(1, mood="good")])
        metrics.answer_seconds.labels(str(number)).observe(0.1)
        metrics.failures.labels(str(number)).inc()
        metrics.shadowed.labels(str(number), "answered").inc()
        metrics.disagreements.labels(str(number), "mood").inc()

    kept = [f'{{version="{number}"}}' for number in (1, *range(102 - KEPT_VERSIONS, 101))]
    assert sorted(values(metrics, "transom_predictions_total")) == sorted(kept)
    assert values(metrics, "transom_predictions_total")['{version="1"}'] == 101.0
    versions = {part for line in metrics.text().decode().splitlines() for part in line.split('"') if part.isdecimal()}
    assert len(versions) == KEPT_VERSIONS


def test_the_figures_of_the_version_that_answers_stay_whatever_else_is_loaded():
    metrics = new_metrics()
    for number in range(1, 3 * KEPT_VERSIONS):
        metrics.begin(number)
        if number == 1:
            metrics.version.labels("live").set(1)
        count_answers(metrics, ("mood",), [reply(1, mood="good"), reply(number, mood="good")])

    kept = values(metrics, "transom_predictions_total")
    assert kept['{version="1"}'] == 3 * KEPT_VERSIONS
    assert len(kept) == KEPT_VERSIONS + 1
