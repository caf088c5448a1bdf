"""The stage `extend`: labels with more votes, and what a person is told of them."""

import json

import numpy as np
import pytest

from transom.errors import ProjectError
from transom.pipeline.extending import extend_labels
from transom.pipeline.ingesting import ingest_project
from transom.pipeline.labeling import label
from transom.pipeline.lifecycle import run
from transom.pipeline.request import Request
from transom.pipeline.workspace import open_workspace

SCHEMA = """
payloads:
  text: {type: singleton, value: text}
  words: {type: sequence, value: token}
  point: {type: singleton, value: vector}
tasks:
  spam: {payload: text, type: multiclass, classes: [ham, junk]}
  pos: {payload: words, type: multiclass, classes: [noun, verb]}
gold: [truth]
"""
THINGS = ("ship sea sail mast crew", "tea cup milk leaf pot")


def write_project(folder, *, n=240, n_dev=80, dev_gold=True, has_votes=True):
    """Texts of two kinds of words, one of which is spam; three sources find a few of them."""
    random = np.random.default_rng(0)
    (folder / "data").mkdir(parents=True)
    (folder / "schema.yaml").write_text(SCHEMA)
    lines = []
    for number in range(n):
        is_spam = int(random.integers(0, 2))
        words = random.choice(THINGS[is_spam].split(), 4).tolist()
        point = (np.eye(2)[is_spam] + 0.2 * random.standard_normal(2)).tolist()
        names = ("ham", "junk")
        votes = {
            f"s{source}": names[is_spam if random.random() < 0.85 else 1 - is_spam]
            for source in range(3)
            if has_votes and random.random() < 0.3
        }
        is_dev = number < n_dev
        truth = {"truth": names[is_spam]} if dev_gold or not is_dev else {}
        lines.append(
            {
                "id": f"{number:03}",
                "payloads": {"text": " ".join(words), "words": words, "point": point},
                "tags": ["dev" if is_dev else "train"],
                "tasks": {"spam": votes | truth, "pos": {"s0": ["noun", None, None, "verb"]}},
            }
        )
    (folder / "data" / "a.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


def extended(folder, *settings):
    """The labels of all tasks, as they are and extended."""
    request = Request(open_workspace(folder, overrides=[f"extend.{setting}" for setting in settings]))
    examples = ingest_project(request)
    labels = label(request, examples)
    return labels, extend_labels(request, examples, labels)


def accuracy(predictions, gold):
    return (predictions.labels == gold.values).mean()


@pytest.mark.slow
@pytest.mark.parametrize("payload", ["text", "words", "point"])
def test_labels_are_better_where_similar_examples_are_alike(tmp_path, payload):
    (before, tokens), (after, same_tokens) = extended(write_project(tmp_path), f"payload={payload}")
    gold = before.gold
    assert accuracy(after.combined.label_model, gold) > accuracy(before.combined.label_model, gold) + 0.1
    assert after.combined.label_model.covered.mean() > 0.95
    assert after.combined.targets.weights.mean() > 0.95
    assert np.array_equal(after.combined.majority.labels, before.combined.majority.labels)
    assert (after.table, after.votes) == (before.table, before.votes)
    assert same_tokens is tokens


def test_a_threshold_of_ones_own_needs_no_gold(tmp_path):
    _, (one, _) = extended(write_project(tmp_path, dev_gold=False), "payload=point", "threshold=0.9")
    row = one.extension
    assert (row.threshold_alone, row.threshold_beside, row.dev_before) == (0.9, 0.9, None)
    assert row.n_added > 50


def test_dev_without_gold_is_refused_with_the_reason(tmp_path):
    with pytest.raises(ProjectError) as refused:
        extended(write_project(tmp_path, dev_gold=False), "payload=point")
    assert str(refused.value) == (
        "T110 extend: threshold 'auto' is chosen on dev gold, and 0 dev examples have gold of task 'spam'; it takes "
        "30. Give a threshold, such as 0.8, or more gold on dev."
    )


def test_a_threshold_that_nothing_exceeds_is_told(tmp_path):
    (before, _), (after, _) = extended(write_project(tmp_path), "payload=point", "threshold=1")
    assert [str(warning) for warning in after.combined.warnings if warning not in before.combined.warnings] == [
        "T113 task 'spam': no votes were added: no example is nearer to another than extend: threshold asks for. A "
        "lower one reaches more."
    ]
    assert np.array_equal(after.combined.label_model.probabilities, before.combined.label_model.probabilities)


def test_without_sources_there_is_nothing_to_extend(tmp_path):
    with pytest.raises(ProjectError) as refused:
        extended(write_project(tmp_path, has_votes=False), "payload=text")
    assert str(refused.value) == (
        "T112 extend: no source votes on a task of whole examples, so there is nothing to extend. Take extend out."
    )


@pytest.mark.slow
def test_a_run_says_what_extension_did(tmp_path):
    folder = write_project(tmp_path)
    done = run(folder, settings=["extend.payload=point"], until="extend")
    (row,) = done.as_dict()["extensions"]
    assert row["task"] == "spam"
    assert row["coverage_before"] < 0.7
    assert row["coverage_after"] > 0.95
    assert row["dev_after"] > row["dev_before"] + 0.1
    unasked = run(folder, until="extend")
    assert unasked.extensions == ()
    assert unasked.stages[-1].status == "skipped"
