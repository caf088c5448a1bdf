"""Settings of encoders."""

import subprocess
import sys
from dataclasses import FrozenInstanceError, fields, is_dataclass

import pytest

from transom.model.settings import Bag, Transformer
from transom.registry import names, resolve

every_encoder = pytest.mark.parametrize("name", names("encoders"))


@every_encoder
def test_settings_have_a_default_for_everything(name):
    settings = resolve("encoders", name)()
    assert is_dataclass(settings)


@every_encoder
def test_settings_never_change(name):
    with pytest.raises(FrozenInstanceError):
        resolve("encoders", name)().size = 3


@every_encoder
def test_every_number_has_limits(name):
    numbers = [field for field in fields(resolve("encoders", name)) if type(field.default) in (int, float)]
    assert all(field.metadata for field in numbers)


def test_what_an_encoder_reads_is_no_setting():
    assert "reads" not in [field.name for field in fields(Bag)]


def test_the_size_of_a_transformer_is_shared_out_among_its_heads():
    with pytest.raises(ValueError, match=r"^size \(10\) must be a multiple of heads \(4\)\.$"):
        Transformer(size=10)


@pytest.mark.parametrize("module", ["settings", "graph", "compile", "stored"])
def test_compiling_a_graph_needs_no_torch(module):
    script = f"import transom.model.{module}, sys; print('torch' in sys.modules or 'polars' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "False"
