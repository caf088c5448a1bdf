from transom.pipeline.source_memo import MEMO, Sources, load_sources, save_sources


def test_a_source_is_parsed_once_whatever_its_file_is_called(tmp_path):
    (tmp_path / "a.py").write_text("import json\n")
    (tmp_path / "b.py").write_text("import json\n")
    sources = Sources()
    assert sources(tmp_path / "a.py") is sources(tmp_path / "b.py")
    assert len(sources.fresh) == 1


def test_what_was_parsed_is_known_in_the_next_run(tmp_path):
    (tmp_path / "a.py").write_text("import json\nX = 'text'\n\ndef f():\n    return X\n")
    first = Sources()
    text = first(tmp_path / "a.py")
    save_sources(tmp_path / "cache", first)
    second = load_sources(tmp_path / "cache")
    assert second(tmp_path / "a.py") == text
    assert not second.fresh


def test_an_edit_is_parsed_again(tmp_path):
    (tmp_path / "a.py").write_text("X = 1\n")
    sources = Sources()
    before = sources(tmp_path / "a.py")
    (tmp_path / "a.py").write_text("X = 2\n")
    assert sources(tmp_path / "a.py") != before


def test_a_damaged_memory_is_as_none(tmp_path):
    (tmp_path / "a.py").write_text("X = 1\n")
    sources = Sources()
    sources(tmp_path / "a.py")
    save_sources(tmp_path, sources)
    (tmp_path / MEMO).write_bytes(b"?")
    assert load_sources(tmp_path).known == {}
