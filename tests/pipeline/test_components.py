from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transom.model.settings import Bag, PayloadSettings, Pretrained
from transom.pipeline.components import Known, components, key_of, settings_of
from transom.pipeline.fingerprint import Fingerprints
from transom.pipeline.label_model_settings import ChosenLabelModel
from transom.pipeline.model_folders import with_model_folders
from transom.pipeline.request import Request
from transom.pipeline.settings import ModelSettings
from transom.pipeline.source_memo import Sources
from transom.pipeline.stage import Stage
from transom.pipeline.views import NOTHING, files_of_rules, files_of_training, seen_by_label, seen_by_train
from transom.schema.payloads import Singleton
from transom.schema.schema import Schema
from transom.schema.slices import Slice
from transom.schema.tasks import Bitvector, Multiclass
from transom.supervision.label_models.em import Em
from transom.supervision.rule_kinds import PythonRule, RegexRule, TableRule
from transom.training.config import TrainingConfig

LABEL = Stage("label", "transom.pipeline.labeling:label", (), seen_by_label, files_of_rules)


def request_with(**workspace):
    return Request(replace(NOTHING, **workspace))


def of(request, stage=LABEL, inputs=None):
    return components(stage, stage.sees(request), inputs or {}, Known(Fingerprints(), Sources()))


def test_a_workspace_that_says_nothing_has_no_settings():
    assert settings_of(request_with()) == {}


def test_settings_stand_under_the_path_of_their_file():
    request = request_with(
        model=ModelSettings(training=TrainingConfig(seed=3), payloads={"query": PayloadSettings(Bag(size=64))}),
        schema=Schema(payloads=(Singleton("query", "text"),)),
    )
    found = settings_of(request)
    assert found["model.training.seed"] == "3"
    assert found["model.payloads.query.encoder"] == "Bag"
    assert found["model.payloads.query.encoder.size"] == "64"
    assert found["schema.payloads.query.value"] == '"text"'
    assert not [path for path in found if path.startswith("model.training.") and path != "model.training.seed"]


names = st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=4, unique=True)


@settings(max_examples=30)
@given(names=names, draw=st.randoms())
def test_the_order_of_what_is_declared_does_not_show(names, draw):
    shuffled = draw.sample(names, len(names))
    first, second = (
        request_with(
            schema=Schema(tasks=tuple(Multiclass(name, ("a", "b")) for name in order)),
            sources=tuple(RegexRule(name, "t", name, "text", "a") for name in order),
        )
        for order in (names, shuffled)
    )
    assert settings_of(first) == settings_of(second)


def test_the_order_of_classes_shows_as_probabilities_have_it():
    one, other = (
        request_with(schema=Schema(tasks=(Multiclass("t", classes),))) for classes in (("a", "b"), ("b", "a"))
    )
    assert settings_of(one) != settings_of(other)


def test_two_kinds_with_the_same_fields_differ():
    one, other = (request_with(schema=Schema(tasks=(kind("t", ("a", "b")),))) for kind in (Multiclass, Bitvector))
    assert settings_of(one) != settings_of(other)


def test_a_long_value_is_cut_and_still_tells_every_difference():
    keywords = "x" * 500
    one, other = (
        settings_of(request_with(sources=(RegexRule("r", "t", keywords + end, "text", "a"),))) for end in "ab"
    )
    assert one["sources.r.regex"] != other["sources.r.regex"]
    assert len(one["sources.r.regex"]) < 200


def test_the_code_of_a_chosen_label_model_is_part_of_the_key():
    request = request_with(model=ModelSettings(label_models={"t": ChosenLabelModel("em", Em())}))
    chosen = of(request, replace(LABEL, function="transom.pipeline.progress:no_progress"))
    plain = of(request_with(), replace(LABEL, function="transom.pipeline.progress:no_progress"))
    assert chosen["code:transom"] != plain["code:transom"]


@pytest.fixture
def project(tmp_path):
    (tmp_path / "rules.py").write_text("from words import LOUD\n\ndef lf(x):\n    return open('list.txt')\n")
    (tmp_path / "words.py").write_text("LOUD = 1\n")
    (tmp_path / "list.txt").write_text("a\n")
    (tmp_path / "facts.csv").write_text("a,b\n")
    rules = (PythonRule("p", "t", "rules:lf"), TableRule("f", "t", "facts.csv", {"text": "a"}, "x"))
    return request_with(folder=tmp_path, sources=rules)


def test_modules_functions_tables_and_files_that_modules_name_are_parts_of_the_key(project):
    found = of(project)
    assert {name for name in found if name.startswith(("module:", "data:"))} == {
        "module:rules", "module:rules:lf", "module:words", "data:list.txt", "data:facts.csv",
    }  # fmt: skip
    assert found["library:python"].count(".") == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "old", "new", "changed"),
    [
        ("words.py", "1", "2", {"module:words"}),
        ("rules.py", "return", "return 1 and", {"module:rules:lf"}),
        ("list.txt", "a", "b", {"data:list.txt"}),
        ("facts.csv", "a", "c", {"data:facts.csv"}),
        ("words.py", "1", "1  # loud", set()),
    ],
)
def test_one_change_changes_one_component(project, file, old, new, changed):
    before = of(project)
    path = project.workspace.folder / file
    path.write_text(path.read_text().replace(old, new, 1))
    after = of(project)
    assert {name for name in before if before[name] != after[name]} == changed
    assert (key_of(before) == key_of(after)) == (not changed)


def test_the_folder_and_the_store_are_no_parts_of_the_key(project, tmp_path):
    elsewhere = replace(project, workspace=replace(project.workspace, store=tmp_path / "elsewhere"))
    assert of(project) == of(elsewhere)


def test_slices_are_no_part_of_the_key_of_labels(project):
    with_slice = replace(
        project, workspace=replace(project.workspace, schema=Schema(slices=(Slice("short", python="cuts:short"),)))
    )
    assert of(project) == of(with_slice)


@pytest.mark.slow
def test_the_digest_of_an_input_is_part_of_the_key(project):
    assert of(project, inputs={"check": "a"})["input:check"] == "a"
    assert key_of(of(project, inputs={"check": "a"})) != key_of(of(project, inputs={"check": "b"}))


def test_a_folder_in_the_project_may_be_called_what_the_project_is(tmp_path, monkeypatch):
    train = Stage("train", "transom.pipeline.progress:no_progress", (), seen_by_train, files_of_training)
    monkeypatch.chdir(tmp_path)
    for folder in (Path("bert"), tmp_path / "bert"):
        (folder / "bert").mkdir(parents=True, exist_ok=True)
        (folder / "bert" / "config.json").write_text("{}")
        payloads = {"query": PayloadSettings(Pretrained(model="bert"))}
        model = with_model_folders(ModelSettings(payloads=payloads), folder)
        found = of(request_with(folder=folder, model=model), train)
        assert {name for name in found if name.startswith("data:")} == {"data:bert/config.json"}


def test_a_pretrained_model_in_the_project_is_known_by_what_it_holds_wherever_the_project_stands(tmp_path, monkeypatch):
    train = Stage("train", "transom.pipeline.progress:no_progress", (), seen_by_train, files_of_training)
    monkeypatch.chdir(tmp_path)
    found = []
    for folder in (tmp_path / "here", tmp_path / "there" / "moved", Path("relative")):
        (folder / "bert").mkdir(parents=True)
        (folder / "bert" / "config.json").write_text("{}")
        payloads = {"query": PayloadSettings(Pretrained(model="bert"))}
        model = with_model_folders(ModelSettings(payloads=payloads, variants={"large": payloads}), folder)
        found.append(of(request_with(folder=folder, model=model), train))
    assert found[0] == found[1] == found[2]
    assert {name for name in found[0] if name.startswith("data:")} == {"data:bert/config.json"}
    assert found[0]["setting:model.payloads.query.encoder.model"] == '"bert"'
    (folder / "bert" / "config.json").write_text('{"layers": 2}')
    assert of(request_with(folder=folder, model=model), train) != found[2]
