"""Folders of pretrained encoders in a project."""

from transom.model.settings import Bag, PayloadSettings, Pretrained
from transom.pipeline.model_folders import with_model_folders
from transom.pipeline.settings import ModelSettings
from transom.pipeline.workspace import open_workspace


def model_of(settings, payload="query"):
    return settings.payloads[payload].encoder.model


def test_a_folder_is_meant_as_seen_from_the_project(tmp_path):
    (tmp_path / "bert").mkdir()
    chosen = {"query": PayloadSettings(Pretrained(model="bert"), "mean")}
    found = with_model_folders(ModelSettings(payloads=chosen, variants={"large": chosen}), tmp_path)
    assert model_of(found) == str(tmp_path / "bert")
    assert found.variants["large"] == found.payloads
    assert found.payloads["query"].aggregate == "mean"


def test_a_name_on_the_hub_stays_a_name(tmp_path):
    chosen = {"query": PayloadSettings(Pretrained(model="some/model")), "tokens": PayloadSettings(Bag())}
    settings = ModelSettings(payloads=chosen)
    assert with_model_folders(settings, tmp_path) == settings


def test_a_project_is_opened_with_its_folders(tmp_path):
    (tmp_path / "bert").mkdir()
    (tmp_path / "schema.yaml").write_text(
        "payloads: {query: {type: singleton, value: text}}\n"
        "tasks: {intent: {payload: query, type: multiclass, classes: [a, b]}}\n"
    )
    (tmp_path / "model.yaml").write_text("payloads: {query: {encoder: pretrained, model: bert}}\n")
    assert model_of(open_workspace(tmp_path).model) == str(tmp_path / "bert")
