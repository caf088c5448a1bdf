import sys

import pytest

from transom.data.functions import UserFunction
from transom.data.user_modules import imported_files, load_function, place_of
from transom.errors import NOWHERE, Location, ProjectError

AT = Location("sources.yaml", 2, 30)


def project(folder, **files):
    """A folder with a module a keyword; `lists__names` is the module `lists/names.py`."""
    for name, source in files.items():
        file = folder / f"{name.replace('__', '/')}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source)
    return folder


def complaint(reference, folder):
    with pytest.raises(ProjectError) as raised:
        load_function(reference, folder, AT)
    assert raised.value.problem.at == AT
    problem = raised.value.problem
    return f"{problem.code} {problem.message}".replace(str(folder), "FOLDER")


def test_a_function_is_found_by_its_module_and_name(tmp_path):
    folder = project(tmp_path, rules="def shout(x):\n    return x.upper()\n")
    assert load_function("rules:shout", folder)("hi") == "HI"


def test_a_decorated_function_keeps_what_its_decorator_said(tmp_path):
    source = "from transom import labeling_function\n@labeling_function(batch=True)\ndef f(frame):\n    return frame\n"
    function = load_function("rules:f", project(tmp_path, rules=source))
    assert isinstance(function, UserFunction)
    assert function.batch


def test_two_projects_may_have_modules_of_the_same_name(tmp_path):
    one = project(tmp_path / "one", rules="import words\ndef f(x):\n    return words.WORD\n", words="WORD = 1\n")
    two = project(tmp_path / "two", rules="import words\ndef f(x):\n    return words.WORD\n", words="WORD = 2\n")
    first, second = load_function("rules:f", one), load_function("rules:f", two)
    assert (first(None), second(None), first(None)) == (1, 2, 1)


def test_loading_leaves_no_module_path_or_byte_code_behind(tmp_path):
    folder = project(tmp_path, my_rules="import my_words\ndef f(x):\n    return 1\n", my_words="")
    path = list(sys.path)
    load_function("my_rules:f", folder)
    assert sys.path == path
    assert {"my_rules", "my_words"} & set(sys.modules) == set()
    assert sorted(file.name for file in folder.iterdir()) == ["my_rules.py", "my_words.py"]


def test_a_module_called_like_one_of_pythons_hides_nothing(tmp_path):
    import json

    folder = project(tmp_path, json="import json\ndef f(x):\n    return json.dumps(x)\n")
    assert load_function("json:f", folder)([1]) == "[1]"
    assert sys.modules["json"] is json


@pytest.mark.parametrize(
    "statement",
    [
        "import words; value = words.WORD",
        "from words import WORD as value",
        "from words import *; value = WORD",
        "from .words import WORD as value",
        "from . import words; value = words.WORD",
        "import lists.names; value = lists.names.WORD",
        "from lists import names; value = names.WORD",
        "from lists.names import WORD as value",
    ],
)
def test_modules_of_a_project_import_each_other_as_scripts_do(tmp_path, statement):
    folder = project(
        tmp_path,
        rules=f"{statement}\ndef f(x):\n    return value\n",
        words="WORD = 'old'\n",
        lists__names="from . import more\nWORD = more.WORD\n",
        lists__more="from words import WORD\n",
    )
    (folder / "lists" / "__init__.py").touch()
    assert load_function("rules:f", folder)(None) == "old"


def test_an_import_within_a_function_finds_the_project_when_it_is_called(tmp_path):
    folder = project(tmp_path, rules="def f(x):\n    import words\n    return words.WORD\n", words="WORD = 3\n")
    function = load_function("rules:f", folder)
    assert function(None) == 3


def test_a_changed_file_is_read_again(tmp_path):
    folder = project(tmp_path, rules="from words import WORD\ndef f(x):\n    return WORD\n", words="WORD = 1\n")
    assert load_function("rules:f", folder)(None) == 1
    (folder / "words.py").write_text("WORD = 2\n")
    assert load_function("rules:f", folder)(None) == 2


def test_an_unchanged_module_is_run_once(tmp_path):
    folder = project(tmp_path, rules="def f(x):\n    return 1\n")
    assert load_function("rules:f", folder).call is load_function("rules:f", folder).call


def test_the_files_that_functions_depend_on_are_known(tmp_path):
    folder = project(tmp_path, rules="import words\ndef f(x):\n    return 1\n", words="", other="")
    assert imported_files(folder) == ()
    load_function("rules:f", folder)
    assert [file.name for file in imported_files(folder)] == ["rules.py", "words.py"]


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("rules", "T080 'rules' is not a module and a function. Write it as 'rules:my_function'."),
        (
            "ruels:f",
            "T080 'ruels' is no module of the project's folder 'FOLDER'. Did you mean rules?",
        ),
        (
            "rules:lf_costum",
            "T080 The module 'rules' has no function 'lf_costum'. Its functions: helper, lf_custom. "
            "Did you mean lf_custom?",
        ),
        ("rules:LIMIT", "T080 'rules:LIMIT' is no function but 3. Name a function."),
        ("empty:f", "T080 The module 'empty' has no function 'f'. It has no function."),
        (
            "typo:f",
            "T081 Importing 'typo' fails at typo.py:2: SyntaxError: invalid syntax.",
        ),
        (
            "broken:f",
            "T081 Importing 'broken' fails at inner.py:3: ZeroDivisionError: division by zero.",
        ),
        (
            "missing:f",
            "T081 Importing 'missing' fails at missing.py:1: ModuleNotFoundError: No module named 'no_such'.",
        ),
        ("leaves:f", "T081 Importing 'leaves' fails at leaves.py:2: SystemExit: 3."),
    ],
)
def test_what_cannot_be_loaded_says_why(tmp_path, reference, message):
    rules = "from transom import labeling_function\nLIMIT = 3\ndef helper(x): ...\n"
    folder = project(
        tmp_path,
        rules=rules + "@labeling_function\ndef lf_custom(x): ...\n",
        empty="",
        typo="x = 1\nif if:\n",
        broken="import inner\n",
        inner="def f(x):\n    y = 0\n    return 1 / y\nf(1)\n",
        missing="import no_such\n",
        leaves="import sys\nsys.exit(3)\n",
    )
    assert complaint(reference, folder) == message


def test_an_exception_from_elsewhere_has_no_place_in_the_project(tmp_path):
    assert place_of(ValueError("x"), tmp_path) is NOWHERE
