"""Scalars: YAML's kinds as Python values."""

import pytest

from transom.schema.document import parse_document


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("yes", True),
        ("Off", False),
        ("~", None),
        ("", None),
        ("12", 12),
        ("0x1f", 31),
        ("0.5", 0.5),
        ("1e-3", 0.001),
        ("-2E4", -20000.0),
        (".inf", float("inf")),
        ("text", "text"),
        ("'12'", "12"),
        ("'1e-3'", "1e-3"),
        ("!!str 5", "5"),
        ("2026-06-01", "2026-06-01"),
        ("120s", "120s"),
    ],
)
def test_a_scalar_is_what_a_reader_takes_it_for(written, value):
    read = parse_document(f"a: {written}", "f").root.entries["a"].value
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("0x_", "0x_"),
        ("!!int x", "x"),
        ("!!int ''", ""),
        ("!!float ''", ""),
        ("!!int '-'", "-"),
        ("9" * 5000, "9" * 5000),
        ("1" + ":00" * 200 + ".0", "1" + ":00" * 200 + ".0"),
    ],
)
def test_what_cannot_be_converted_stays_text(written, text):
    read = parse_document(f"a: {written}", "f")
    assert read.root.entries["a"].value == text
    assert read.problems == ()
