"""What several folders of tests share."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope="session")
def shared_projects() -> Path:
    """The folder of real projects beside the repository; a test that needs it skips loudly where it is absent."""
    folder = Path(os.environ.get("TRANSOM_PROJECTS", REPOSITORY.parent / "shared" / "projects"))
    if not folder.is_dir():
        pytest.skip(f"real projects are not here: no folder {folder}")
    return folder
