import json

from data_lines import write
from transom.data.checking import refuse
from transom.data.refused import write_refused
from transom.errors import Problem


def kept(file):
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_refused_lines_are_kept_in_the_order_of_the_data(tmp_path):
    files = [write(tmp_path / "data" / "a.jsonl", b"1", b"2"), write(tmp_path / "data" / "b.jsonl.gz", b"3", b"4")]
    wrong = Problem("T030", "not JSON")
    refused = [
        refuse("data/b.jsonl.gz", 2, [wrong]),
        refuse("data/a.jsonl", 1, [wrong, Problem("T031", "x", pointer="/y")]),
    ]
    write_refused(tmp_path / "refused.jsonl", refused, files)
    assert kept(tmp_path / "refused.jsonl") == [
        {
            "file": "data/a.jsonl",
            "line": 1,
            "reasons": ["data/a.jsonl:1 T030 not JSON", "data/a.jsonl:1 T031 /y: x"],
            "text": "1",
        },
        {"file": "data/b.jsonl.gz", "line": 2, "reasons": ["data/b.jsonl.gz:2 T030 not JSON"], "text": "4"},
    ]


def test_bytes_that_are_no_text_are_escaped(tmp_path):
    files = [write(tmp_path / "data" / "a.jsonl", b"caf\xe9")]
    write_refused(tmp_path / "refused.jsonl", [refuse("data/a.jsonl", 1, [Problem("T052", "x")])], files)
    assert kept(tmp_path / "refused.jsonl")[0]["text"] == "caf\\xe9"
