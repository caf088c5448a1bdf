"""The stage `train`, in whole runs of a small project."""

import json
import random
from shutil import copytree

import pytest

from transom.errors import ArtifactError, TrainingError
from transom.export.store import open_version
from transom.export.variants import variants_of
from transom.model.plan import parameters_of
from transom.pipeline.answers import predict
from transom.pipeline.lifecycle import run
from transom.pipeline.stored_models import stored_model
from transom.serving.predictor import answers as served
from transom.serving.predictor import open_predictor
from transom.serving.proof import disagreements

SCHEMA = """
payloads:
  tokens: {type: sequence, value: token, max_length: 8}
  query: {type: singleton, value: text, base: [tokens]}
tasks:
  place: {payload: query, type: multiclass, classes: [sea, land]}
  topics: {payload: query, type: bitvector, classes: [boat, wheels]}
gold: [crowd]
"""
ANOTHER = "  kinds: {payload: tokens, type: multiclass, classes: [thing, other]}\n"
MODEL = """
use_gold: true
training: {epochs: 2, compare_alone: true}
payloads: {tokens: {encoder: convolution, size: 8}}
variants: {small: {tokens: {encoder: bag, size: 4}}, large: {tokens: {size: 16}}}
decisions: {place: {abstain_below: 0.999}}
"""
WORDS = {"sea": ["ship", "wave", "sail"], "land": ["car", "road", "hill"]}


def example(number, draw):
    place = draw.choice(list(WORDS))
    words = draw.choices(WORDS[place], k=draw.randint(1, 5))
    topics = [name for name, word in (("boat", "ship"), ("wheels", "car")) if word in words]
    kinds = ["thing" if word in ("ship", "car") else "other" for word in words]
    tasks = {"place": place, "topics": topics, "kinds": kinds}
    split = "dev" if number % 4 == 0 else "test" if number % 4 == 1 else "train"
    payloads = {"tokens": words, "query": " ".join(words)}
    return {
        "id": f"e{number}",
        "payloads": payloads,
        "tasks": {name: {"crowd": gold} for name, gold in tasks.items()},
        "tags": [split],
    }


def project_in(folder, *, schema=SCHEMA, n_examples=120):
    """A project of such examples; labels of tasks that the schema has not are left out."""
    draw = random.Random(0)
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "schema.yaml").write_text(schema)
    (folder / "model.yaml").write_text(MODEL)
    records = [example(number, draw) for number in range(n_examples)]
    for record in records:
        record["tasks"] = {name: labels for name, labels in record["tasks"].items() if f"  {name}:" in schema}
    (folder / "data" / "all.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    return folder


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """A project of which one version is registered, and the run that made it."""
    folder = project_in(tmp_path_factory.mktemp("first"))
    return folder, run(folder)


def value(found, stage, task, metric):
    rows = [row for row in found.report.rows if (row.stage, row.task, row.split, row.tag) == (stage, task, "test", "*")]
    return next(row.value for row in rows if row.metric == metric)


def answers(folder, version, task, **options):
    texts = ("ship wave", "car", "hill sail road", "new")
    records = [{"payloads": {"tokens": text.split(), "query": text}} for text in texts]
    return [reply["predictions"][task] for reply in predict(folder, records, version=version, **options)]


@pytest.mark.slow
def test_variants_are_trained_reported_and_released_together(first):
    folder, found = first
    assert {"model", "variant:small", "variant:large"} <= {row.stage for row in found.report.rows}
    artifact = open_version(folder / ".transom", "1")
    assert variants_of(artifact) == ("large", "small")
    networks = [stored_model(artifact, name).model.network for name in ("small", None, "large")]
    sizes = [sum(parameters_of(network).values()) for network in networks]
    assert sizes == sorted(sizes)
    assert answers(folder, "1", "place", variant="small") != answers(folder, "1", "place")


@pytest.mark.slow
def test_each_variant_answers_the_same_where_it_is_served(first):
    artifact = open_version(first[0] / ".transom", "1")
    records = [{"payloads": {"tokens": text.split(), "query": text}} for text in ("ship wave", "car", "new")]
    for name in ("small", None, "large"):
        expected = predict(first[0], records, version="1", variant=name)
        assert list(disagreements(expected, served(open_predictor(artifact, name), records))) == []


@pytest.mark.slow
def test_a_variant_that_is_not_there_is_not_guessed(first):
    with pytest.raises(ArtifactError) as caught:
        answers(first[0], "1", "place", variant="smal")
    assert str(caught.value).endswith(
        "T131 this version has no variant 'smal'. Variants: large, small. Did you mean small?"
    )


@pytest.mark.slow
def test_each_task_alone_is_reported_beside_all_together_on_request(first):
    for task, metric in (("place", "accuracy"), ("topics", "micro_f1")):
        assert 0 <= value(first[1], "baseline:alone", task, metric) <= 1


@pytest.mark.slow
def test_an_answer_that_is_not_sure_is_left_open_in_report_and_reply(first):
    folder, found = first
    assert value(found, "model", "place", "coverage") < 1
    unsure = answers(folder, "1", "place")[3]
    assert (unsure["label"], unsure["abstained"]) == (None, True)
    assert sum(unsure["probabilities"].values()) == pytest.approx(1)


@pytest.mark.slow
def test_nothing_is_left_of_checkpoints(first):
    assert {path.parent.name for path in (first[0] / ".transom").rglob("*.safetensors")} == {"1"}


@pytest.mark.slow
def test_what_a_teacher_leaves_open_its_student_learns_all_the_same(tmp_path):
    """20 of 70 train examples have no label of their own, so that a student learns them from the teacher alone."""
    folder = project_in(tmp_path)
    data = folder / "data" / "all.jsonl"
    records = [json.loads(line) for line in data.read_text().splitlines()]
    for record in records[::6]:
        record["tags"] = ["train"]
        del record["tasks"]["place"]
    data.write_text("".join(json.dumps(record) + "\n" for record in records))
    settings = ["training.compare_alone=false"]
    unsure, sure = (
        str(run(folder, settings=[*settings, f"decisions.place.abstain_below={least}"]).version)
        for least in (0.999, 0.0)
    )
    one, other = (answers(folder, version, "place", variant="small") for version in (unsure, sure))
    assert [each["probabilities"] for each in one] == [each["probabilities"] for each in other]


@pytest.mark.slow
def test_a_student_learns_what_its_teacher_says(first):
    """Gold is the same, and only the teacher differs: so does the student, and not the teacher."""
    folder, _ = first
    number = str(run(folder, settings=["training.distill_from=none"]).version)
    alone, taught = (answers(folder, version, "place", variant="small") for version in (number, "1"))
    assert alone != taught
    assert answers(folder, number, "place", variant="large") == answers(folder, "1", "place", variant="large")


@pytest.mark.slow
def test_a_task_that_is_added_does_not_move_the_others(first, tmp_path):
    folder = copytree(first[0], tmp_path / "copy")
    before = {task: answers(folder, "1", task) for task in ("place", "topics")}
    project_in(folder, schema=SCHEMA.replace("gold:", f"{ANOTHER}gold:"))
    pace = ["training.epochs=20", "training.batch_size=8", "training.learning_rate=0.05"]
    found = run(folder, settings=["training.start=1", "training.trunk=frozen", *pace])
    assert {task: answers(folder, str(found.version), task) for task in ("place", "topics")} == before
    learned, guessed = (value(found, stage, "kinds", "accuracy") for stage in ("model", "baseline:majority_class"))
    assert learned > guessed
    assert value(found, "baseline:alone", "kinds", "accuracy") > guessed


@pytest.mark.slow
def test_a_frozen_trunk_has_no_variant_that_the_version_lacks(first, tmp_path):
    folder = copytree(first[0], tmp_path / "copy")
    project_in(folder, schema=SCHEMA.replace("gold:", f"{ANOTHER}gold:"))
    settings = ["training.start=1", "training.trunk=frozen", "variants.tiny={tokens: {size: 2}}"]
    with pytest.raises(TrainingError) as caught:
        run(folder, settings=settings)
    assert str(caught.value) == (
        "T129 trunk: frozen keeps what version 1 has, and it has no variant 'tiny'. Leave the variant out, or set "
        "training.trunk to trained."
    )


@pytest.mark.slow
def test_training_may_begin_with_a_version_and_move_it(first):
    folder, _ = first
    found = run(folder, settings=["training.start=1", "training.epochs=1"])
    assert answers(folder, str(found.version), "place") != answers(folder, "1", "place")


@pytest.mark.slow
def test_a_loss_that_is_no_number_names_its_batch(tmp_path):
    with pytest.raises(TrainingError) as caught:
        run(project_in(tmp_path), settings=["training.learning_rate=1.0e+38"])
    batch = json.loads((tmp_path / ".transom" / "diverged_batch.json").read_text())
    assert batch
    assert set(batch) <= {f"e{number}" for number in range(120)}
    shown = ", ".join(repr(name) for name in batch[:3])
    assert f"The batch is in {tmp_path / '.transom' / 'diverged_batch.json'}: {shown} and " in str(caught.value)
