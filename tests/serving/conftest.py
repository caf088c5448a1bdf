"""Copies of the served project, and a server of it."""

import shutil

import pytest

from served import serving


@pytest.fixture
def project(two_versions, tmp_path):
    """A copy of the project to change."""
    return shutil.copytree(two_versions, tmp_path / "moods")


@pytest.fixture(scope="module")
def served(two_versions, tmp_path_factory):
    """A server whose project nobody changes."""
    folder = shutil.copytree(two_versions, tmp_path_factory.mktemp("still") / "moods")
    (folder / "deploy.yaml").write_text("serve: {max_batch: 4, max_queue: 20}\n")
    with serving(folder, "--grpc-port", "0") as running:
        yield running
