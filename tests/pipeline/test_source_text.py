import pytest

from transom.pipeline.source_text import REST, read_source

MODULE = b'''
"""A module."""
import json
from . import near
from words import LOUD, QUIET

LIMIT = 3

def long(x):
    """Whether it is long."""
    return len(x) > LIMIT

class Rule:
    """A rule."""
    def vote(self):
        "nothing"
        return 1
'''


def digests(source):
    return dict(read_source(source).digests)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"A module.", b"Another text."),
        (b"Whether it is long.", b"Says whether."),
        (b'        "nothing"\n', b""),
        (b"LIMIT = 3", b"LIMIT = 3  # of characters"),
        (b"len(x) > LIMIT", b"(len(x)\n        > LIMIT)"),
        (b"\nclass", b"\n\n\n# a rule\nclass"),
    ],
)
def test_comments_docstrings_and_layout_say_nothing(old, new):
    assert old in MODULE
    assert read_source(MODULE.replace(old, new)) == read_source(MODULE)


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        (b"LIMIT = 3", b"LIMIT = 4", REST),
        (b"len(x) > LIMIT", b"len(x) >= LIMIT", "long"),
        (b"return 1", b"return 1.0", "Rule"),
        (b"import json", b"import math", REST),
    ],
)
def test_what_is_run_says_which_part_of_it_changed(old, new, changed):
    before, after = digests(MODULE), digests(MODULE.replace(old, new))
    assert {name for name in before if before[name] != after[name]} == {changed}


def test_imports_are_found_wherever_they_stand():
    source = read_source(MODULE + b"def late():\n    import math\n")
    assert source.imports == ("json", ".", ".near", "words", "words.LOUD", "words.QUIET", "math")


def test_modules_that_are_loaded_by_their_name_are_imports():
    loads = b"a = import_module('numpy')\nb = importlib.import_module('os.path')\nc = package('onnx', extra='export')\n"
    unknown = b"d = import_module(name)\ne = import_module('.near', __name__)\nf = print('json')\n"
    assert read_source(loads + unknown).imports == ("numpy", "os.path", "onnx")


def test_two_functions_of_one_name_both_count():
    twice = b"def a():\n    return 1\ndef a():\n    return 2\n"
    assert digests(twice)["a"] != digests(twice.replace(b"1", b"3"))["a"]


def test_of_what_is_no_python_every_byte_counts():
    assert read_source(b"def (") != read_source(b"def ( ")
