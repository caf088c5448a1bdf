"""A version leaves in any registered form."""

import pytest

from cached_project import write_project
from transom.errors import UsageError
from transom.export.signature import NETWORK, SIGNATURE
from transom.pipeline.exports import export_version
from transom.pipeline.lifecycle import run


@pytest.mark.slow
def test_a_version_is_written_in_either_form_and_only_into_an_empty_folder(tmp_path):
    project = tmp_path / "project"
    write_project(project)
    version = run(project).version

    whole = export_version(project, tmp_path / "whole", format="onnx")
    rounded = export_version(project, tmp_path / "rounded", format="onnx-int8", version=str(version))

    assert whole.files == (NETWORK, SIGNATURE)
    assert whole.version == version
    assert whole.size_bytes == sum((tmp_path / "whole" / name).stat().st_size for name in whole.files)
    assert rounded.size_bytes < whole.size_bytes
    assert whole.largest_difference <= rounded.largest_difference
    with pytest.raises(UsageError, match="T172"):
        export_version(project, tmp_path / "whole", format="onnx")


def test_an_unknown_form_suggests_the_nearest(tmp_path):
    with pytest.raises(UsageError) as raised:
        export_version(tmp_path, tmp_path / "out", format="onx")

    assert str(raised.value.problem) == "T010 'onx' is not a known exporter. Known: onnx, onnx-int8. Did you mean onnx?"
