"""YAML with places: what is read, where it stands, and what is said of a file that cannot be read."""

import pytest

from transom.schema.document import Document, parse_document, plain, read_document


def messages(document: Document) -> list[str]:
    return [str(problem) for problem in document.problems]


def test_every_value_and_key_knows_where_it_stands():
    root = parse_document("tasks:\n  intent: {type: multiclass, classes: [a, b]}\n", "schema.yaml").root
    intent = root.entries["tasks"].entries["intent"]
    assert str(intent.key_at) == "schema.yaml:2:3"
    assert str(intent.at) == "schema.yaml:2:11"
    assert str(intent.entries["classes"].elements[1].at) == "schema.yaml:2:43"


def test_plain_forgets_the_places():
    assert plain(parse_document("{a: [1, {b: null}], c: x}", "f").root) == {"a": (1, {"b": None}), "c": "x"}


def test_keys_are_text_whatever_yaml_makes_of_them():
    assert plain(parse_document("{on: 1, 3: 2, null: 3}", "f").root) == {"on": 1, "3": 2, "null": 3}


def test_an_empty_file_is_an_empty_mapping(tmp_path):
    path = tmp_path / "model.yaml"
    path.write_text("# nothing yet\n")
    assert read_document(path) == parse_document("", "model.yaml")
    assert read_document(path).root.value == {}


def test_a_byte_order_mark_does_no_harm_and_shifts_no_column(tmp_path):
    path = tmp_path / "model.yaml"
    path.write_bytes(b"\xef\xbb\xbfseed: 3\n")
    assert str(read_document(path).root.entries["seed"].at) == "model.yaml:1:7"


def test_bytes_that_are_not_utf8_are_named_with_their_place(tmp_path):
    path = tmp_path / "schema.yaml"
    path.write_bytes("a: ä\nb: ".encode() + b"caf\xe9\n")
    assert messages(read_document(path)) == [
        "schema.yaml:2:7 T002 The byte 0xe9 is not UTF-8 text. Save the file as UTF-8."
    ]


def test_a_folder_in_place_of_a_file_cannot_be_read(tmp_path):
    (tmp_path / "schema.yaml").mkdir()
    assert messages(read_document(tmp_path / "schema.yaml")) == [
        "schema.yaml T002 The file cannot be read: Is a directory."
    ]


def test_a_key_given_twice_names_its_first_line_and_the_first_counts():
    document = parse_document("a: 1\nb: 2\na: 3\n", "f.yaml")
    assert messages(document) == ["f.yaml:3:1 T004 'a' is given twice, first on line 1. Remove or rename one."]
    assert plain(document.root) == {"a": 1, "b": 2}


def test_a_list_cannot_be_a_key():
    document = parse_document("? [a]\n: 1\nb: 2", "f.yaml")
    assert messages(document) == ["f.yaml:1:3 T003 A list or a mapping cannot be a key. Write the key as text."]
    assert plain(document.root) == {"b": 2}


MERGED = "f.yaml:3:3 T003 '<<' does not merge mappings in transom. Write their keys out here."


def test_a_merge_key_is_no_key_and_says_what_to_write():
    document = parse_document("a: &first {x: 1, y: 1}\nb:\n  <<: *first\n  y: 2\n", "f.yaml")
    assert messages(document) == [MERGED]
    assert plain(document.root) == {"a": {"x": 1, "y": 1}, "b": {"x": 1, "y": 2}}
    assert plain(parse_document("'<<': 1", "f.yaml").root) == {"<<": 1}


@pytest.mark.parametrize(("merged", "read"), [("[*a, *b]", {"x": 1, "z": 3}), ("3", {}), ("[*a, [*b]]", {"x": 1})])
def test_what_a_merge_key_means_is_read_so_that_nothing_seems_to_be_missing(merged, read):
    document = parse_document(f"{{a: &a {{x: 1}}, b: &b {{x: 2, z: 3}},\nc: {{\n  <<: {merged}}}}}", "f.yaml")
    assert messages(document) == [MERGED]
    assert plain(document.root.entries["c"]) == read


@pytest.mark.parametrize("tag", ["!!python/object/apply:os.system", "!!set", "!mine"])
def test_tags_are_refused_and_never_acted_upon(tag):
    assert messages(parse_document(f"a: {tag} [ls]", "f.yaml")) == [
        f"f.yaml:1:4 T003 The tag {tag!r} is not allowed. Write a plain text, number, list or mapping."
    ]


def test_a_regex_in_double_quotes_does_not_lose_its_backslash_in_silence():
    assert messages(parse_document('a: "\\bword\\b"\nb: "x\\ty"\nc: \'\\bword\\b\'', "f.yaml")) == [
        "f.yaml:1:4 T003 Double quotes turn a backslash into '\\x08' here. Use single quotes, or write it twice."
    ]


def test_an_alias_stands_for_what_it_names():
    root = parse_document("a: &labels [x, y]\nb: *labels\n", "f.yaml").root
    assert plain(root) == {"a": ("x", "y"), "b": ("x", "y")}


def test_a_problem_inside_an_anchor_is_said_once_however_often_it_is_repeated():
    assert messages(parse_document("a: &x {k: 1, k: 2}\nb: *x\nc: *x\n", "f.yaml")) == [
        "f.yaml:1:14 T004 'k' is given twice, first on line 1. Remove or rename one."
    ]


def test_a_value_cannot_contain_itself():
    assert messages(parse_document("a: &x [1, *x]", "f.yaml")) == [
        "f.yaml:1:4 T003 This value contains itself through an alias. Write it out."
    ]


def test_aliases_that_multiply_are_refused_before_they_fill_the_memory():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 30)]
    assert messages(parse_document("\n".join(lines), "f.yaml")) == [
        "f.yaml T003 The file holds more than 250000 values. Move long lists to a file of their own."
    ]


def test_aliases_that_stand_in_each_other_without_end_are_refused():
    lines = ["a0: &a0 [x]", *(f"a{i}: &a{i} [*a{i - 1}]" for i in range(1, 600))]
    (message,) = messages(parse_document("\n".join(lines), "f.yaml"))
    assert message.endswith("T003 Lists and mappings are nested too deeply.")


def test_endless_nesting_is_refused():
    assert messages(parse_document("[" * 5000, "f.yaml")) == ["f.yaml T003 Lists and mappings are nested too deeply."]
