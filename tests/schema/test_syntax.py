"""What is said of text that is not YAML."""

import pytest

from transom.schema.document import parse_document


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [b", "f.yaml:1:4 T003 This bracket is not closed, or a comma is missing inside it. Close it."),
        ("a: {b: 1\nc: 2\n", "f.yaml:1:4 T003 This bracket is not closed, or a comma is missing inside it. Close it."),
        ("a: [\n", "f.yaml:2:1 T003 A value is missing here, or a bracket above is not closed."),
        ("a: ]", "f.yaml:1:4 T003 A value is missing here, or a bracket above is not closed."),
        ("a: 'x", "f.yaml:1:4 T003 This quote is not closed. Close it."),
        ("a: 1\nb\n", "f.yaml:2:1 T003 This line has no colon. Write it as 'key: value'."),
        ("a:\n\tb: 1", "f.yaml:2:1 T003 A tab stands where YAML wants spaces. Indent with spaces."),
        ("a: @b", "f.yaml:1:4 T003 No value can start with this character. Put the value in quotes."),
        ("a: b: c", "f.yaml:1:5 T003 A colon is not expected here. Put text that holds ': ' in quotes."),
        (
            'a: "\\q"',
            "f.yaml:1:6 T003 This backslash means nothing in double quotes. Use single quotes, or write it twice.",
        ),
        (
            "a: *b",
            "f.yaml:1:4 T003 No '&' above names what this '*' refers to. Put text that starts with '*' in quotes.",
        ),
        ("a: 1\n---\nb: 2", "f.yaml:2:1 T003 A second document starts here. Keep one document in a file."),
        (
            "a: 'it's'",
            "f.yaml:1:8 T003 Text follows a value that has ended. Put the whole value in one pair of quotes.",
        ),
        (
            "a:\n  b: 1\n c: 2",
            "f.yaml:3:2 T003 The indentation does not fit the lines above. Indent keys of a mapping alike.",
        ),
        (
            "a: - b",
            "f.yaml:1:4 T003 This is not valid YAML: sequence entries are not allowed here. Put the value in quotes.",
        ),
        ("a: \x01", "f.yaml:1:4 T003 The control character '\\x01' is not allowed. Remove it."),
        ("a: 1\nb: x\x00y", "f.yaml:2:5 T003 The control character '\\x00' is not allowed. Remove it."),
    ],
)
def test_a_slip_in_the_grammar_says_where_it_is_and_how_to_mend_it(text, message):
    assert [str(problem) for problem in parse_document(text, "f.yaml").problems] == [message]
