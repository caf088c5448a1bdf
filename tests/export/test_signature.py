"""The signature of an exported model comes back as it was written."""

import json

from transom.data.features.columns import ColumnReading, ColumnSpec, TableSpec
from transom.export.signature import HeadOutput, Signature, signature_from_json, table_input

TABLE = TableSpec(
    (
        ColumnSpec(ColumnReading("person", "number", "age")),
        ColumnSpec(ColumnReading("person", "category", "job"), ("cook", "smith")),
        ColumnSpec(ColumnReading("face", "vector"), width=3),
    )
)


def test_heads_slices_and_the_tables_of_trees_come_back():
    signature = Signature(
        ("note.ids", table_input("old")),
        (HeadOutput("scores.0", "pos", "tokens"), HeadOutput("scores.1", "old", table=TABLE)),
        ("long", "loud"),
    )

    assert signature_from_json(json.loads(signature.as_json())) == signature


def test_a_signature_from_before_trees_were_exported_has_no_table():
    stored = {"inputs": ["note.ids"], "heads": [{"name": "scores.0", "task": "a", "elements": None}], "slices": []}

    assert signature_from_json(stored).heads[0].table is None


def test_the_table_of_a_task_is_an_input_of_its_own():
    assert table_input("old") == "old.table"
    assert TABLE.n_columns == 5
