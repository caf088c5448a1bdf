"""What several folders of tests share."""

import gc
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "transom",
    deadline=None,  # no test is timed: on a busy machine a slow example is no failure
    derandomize="CI" in os.environ,  # one verdict on one commit; new examples are sought where somebody sees them
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("transom")

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


@pytest.fixture(scope="session")
def two_versions(tmp_path_factory) -> Path:
    """A small project, with version 1 live and version 2 beside it, which one run makes; nobody changes it."""
    from served import write_two_versions  # here, as transom is imported after shapes are set to be checked

    return write_two_versions(tmp_path_factory.mktemp("served") / "moods")


def pytest_collection_finish() -> None:
    """What is imported lives as long as the process: no later collection of garbage need walk over it again."""
    gc.collect()
    gc.freeze()
