"""What deploy.yaml says of the server is read without the rest of the project."""

import pytest

from transom.errors import ProjectError
from transom.pipeline.serve_section import Serving
from transom.pipeline.serving_settings import read_serving
from transom.serving.log_settings import Logging


def test_a_folder_without_the_file_has_the_defaults(tmp_path):
    assert read_serving(tmp_path) == Serving(port=8080, max_batch=32, max_queue=256, log=Logging())


def test_a_file_without_the_section_has_the_defaults(tmp_path):
    (tmp_path / "deploy.yaml").write_text("gate: []\n")
    assert read_serving(tmp_path) == Serving()


def test_settings_are_read_and_the_command_line_is_laid_over_them(tmp_path):
    (tmp_path / "deploy.yaml").write_text("serve: {port: 1, max_batch: 2}\n")
    assert read_serving(tmp_path, ["serve.max_batch=3", "serve.log=false"]) == Serving(1, max_batch=3, log=None)


@pytest.mark.parametrize(
    "text", ["serve: {prot: 1}", "serve: {port: 99999}", "serve: {max_batch: 0}", "serve: [", "serve: 1"]
)
def test_what_is_wrong_is_told(tmp_path, text):
    (tmp_path / "deploy.yaml").write_text(text)
    with pytest.raises(ProjectError) as wrong:
        read_serving(tmp_path)
    assert wrong.value.problem.at.file.endswith("deploy.yaml")
