"""The import contracts hold, and would be noticed if they did not."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

LINT = Path(sys.executable).with_name("lint-imports")


def lint_imports(folder, source):
    return subprocess.run(
        [LINT, "--config", folder / "pyproject.toml", "--no-cache"],
        capture_output=True,
        text=True,
        cwd=folder,
        env={"PYTHONPATH": str(source), "PATH": "/usr/bin:/bin"},
        check=False,
    )


def test_every_contract_is_kept(repository):
    result = lint_imports(repository, repository / "src")
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("module", "planted", "contract"),
    [
        ("supervision/matrix.py", "import torch", "The core works without torch"),
        ("schema/schema.py", "import transom.data.items", "data flows one way"),
        ("serving/__init__.py", "import transom.training.config", "A serving image holds no training code"),
        ("supervision/label_models/em.py", "import transom.supervision.label_models.majority", "Label models do not"),
    ],
)
def test_a_planted_import_breaks_its_contract(repository, tmp_path, module, planted, contract):
    shutil.copytree(repository / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(repository / "pyproject.toml", tmp_path)
    path = tmp_path / "src" / "transom" / module
    path.write_text(f"{path.read_text()}\n{planted}\n")
    result = lint_imports(tmp_path, tmp_path / "src")
    assert result.returncode == 1
    broken = [line for line in result.stdout.splitlines() if line.endswith("BROKEN")]
    assert any(contract in line for line in broken), result.stdout
