"""Lines in, before anything answers them."""

import pytest

from transom.data.jsonl import BOM
from transom.errors import Location
from transom.pipeline.answers import _lines


@pytest.mark.parametrize("opening", [b"", BOM])
def test_lines_that_hold_something_are_read_with_their_numbers_behind_a_byte_order_mark_too(tmp_path, opening):
    file = tmp_path / "asked.jsonl"
    file.write_bytes(opening + b'{"id": "a"}\n\n{"id": "b"}')
    assert list(_lines(file)) == [
        (b'{"id": "a"}\n', Location(str(file), 1)),
        (b'{"id": "b"}', Location(str(file), 3)),
    ]
