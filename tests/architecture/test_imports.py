"""What must not be loaded, is not."""

import subprocess
import sys

import pytest

import transom

HEAVY = {"torch", "numpy", "polars", "sklearn", "scipy", "numba"}


def modules_after(code):
    script = f"{code}\nimport sys\nprint('\\n'.join(sys.modules))"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(result.stdout.splitlines())


def test_importing_transom_loads_nothing_heavy():
    assert modules_after("import transom") & HEAVY == set()


def test_the_help_text_loads_nothing_heavy():
    assert modules_after("from transom.cli.main import main\nmain(['--help'])") & HEAVY == set()


@pytest.mark.parametrize("module", ["pipeline.check", "pipeline.labeling", "pipeline.lifecycle", "export.store"])
def test_checking_and_labelling_never_load_torch(module):
    assert modules_after(f"import transom.{module}") & {"torch", "sklearn"} == set()


def test_a_server_loads_nothing_that_only_training_or_a_terminal_needs():
    loaded = modules_after("import transom.serving.server")
    assert loaded & {"torch", "scipy", "polars", "sklearn", "pandas", "pydantic", "fastapi", "rich", "grpc"} == set()


@pytest.mark.parametrize("module", ["features", "vocabulary", "replies", "items", "labels", "predictions"])
def test_what_serving_shares_never_loads_polars(module):
    assert modules_after(f"import transom.data.{module}") & {"torch", "polars", "sklearn"} == set()


def test_every_public_name_is_there():
    assert transom.__all__ == sorted(transom.__all__)
    assert all(hasattr(transom, name) for name in transom.__all__)


def test_an_unknown_public_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match=r"^module 'transom' has no attribute 'trian'$"):
        transom.trian  # noqa: B018
