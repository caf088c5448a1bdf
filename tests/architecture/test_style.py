"""The measurable part of the style guide."""

import ast
import re

import pytest

MEANINGLESS = {"utils", "util", "helpers", "common", "misc", "core", "base", "manager", "types"}


@pytest.fixture(scope="module")
def sources(repository):
    folder = repository / "src" / "transom"
    return {path.relative_to(folder): path.read_text(encoding="utf-8") for path in folder.rglob("*.py")}


@pytest.fixture(scope="module")
def trees(sources):
    return {path: ast.parse(text) for path, text in sources.items()}


def test_no_file_is_longer_than_400_lines(sources):
    assert [str(path) for path, text in sources.items() if text.count("\n") > 400] == []


def test_no_function_is_longer_than_60_lines(trees):
    functions = (
        (path, node)
        for path, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    assert [f"{path}:{node.name}" for path, node in functions if node.end_lineno - node.lineno >= 60] == []


def test_every_module_opens_with_one_sentence_that_says_what_it_is_for(trees):
    bare = [str(path) for path, tree in trees.items() if tree.body and not ast.get_docstring(tree)]
    assert bare == []


def test_no_module_has_a_name_that_says_nothing(sources):
    assert [str(path) for path in sources if path.stem in MEANINGLESS] == []


def test_no_import_is_for_the_type_checker_alone(sources):
    assert [str(path) for path, text in sources.items() if "TYPE_CHECKING" in text] == []


def test_only_the_command_line_imports_inside_functions(trees):
    inside = [
        f"{path}:{inner.lineno}"
        for path, tree in trees.items()
        if path.parts[0] not in {"cli", "examples"}
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert inside == []


def test_packages_hold_nothing_but_modules(sources):
    filled = [str(path) for path, text in sources.items() if path.name == "__init__.py" and text.strip()]
    assert filled == ["__init__.py"]


def test_nothing_is_left_undone(sources):
    words = ("NotImplementedError", "FIXME", "TODO", "pragma: no cover")
    assert [str(path) for path, text in sources.items() if any(word in text for word in words)] == []


def test_every_error_code_is_explained_and_every_explanation_is_used(sources):
    import re

    from transom.errors import explanations

    used = {code for text in sources.values() for code in re.findall(r"\"(T\d{3})\"", text)}
    assert used - set(explanations()) == set()
    assert set(explanations()) - used == set()


def test_the_readme_of_supervision_names_each_file_once(repository):
    folder = repository / "src" / "transom" / "supervision"
    named = re.findall(r"`(\w+)`", (folder / "README.md").read_text(encoding="utf-8"))
    assert sorted(named) == sorted(path.stem for path in folder.glob("*.py") if path.name != "__init__.py")
