"""Runs whose network learns from what sources say of dev, too."""

import json
import random

import pytest

from transom.pipeline.lifecycle import run

SCHEMA = """
payloads:
  query: {type: singleton, value: text}
tasks:
  place: {payload: query, type: multiclass, classes: [sea, land]}
gold: [crowd]
"""
WORDS = {"sea": ["ship", "wave", "sail", "port"], "land": ["car", "road", "hill", "barn"]}


def example(number, split, draw):
    place = draw.choice(list(WORDS))
    votes = {source: place if draw.random() < 0.8 else draw.choice(list(WORDS)) for source in ("one", "two", "three")}
    return {
        "id": f"e{number}",
        "payloads": {"query": " ".join(draw.choices(WORDS[place] + WORDS["sea"][:2], k=3))},
        "tasks": {"place": {"crowd": place, **votes}},
        "tags": [split],
    }


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Half as many examples in dev as in train."""
    draw, folder = random.Random(0), tmp_path_factory.mktemp("project")
    (folder / "data").mkdir()
    (folder / "schema.yaml").write_text(SCHEMA)
    splits = ["train"] * 60 + ["dev"] * 30 + ["test"] * 60
    records = [example(number, split, draw) for number, split in enumerate(splits)]
    (folder / "data" / "all.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    return folder


def said(project, store, *settings):
    """How well calibrated the report finds the model, by split; and how many rounds of training there were."""
    rounds = []
    found = run(
        project,
        store=store,
        settings=["training.epochs=3", *settings],
        until="evaluate",
        progress=lambda message, _: rounds.append(message) if "epoch 1:" in message else None,
    )
    rows = [row for row in found.report.rows if row.stage == "model" and row.metric == "ece" and row.tag == "*"]
    return {row.split: row.value for row in rows}, len(rounds)


@pytest.mark.slow
def test_the_report_says_of_dev_what_the_network_said_before_it_learned_from_dev(project, tmp_path):
    without, n_rounds = said(project, tmp_path / "without", "training.refit=false")
    found, n_more = said(project, tmp_path / "with")
    assert n_more == n_rounds + 1
    assert found["dev"] == without["dev"]
    assert found["test"] != without["test"]


@pytest.mark.slow
@pytest.mark.parametrize("refit", ["auto", "true"])
def test_beside_gold_of_train_what_sources_say_of_dev_is_not_learned(project, tmp_path, refit):
    assert said(project, tmp_path, "use_gold=true", f"training.refit={refit}")[1] == 1
