"""Data that are unlike those of the live version are named, and stop a run before training if that is asked for."""

import json
import random
import shutil
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from transom.cli.main import main
from transom.data.statistics import statistics_to_json
from transom.export.aliases import Reason
from transom.export.executions import executions_of, runs
from transom.export.layout import folder_of
from transom.export.lineage import LINEAGE, lineage_file
from transom.export.store import register
from transom.pipeline.expectations import judge_data, judge_rules
from transom.pipeline.ingesting import ingest_project
from transom.pipeline.labeling import label
from transom.pipeline.lifecycle import run
from transom.pipeline.package import STATISTICS
from transom.pipeline.releases import promote
from transom.pipeline.request import Request
from transom.pipeline.statistics import describe, with_rules_and_slices
from transom.pipeline.workspace import open_workspace

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FILES = {
    "schema.yaml": """
payloads:
  text: {type: singleton, value: text}
  price: {type: singleton, value: number}
  kind: {type: singleton, value: category}
tasks:
  spam: {type: multiclass, payload: text, classes: [ham, spam]}
slices:
  cheap: {where: "price < 4", capacity: false}
gold: [crowd]
""",
    "sources.yaml": """
sources:
  free: {task: spam, keywords: [free, win], on: text, vote: spam}
  song: {task: spam, keywords: [song, love], on: text, vote: ham}
""",
    "model.yaml": "training: {epochs: 1}\n",
}
RULES = """
from transom import ABSTAIN, labeling_function


@labeling_function
def win(example):
    return "spam" if 'win' in example.text else ABSTAIN


@labeling_function
def song(example):
    from words import WORDS
    return "ham" if any(word in example.text for word in WORDS) else ABSTAIN
"""
SOURCES_OF_FILES = """
sources:
  win: {task: spam, python: "rules:win"}
  song: {task: spam, python: "rules:song"}
  fact: {task: spam, table: facts.csv, match: {text: name}, vote: {column: kind}}
"""
OTHERS_EDITED = "rules vote as they did for version {}; the others are new or were edited"


def write_day(folder, day, *, n_rows=200, low=0, kinds=("a", "b"), words=("free", "song", "win", "love"), wrong=0.0):
    """A file of a day's examples: cheap or dear, of some kinds, in some words, of which gold may be wrong."""
    draw = random.Random(day)
    lines = []
    for number in range(n_rows):
        text = " ".join(draw.choices(words, k=2))
        is_spam = ("free" in text or "win" in text) ^ (draw.random() < wrong)
        tasks = {"spam": {"crowd": "spam" if is_spam else "ham", "clicks": draw.choice(["ham", "spam"])}}
        payloads = {"text": text, "price": low + draw.randrange(9), "kind": draw.choice(kinds)}
        tags = [("train", "dev", "test")[number % 3]]
        lines.append(json.dumps({"id": f"{day}-{number}", "payloads": payloads, "tasks": tasks, "tags": tags}))
    (folder / "data" / f"day{day}.jsonl").write_text("\n".join(lines) + "\n")


@pytest.fixture(scope="module")
def first_run(tmp_path_factory):
    """A project of one day, whose version 1 is live."""
    folder = tmp_path_factory.mktemp("first run") / "project"
    (folder / "data").mkdir(parents=True)
    for name, text in FILES.items():
        (folder / name).write_text(text)
    write_day(folder, 1)
    register_today(folder)
    return folder


def register_today(folder):
    """Registers a version with what a run keeps of its data, and without a model."""
    done = run(folder, until="label", settings=["statistics.on_anomaly=warn"])
    _, examples, statistics, labels = read(folder)
    known = with_rules_and_slices(statistics, examples.dataset, labels, folder)
    store = folder / ".transom"
    files = {STATISTICS: statistics_to_json(known), LINEAGE: lineage_file(executions_of(store, runs(store)[0].number))}
    return done, register(store, files, {}, Reason("ann", NOW))


@pytest.fixture
def project(first_run, tmp_path):
    """A copy of it to change."""
    return shutil.copytree(first_run, tmp_path / "project")


def read(folder, *settings):
    """A request that sees version 1, and what the guards are given."""
    request = Request(open_workspace(folder, overrides=settings), live=1)
    examples = ingest_project(request)
    return request, examples, describe(request, examples), label(request, examples)


def judged(folder, *settings):
    """What both guards say."""
    request, examples, statistics, labels = read(folder, *settings)
    return judge_data(request, examples, statistics), judge_rules(request, examples, statistics, labels)


def test_the_same_data_are_as_expected_and_so_are_other_data_of_the_same_kind(project):
    data, rules = judged(project)
    assert (data.outcome, data.why) == ("passed", "200 examples are like those of version 1")
    assert (rules.outcome, rules.why) == ("passed", "2 of 2 rules vote as they did for version 1")
    write_day(project, 2)
    data, _ = judged(project)
    assert data.why == "200 examples of new files are like those of version 1"


def test_a_new_file_is_compared_alone_so_that_many_days_before_hide_nothing(project):
    write_day(project, 2, n_rows=40, low=50)
    data, _ = judged(project)
    assert data.outcome == "warned"
    assert data.why == "payload price values drifted: median 4 → 54"


def test_a_rule_that_finds_nothing_any_more_is_named(project):
    write_day(project, 2, words=("song", "love", "blue", "tree"))
    data, rules = judged(project, "statistics.on_anomaly=stop")
    assert "payload text words drifted" in data.why
    assert rules.is_refused
    assert rules.why == "source spam/free votes on nothing, before on 102 of 134 examples"


def test_a_rule_that_is_wrong_now_is_named_and_test_gold_is_not_looked_at(project):
    write_day(project, 2, wrong=0.6)
    _, rules = judged(project)
    assert {(each.kind, each.where) for each in rules.anomalies} == {("accuracy collapsed", "source spam/free")}
    assert rules.anomalies[0].what.endswith(", before on 100.0%")


def test_a_rule_that_was_edited_is_not_compared(project):
    sources = project / "sources.yaml"
    sources.write_text(sources.read_text().replace("free, win", "zebra"))
    assert judged(project)[1].why == f"1 of 2 {OTHERS_EDITED.format(1)}"


@pytest.mark.slow
def test_a_rule_whose_code_or_file_was_edited_is_not_compared_and_those_beside_it_are(project):
    (project / "rules.py").write_text(RULES)
    (project / "words.py").write_text("WORDS = ['song']\n")
    (project / "facts.csv").write_text("name,kind\nsong,ham\n")
    (project / "sources.yaml").write_text(SOURCES_OF_FILES)
    _, version = register_today(project)
    promote(project, str(version))

    def compared():
        request, examples, statistics, labels = read(project)
        return judge_rules(replace(request, live=version), examples, statistics, labels).why

    assert compared() == "3 of 3 rules vote as they did for version 2"
    (project / "rules.py").write_text(RULES.replace("'win' in", "'tree' in"))
    assert compared() == f"2 of 3 {OTHERS_EDITED.format(2)}"
    (project / "words.py").write_text("WORDS = ['zebra']\n")
    assert compared() == f"1 of 3 {OTHERS_EDITED.format(2)}"
    (project / "facts.csv").write_text("name,kind\nzebra,ham\n")
    assert compared() == f"0 of 3 {OTHERS_EDITED.format(2)}"


def test_what_is_an_anomaly_is_a_setting(project):
    write_day(project, 2, low=2)
    assert judged(project)[0].outcome == "warned"
    assert judged(project, "statistics.drift=9")[0].outcome == "passed"


def test_without_a_live_version_or_its_statistics_nothing_is_compared(project):
    request, examples, statistics, labels = read(project)
    alone = replace(request, live=None)
    for verdict in (judge_data(alone, examples, statistics), judge_rules(alone, examples, statistics, labels)):
        assert (verdict.outcome, verdict.why) == ("passed", "there is no live version to compare the data with")
    register(project / ".transom", {"report.json": b"{}"}, {}, Reason("ann", NOW))
    older = judge_data(replace(request, live=2), examples, statistics)
    assert older.why == "version 2 keeps no statistics to compare the data with"


def test_a_version_keeps_what_its_rules_do_and_how_large_its_slices_are(project):
    kept = json.loads((folder_of(project / ".transom", 1) / STATISTICS).read_text())
    assert [(each["source"], each["is_rule"]) for each in kept["sources"]] == [
        ("clicks", False), ("free", True), ("song", True),
    ]  # fmt: skip
    [cheap] = kept["slices"]
    assert (cheap["name"], sum(cheap["splits"].values())) == ("cheap", 92)
    assert {each["source"]: each["accuracy"] for each in cheap["sources"]}["free"] == 1.0


def test_anomalies_stop_a_run_before_training_with_a_verdict_that_names_them(project, capsys):
    (project / "deploy.yaml").write_text("statistics: {on_anomaly: stop}\n")
    write_day(project, 2, low=50, kinds=("a", "b", "refund"))
    code = main(["run", str(project), "--json"])
    said = json.loads(capsys.readouterr().out)

    assert code == 1
    assert {each["stage"]: each["status"] for each in said["stages"]} == {
        "check": "ran", "statistics": "ran", "guard": "refused", "label": "skipped", "extend": "skipped",
        "train": "skipped", "evaluate": "skipped", "export": "skipped", "validate": "skipped", "gate": "skipped",
        "register": "skipped",
    }  # fmt: skip
    assert said["version"] is None
    assert (said["verdict"]["outcome"], said["verdict"]["against"]) == ("refused", 1)
    assert said["verdict"]["why"] == said["data"]["why"]
    assert [(each["kind"], each["where"]) for each in said["data"]["anomalies"]] == [
        ("drift", "payload price"), ("new category", "payload kind"), ("drift", "payload kind"),
    ]  # fmt: skip
    assert main(["run", str(project)]) == 1
    assert "≠ payload price: values drifted: median 4 → 55" in capsys.readouterr().out


@pytest.mark.slow
def test_anomalies_are_told_below_the_error_of_a_later_stage(project, capsys):
    write_day(project, 2, low=50)
    (project / "rules.py").write_text(RULES.replace("example.text", "example.txt"))
    (project / "sources.yaml").write_text('sources:\n  win: {task: spam, python: "rules:win"}\n')
    noticed = "The data in new files are unlike those of version 1: payload price values drifted: median 4 → 54."
    assert main(["run", str(project)]) == 2
    error, note = capsys.readouterr().err.splitlines()
    assert (" T082 " in error, note) == (True, noticed)
    assert main(["run", str(project), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["notes"] == [noticed]


@pytest.mark.slow
def test_a_version_that_becomes_live_is_what_data_are_compared_with(project):
    (project / "deploy.yaml").write_text("statistics: {on_anomaly: stop}\n")
    write_day(project, 2, low=50)
    assert run(project, until="label").verdict.is_refused
    done, version = register_today(project)
    assert done.data.outcome == "warned"
    promote(project, str(version), why="for a test")
    again = run(project, until="label")
    assert (again.data.outcome, again.data.against, again.verdict) == ("passed", 2, None)
    assert {record.stage: record.status for record in again.stages} == {
        "check": "cached", "statistics": "cached", "label": "cached",
    }  # fmt: skip
