import pytest

from transom.pipeline.code_keys import GIVEN, code_of_project, code_of_stage
from transom.pipeline.lifecycle import LIFE_CYCLE
from transom.pipeline.source_memo import Sources

MODULES = {stage.name: stage.function.partition(":")[0] for stage in LIFE_CYCLE}


@pytest.fixture(scope="module")
def reached():
    sources = Sources()
    return {name: code_of_stage([module], sources) for name, module in MODULES.items()}


def test_reading_data_depends_on_no_supervision_and_no_model(reached):
    names = reached["check"].modules
    assert "transom.data.jsonl" in names
    assert not [name for name in names if name.startswith(("transom.supervision", "transom.model", "transom.training"))]


def test_labels_depend_on_every_label_model_and_on_no_network(reached):
    assert {"transom.supervision.label_models.em", "transom.supervision.rules"} <= set(reached["label"].modules)
    assert "torch" not in reached["label"].libraries


def test_training_depends_on_encoders_that_are_only_named_by_entry_points(reached):
    assert {"transom.model.encoders.bag", "transom.model.encoders.transformer"} <= set(reached["train"].modules)
    assert {"torch", "numpy"} <= reached["train"].libraries


def test_stages_depend_on_libraries_that_are_only_loaded_by_their_names(reached):
    assert {"lightgbm", "transformers"} <= reached["train"].libraries
    assert {"onnx", "onnxscript", "onnxruntime"} <= reached["export"].libraries
    assert "onnxruntime" in reached["validate"].libraries


def test_what_a_stage_is_given_is_no_part_of_its_code(reached):
    assert not [name for code in reached.values() for name in code.modules if name in GIVEN]


def test_no_stage_depends_on_the_runner(reached):
    assert not [name for name, code in reached.items() if "transom.pipeline.runner" in code.modules]


def project(folder, **modules):
    for name, source in modules.items():
        (folder / f"{name}.py").write_text(source)
    return code_of_project(folder, ["rules"], Sources())


def test_modules_of_a_project_are_followed_also_inside_functions(tmp_path):
    code = project(
        tmp_path,
        rules="from words import LOUD\ndef lf(x):\n    import late\n    return late.f(x)\n",
        words="import deep\nLOUD = deep.WORD\n",
        deep="WORD = 'win'\n",
        late="def f(x):\n    return x\n",
        unused="raise SystemExit\n",
    )
    assert list(code.modules) == ["deep", "late", "rules", "words"]


def test_modules_that_import_each_other_are_met_once(tmp_path):
    assert list(project(tmp_path, rules="import words\n", words="import rules\n").modules) == ["rules", "words"]


def test_libraries_of_a_project_are_named_and_python_s_own_modules_are_not(tmp_path):
    code = project(tmp_path, rules="import json, os.path\nimport numpy as np\nfrom yaml import safe_load\n")
    assert code.libraries == {"numpy", "yaml"}


def test_a_module_of_the_project_hides_a_library_but_not_python_s(tmp_path):
    code = project(tmp_path, rules="import yaml, json\n", yaml="X = 1\n", json="X = 1\n")
    assert list(code.modules) == ["rules", "yaml"]
    assert not code.libraries


def test_relative_imports_lead_to_their_neighbours(tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "__init__.py").write_text("")
    (tmp_path / "lib" / "one.py").write_text("from .two import X\nfrom . import three\n")
    (tmp_path / "lib" / "two.py").write_text("X = 1\n")
    (tmp_path / "lib" / "three.py").write_text("")
    code = project(tmp_path, rules="import lib.one\n")
    assert list(code.modules) == ["lib", "lib.one", "lib.three", "lib.two", "rules"]
