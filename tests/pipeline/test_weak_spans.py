"""Names of several words, found by weak sources alone: planted, so that the truth is known."""

import json

import numpy as np
import pytest

from transom.pipeline.lifecycle import run

SCHEMA = """
payloads:
  tokens: {type: sequence, value: token, max_length: 40}
tasks:
  names: {payload: tokens, type: spans, classes: [person, place]}
gold: [truth]
"""
CLASSES = ("person", "place")
LEADS = {"person": "mr", "place": "in"}


def sentence(draw):
    """Words in lower case, and among them names of one or two words, most after the word that leads in their class."""
    words, names = [], []
    for _ in range(draw.integers(2, 5)):
        words += [f"word{number}" for number in draw.integers(0, 150, draw.integers(2, 6))]
        if draw.random() < 0.7:
            kind = CLASSES[draw.integers(2)]
            words += [LEADS[kind]] if draw.random() < 0.6 else []
            first = len(words)
            words += [f"{kind.capitalize()}{number}" for number in draw.integers(0, 300, draw.integers(1, 3))]
            names.append([first, len(words), kind])
    return words, names


def votes(draw, words, names):
    """A list of half the names, the leading words, a source that often confuses the classes, and one that is wrong."""
    return {
        "listed": [name for name in names if all(word[-1] in "02468" for word in words[name[0] : name[1]])],
        "led": [name for name in names if words[name[0] - 1] == LEADS[name[2]] and draw.random() < 0.75],
        "guessed": [[*name[:2], name[2] if draw.random() < 0.65 else other(name[2])] for name in names],
        "wrong": [[place, place + 1, CLASSES[draw.integers(2)]] for place, word in enumerate(words) if word == "word3"],
    }


def other(kind):
    return CLASSES[1 - CLASSES.index(kind)]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_without_gold_a_model_finds_the_names_that_its_sources_are_in_doubt_about(tmp_path, seed):
    draw, lines = np.random.default_rng(seed), []
    for number in range(500):
        words, names = sentence(draw)
        split = "test" if number % 3 == 0 else "train"
        gold = {"truth": names} if split == "test" else {}
        found = {name: spans for name, spans in votes(draw, words, names).items() if spans}
        example = {"id": f"e{number}", "payloads": {"tokens": words}, "tasks": {"names": found | gold}, "tags": [split]}
        lines.append(json.dumps(example))
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "all.jsonl").write_text("\n".join(lines))
    (tmp_path / "schema.yaml").write_text(SCHEMA)

    report = run(tmp_path, until="evaluate").report
    f1 = {row.stage: row.value for row in report.rows if (row.metric, row.split, row.tag) == ("entity_f1", "test", "*")}

    assert f1["majority"] < 0.8
    assert f1["model"] > 0.93
