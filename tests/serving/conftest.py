"""The served project, which one run makes for all tests of this folder, and a server of it."""

import shutil

import pytest

from served import serving, write_two_versions


@pytest.fixture(scope="session")
def two_versions(tmp_path_factory):
    """The project, with version 1 live and version 2 beside it; nobody changes it."""
    return write_two_versions(tmp_path_factory.mktemp("served") / "moods")


@pytest.fixture
def project(two_versions, tmp_path):
    """A copy of the project to change."""
    return shutil.copytree(two_versions, tmp_path / "moods")


@pytest.fixture(scope="module")
def served(two_versions, tmp_path_factory):
    """A server whose project nobody changes."""
    folder = shutil.copytree(two_versions, tmp_path_factory.mktemp("still") / "moods")
    (folder / "deploy.yaml").write_text("serve: {max_batch: 4, max_queue: 20}\n")
    with serving(folder) as running:
        yield running
