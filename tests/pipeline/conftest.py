"""The project of every block of the formats page."""

import shutil
from pathlib import Path

import pytest

FORMATS = Path(__file__).parents[1] / "schema" / "formats"


@pytest.fixture
def formats(tmp_path):
    """A copy of the project that the formats page describes, to read or to break."""
    return Path(shutil.copytree(FORMATS, tmp_path / "formats"))
