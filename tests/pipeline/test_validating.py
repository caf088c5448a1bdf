"""What is to be released is loaded in a process that holds nothing else."""

from transom.export.signature import NETWORK
from transom.pipeline.package import Package
from transom.pipeline.request import Request
from transom.pipeline.validating import Validated, validate
from transom.pipeline.views import NOTHING


def test_modules_of_the_current_folder_hide_none_of_the_fresh_process(tmp_path, monkeypatch):
    (tmp_path / "random.py").write_text("def votes(x): return None\n")
    monkeypatch.chdir(tmp_path)

    assert validate(Request(NOTHING), Package({f"another.{NETWORK}": b""}, {})) == Validated(0)
