"""`tune` judges on dev what the project could be, and keeps it."""

import json
import os
import random
import subprocess
import sys

import pytest
import yaml

from transom.errors import TrainingError, UsageError
from transom.pipeline.tuning import tune
from transom.pipeline.workspace import open_workspace

SCHEMA = """
payloads:
  text: {type: singleton, value: text}
  price: {type: singleton, value: number}
tasks:
  spam: {type: multiclass, payload: text, classes: [ham, spam]}
  score: {type: regression, payload: text}
gold: [crowd]
"""
MODEL = """
use_gold: true
payloads: {text: {encoder: bag, wide: false}}  # a linear model would know the word whatever is searched
training: {epochs: 2}  # enough here
search: {choices: {text.size: [8, 16], training.learning_rate: {low: 0.00001, high: 0.1, log: true}}}
"""


@pytest.fixture
def project(tmp_path):
    """Texts that hold the word which decides; `score` has gold on train alone."""
    draw = random.Random(0)
    (tmp_path / "data").mkdir()
    (tmp_path / "schema.yaml").write_text(SCHEMA)
    (tmp_path / "model.yaml").write_text(MODEL)
    with (tmp_path / "data" / "all.jsonl").open("w") as lines:
        for number in range(80):
            word, split = draw.choice(["free", "love"]), "dev" if number % 4 == 0 else "train"
            text = " ".join([word, *draw.choices(["a", "song", "to", "check"], k=3)])
            tasks = {"spam": {"crowd": "spam" if word == "free" else "ham"}}
            tasks |= {"score": {"crowd": 1.5}} if split == "train" else {}
            record = {"id": str(number), "payloads": {"text": text, "price": number}, "tasks": tasks, "tags": [split]}
            lines.write(json.dumps(record) + "\n")
    return tmp_path


@pytest.mark.slow
def test_trials_are_judged_by_the_metric_on_dev(project):
    tuned = tune(project, n_trials=3)

    assert tuned.metric == "spam.accuracy"
    assert [trial.number for trial in tuned.found.trials] == [0, 1, 2]
    assert all(set(trial.choices) == {"text.size", "training.learning_rate"} for trial in tuned.found.trials)
    assert all(trial.value is None or 0 <= trial.value <= 1 for trial in tuned.found.trials)


@pytest.mark.slow
def test_what_came_of_a_search_is_kept_beside_its_journal(project):
    tuned = tune(project, n_trials=2)
    (kept,) = (project / ".transom" / "tuning").glob("*.json")

    assert json.loads(kept.read_text()) == json.loads(json.dumps(tuned.as_dict()))
    assert {"trace", "importances", "trials", "best", "now"} <= set(json.loads(kept.read_text()))


def test_a_budget_that_is_no_duration_is_refused_before_anything_is_read(tmp_path):
    with pytest.raises(UsageError, match="T007 'x' is no duration above 0"):
        tune(tmp_path, budget="x")


@pytest.mark.slow
def test_the_same_question_asked_again_trains_nothing(project):
    first = tune(project, n_trials=2)
    again = tune(project, n_trials=2)

    assert again.found == first.found


@pytest.mark.slow
def test_another_process_goes_on_with_the_same_search(project):
    """Names of searches may not go by the order in which a process keeps sets."""
    choices = {"text.encoder": ["bag", "convolution", "lstm", "gru"], "text.layers": [1, 2]}
    (project / "model.yaml").write_text(yaml.safe_dump(yaml.safe_load(MODEL) | {"search": {"choices": choices}}))
    script = "import sys; from transom.pipeline.tuning import tune; tune(sys.argv[1], n_trials=1)"
    for seed in ("0", "1", "2"):
        named = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", script, project], env=named, check=True, capture_output=True)

    assert len(list((project / ".transom" / "tuning").glob("*.json"))) == 1


@pytest.mark.slow
def test_other_members_of_a_slice_are_another_question(project):
    """Who is a member is a function's to say, whose text no other setting holds."""
    slices = {"slices": {"odd": {"python": "mine:odd"}}}
    (project / "schema.yaml").write_text(yaml.safe_dump(yaml.safe_load(SCHEMA) | slices))
    function = "def odd(x):\n    return x.price % 2 == {}\n"
    for wanted in (0, 1):
        (project / "mine.py").write_text(function.format(wanted))
        script = "import sys; from transom.pipeline.tuning import tune; tune(sys.argv[1], n_trials=1)"
        subprocess.run([sys.executable, "-c", script, project], check=True, capture_output=True)

    assert len(list((project / ".transom" / "tuning").glob("*.json"))) == 2


@pytest.mark.slow
def test_trials_learn_from_the_labels_that_training_would_learn_from(project):
    """`lf` votes on a third of train; where votes are extended to alike texts, the network has others to learn from."""
    lines = [json.loads(line) for line in (project / "data" / "all.jsonl").read_text().splitlines()]
    for number, record in enumerate(lines):
        record["tasks"].pop("score", None)
        if "train" in record["tags"]:
            said = record["tasks"].pop("spam")["crowd"]
            record["tasks"] |= {"spam": {"lf": said}} if number % 3 == 0 else {}
    (project / "data" / "all.jsonl").write_text("".join(json.dumps(record) + "\n" for record in lines))
    (project / "model.yaml").write_text(MODEL.replace("use_gold: true", "use_gold: false"))

    as_voted = tune(project, n_trials=1)
    extended = tune(project, n_trials=1, settings=('extend={"payload": "text", "threshold": 0.4}',))

    assert extended.found.trials[0].choices == as_voted.found.trials[0].choices
    assert (extended.now, extended.found.trials) != (as_voted.now, as_voted.found.trials)


@pytest.mark.slow
@pytest.mark.parametrize(
    "change",
    ["training: {epochs: 1}", "payloads: {price: {encoder: dense, bins: 4}}", "search: {choices: {text.size: [8]}}"],
)
def test_another_question_begins_anew(project, change):
    tune(project, n_trials=2)
    (project / "model.yaml").write_text(yaml.safe_dump(yaml.safe_load(MODEL) | yaml.safe_load(change)))

    assert len(tune(project, n_trials=1).found.trials) == 1


@pytest.mark.slow
def test_what_is_best_is_said_as_keys_that_make_it(project):
    tuned = tune(project, n_trials=4, settings=("training.learning_rate=1e-9",))

    assert tuned.found.best is not None
    assert tuned.found.best.value > tuned.now
    best = open_workspace(project, overrides=tuned.settings).model
    assert best.training.learning_rate == tuned.found.best.choices["training.learning_rate"]
    assert best.payloads["text"].encoder.size == tuned.found.best.choices["text.size"]


@pytest.mark.slow
def test_where_nothing_is_better_nothing_is_to_be_set(project):
    (project / "model.yaml").write_text(MODEL.replace("epochs: 2", "epochs: 40"))

    tuned = tune(project, n_trials=1)

    assert tuned.now == 1.0
    assert tuned.keys == {}
    assert tuned.settings == ()


@pytest.mark.slow
def test_several_processes_share_the_budget(project):
    tuned = tune(project, n_trials=4, n_jobs=2)

    assert len(tuned.found.trials) == 4
    assert len({tuple(trial.choices.values()) for trial in tuned.found.trials}) == len(tuned.found.trials)


KILLED = """
import os, sys
from transom.pipeline.tuning import tune

def dies(words, _share):
    if words.startswith("trial"):
        os.kill(os.getpid(), 9)

if __name__ == "__main__":
    tune(sys.argv[1], n_trials=10_000, n_jobs=2, progress=dies)
"""


@pytest.mark.slow
def test_a_killed_search_leaves_nobody_at_work_and_goes_on_to_the_number_asked_for(project):
    script = project / "killed.py"
    script.write_text(KILLED)
    killed = subprocess.run(  # waits until no process is left that could write
        [sys.executable, script, project], capture_output=True, timeout=120, check=False
    )
    assert killed.returncode == -9

    tuned = tune(project, n_trials=6, n_jobs=2)

    assert len(tuned.found.trials) == 6


def test_a_task_without_gold_on_dev_cannot_be_searched_for(project):
    with pytest.raises(UsageError) as raised:
        tune(project, settings=("search.metric=score.mae",))

    assert str(raised.value.problem) == (
        "T181 Trials are compared on the task of 'score.mae' that has labels on train and gold on dev. "
        "These have both: spam."
    )


def test_a_task_without_labels_on_train_cannot_be_searched_for(project):
    lines = [json.loads(line) for line in (project / "data" / "all.jsonl").read_text().splitlines()]
    for record in lines:
        record["tasks"] |= {"score": {"crowd": 1.5}} if record["tasks"].pop("score", None) is None else {}
    (project / "data" / "all.jsonl").write_text("".join(json.dumps(record) + "\n" for record in lines))

    with pytest.raises(UsageError, match="T181 Trials are compared on the task of 'score"):
        tune(project, settings=("search.metric=score.mae",))


def test_a_metric_that_dev_has_too_little_gold_for_is_said_after_the_first_training(project):
    lines = [json.loads(line) for line in (project / "data" / "all.jsonl").read_text().splitlines()]
    for record in lines:
        if "dev" in record["tags"]:
            record["tasks"] = {"spam": {"crowd": "spam"}}
    (project / "data" / "all.jsonl").write_text("".join(json.dumps(record) + "\n" for record in lines))

    with pytest.raises(TrainingError) as raised:
        tune(project, settings=("search.metric=spam.roc_auc",))

    assert str(raised.value.problem) == (
        "T181 'spam.roc_auc' cannot be measured on dev: it takes more gold, or more answers."
    )


def test_a_search_keeps_no_trunk(project):
    with pytest.raises(UsageError) as raised:
        tune(project, settings=("training.start=1", "training.trunk=frozen"))

    assert str(raised.value.problem) == (
        "T129 A search trains every model from the beginning, and trunk: frozen keeps what a version has. Search with "
        "training.trunk=trained."
    )
