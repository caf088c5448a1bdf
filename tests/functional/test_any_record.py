"""Whatever fits the schema is answered with probabilities and numbers, by a version and by its exported form alike."""

import json
import random

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from transom.errors import Location
from transom.export.artifact import open_artifact
from transom.export.layout import folder_of
from transom.pipeline.answers import predict
from transom.pipeline.lifecycle import run
from transom.serving.predictor import answers, open_predictor, problem_of
from transom.serving.proof import disagreements

pytestmark = pytest.mark.slow

SCHEMA = """
payloads:
  text: {type: singleton, value: text}
  kind: {type: singleton, value: category}
  place: {type: singleton, value: vector}
  person: {type: singleton, value: record, fields: {age: number, job: category, says: text}}
  tokens: {type: sequence, value: token, max_length: 3}
  levels: {type: sequence, value: number, max_length: 3}
  path: {type: sequence, value: vector, max_length: 3}
  things: {type: set, value: record, range: tokens, max_length: 3, fields: {name: text, size: number}}
tasks:
  mood: {payload: text, type: multiclass, classes: [bad, good]}
  price: {payload: person, type: regression}
  near: {payload: place, type: multiclass, classes: ["no", "yes"]}
  names: {payload: tokens, type: spans, classes: [person]}
  loud: {payload: levels, type: bitvector, classes: [peak]}
  slope: {payload: path, type: regression}
  which: {payload: things, type: select}
gold: [gold]
"""
NUMBERS = st.sampled_from([0, -0.0, 1e308, -1e308, 5e-324, 2**70, -3.5e38, 0.5]) | st.floats(-3, 3)
TEXTS = st.sampled_from(["", " ", "\0", "ann is good", "é" * 50, "a" * 2000, "the red " * 300]) | st.text(max_size=5)
VECTORS = st.lists(NUMBERS, min_size=2, max_size=2)
RANGES = st.sampled_from([None, None, [0, 1], [2, 4]])


def maybe(payloads):
    """Each there, missing or absent."""
    return st.fixed_dictionaries({}, optional={name: st.none() | values for name, values in payloads.items()})


PERSONS = maybe({"age": NUMBERS, "job": TEXTS, "says": TEXTS})
MEMBERS = st.fixed_dictionaries(
    {"id": TEXTS.filter(bool), "range": RANGES, "fields": st.none() | maybe({"name": TEXTS, "size": NUMBERS})}
)
PAYLOADS = maybe(
    {
        "text": TEXTS,
        "kind": TEXTS,
        "place": VECTORS,
        "person": PERSONS,
        "tokens": st.lists(TEXTS, max_size=9),
        "levels": st.lists(NUMBERS, max_size=9),
        "path": st.lists(VECTORS, max_size=9),
        "things": st.lists(MEMBERS, max_size=9, unique_by=lambda member: member["id"]),
    }
)


def example(number, draw):
    """Payloads of all kinds with their gold, one number in twenty far off."""

    def level():
        return draw.choice([1e308, -1e300, 2**70]) if draw.random() < 0.05 else draw.gauss(0, 1)

    tokens = draw.choices(["ann", "is", "good", "bad"], k=draw.randint(1, 5))
    place, path = [level(), level()], [[level(), level()] for _ in range(draw.randint(0, 4))]
    levels, age = [level() for _ in range(draw.randint(0, 4))], level()
    things = [{"id": f"t{n}", "range": [0, 1], "fields": {"name": "it", "size": level()}} for n in range(2)]
    labels = {
        "mood": "good" if "good" in tokens else "bad",
        "price": 3.0 if age > 0 else 1.0,
        "near": "yes" if place[0] > 0 else "no",
        "names": [[n, n + 1, "person"] for n, token in enumerate(tokens) if token == "ann"],
        "loud": [["peak"] if each > 0 else [] for each in levels],
        "slope": [float(second > 0) for _, second in path],
        "which": max(things, key=lambda thing: thing["fields"]["size"])["id"],
    }
    payloads = {
        "text": " ".join(tokens),
        "kind": draw.choice(["new", "old"]),
        "place": place,
        "person": {"age": age, "job": "cook", "says": "no"},
        "tokens": tokens,
        "levels": levels,
        "path": path,
        "things": things,
    }
    return {
        "id": f"e{number}",
        "payloads": payloads,
        "tasks": {task: {"gold": label} for task, label in labels.items()},
    }


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("any")
    (folder / "schema.yaml").write_text(SCHEMA)
    (folder / "model.yaml").write_text("training: {epochs: 2}\n")
    (folder / "data").mkdir()
    draw = random.Random(0)
    lines = "".join(json.dumps(example(number, draw)) + "\n" for number in range(120))
    (folder / "data" / "all.jsonl").write_text(lines)
    run(folder)
    return folder


def test_whatever_fits_the_schema_is_answered_by_a_version_and_by_its_exported_form_alike(project):
    predictor = open_predictor(open_artifact(folder_of(project / ".transom", 1)))
    asked, served = [], []

    @settings(
        max_examples=300,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(payloads=PAYLOADS)
    def ask(payloads):
        record = {"id": str(len(asked)), "payloads": payloads}
        assume(problem_of(predictor, record, Location("records", 1)) is None)
        (reply,) = answers(predictor, [record])
        json.dumps(reply, allow_nan=False)
        asked.append(record)
        served.append(reply)

    ask()
    assert len(asked) > 200
    assert list(disagreements(predict(project, asked), served)) == []
