import polars as pl
import pytest

from data_lines import SCHEMA, messages, patch, read, record, write
from transom.data.dataset import frame, in_split, vote_column
from transom.data.ingest import data_files, ingest


def votes(done, task, source, *, soft=False):
    return frame(done.dataset, [vote_column(task, source, soft)]).to_series().to_list()


def tags(done):
    return frame(done.dataset, ["tags"])["tags"].to_list()


def test_a_patch_adds_votes_and_tags(tmp_path):
    done = read(tmp_path, record("a"), record("b", tags=["dev"]), patch("b", tags=["late"], intent={"crowd": "age"}))
    assert (done.n_examples, done.n_patches, done.problems) == (2, 1, ())
    assert votes(done, "intent", "crowd") == [None, 1]
    assert tags(done) == [["train"], ["dev", "late"]]
    assert done.dataset.tags == ("late",)


def test_a_patch_replaces_the_votes_it_names_and_no_other(tmp_path):
    line = record("a", intent={"lf": "age", "crowd": "age"}, score={"lf": 1})
    done = read(tmp_path, line, patch("a", intent={"crowd": "height"}))
    assert votes(done, "intent", "crowd") == [0]
    assert votes(done, "intent", "lf") == [1]
    assert votes(done, "score", "lf") == [1.0]


def test_the_last_patch_in_file_order_wins(tmp_path):
    write(tmp_path / "data" / "b.jsonl", patch("q1", intent={"crowd": "spouse"}))
    done = read(tmp_path, record(), patch("q1", intent={"crowd": "age"}), patch("q1", intent={"crowd": "height"}))
    assert votes(done, "intent", "crowd") == [2]


def test_a_patch_may_come_before_its_example_and_wins_over_it(tmp_path):
    write(tmp_path / "data" / "b.jsonl", record(intent={"crowd": "spouse"}))
    done = read(tmp_path, patch("q1", intent={"crowd": "age"}))
    assert votes(done, "intent", "crowd") == [1]


def test_null_in_a_patch_takes_a_vote_back(tmp_path):
    done = read(tmp_path, record(intent={"crowd": "spouse"}), patch(intent={"crowd": None}))
    assert votes(done, "intent", "crowd") == [None]


def test_null_in_a_patch_of_a_select_task_says_none_of_them(tmp_path):
    done = read(tmp_path, record(arg={"crowd": "Obama"}), patch(arg={"crowd": None}))
    assert votes(done, "arg", "crowd") == [2]


def test_a_hard_vote_replaces_a_soft_one_and_the_other_way_round(tmp_path):
    done = read(
        tmp_path,
        record("a", intent={"lf": {"age": 1}}),
        record("b", intent={"lf": "age"}),
        patch("a", intent={"lf": "height"}),
        patch("b", intent={"lf": {"height": 0.5, "spouse": 0.5}}),
    )
    assert votes(done, "intent", "lf") == [0, None]
    assert votes(done, "intent", "lf", soft=True) == [None, [0.5, 0.0, 0.5]]


def test_every_kind_of_label_can_be_patched(tmp_path):
    labels = {
        "topics": ["sport"],
        "score": 0.5,
        "pos": ["NOUN", None, "VERB", None],
        "types": [["person"], [], None, []],
        "weight": [1, None, 2.5, 0],
        "names": [[3, 4, "PER"]],
        "arg": "Michelle",
        "kept": ["yes", "no"],
        "bare": "b",
    }
    patched = read(
        tmp_path / "patched", record("a"), record("b"), patch("b", **{t: {"s": v} for t, v in labels.items()})
    )
    straight = read(tmp_path / "straight", record("a"), record("b", **{t: {"s": v} for t, v in labels.items()}))
    assert patched.problems == ()
    assert patched.dataset.vote_columns == straight.dataset.vote_columns
    columns = [each.column for each in straight.dataset.vote_columns]
    assert frame(patched.dataset, columns).equals(frame(straight.dataset, columns))


def test_a_patch_is_checked_against_the_payloads_of_its_example(tmp_path):
    done = read(
        tmp_path, record(), patch(pos={"lf": ["NOUN"]}), patch(names={"lf": [[2, 9, "PER"]]}), patch(arg={"lf": "Joe"})
    )
    assert messages(done) == [
        "data/a.jsonl:2 T033 /tasks/pos/lf: 1 label for 4 elements. Write one for each, null for none.",
        "data/a.jsonl:3 T034 /tasks/names/lf/0: [2, 9, 'PER'] ends beyond the 4 elements of its sequence. "
        "The end is exclusive.",
        "data/a.jsonl:4 T035 /tasks/arg/lf: 'Joe' is no member of the set, which has Obama, Michelle.",
    ]


def test_a_patch_of_an_unknown_example_is_refused(tmp_path):
    done = read(tmp_path, record(), patch("q2", intent={"crowd": "age"}))
    assert messages(done) == [
        "data/a.jsonl:2 T042 /id: 'q2' is the id of no example. "
        "A line without 'payloads' adds to the example with its id."
    ]


def test_a_patch_of_a_refused_example_is_refused_too(tmp_path):
    done = read(tmp_path, record("a"), {**record("b"), "order": "x"}, patch("b"), skip_bad_lines=True)
    assert [problem.code for problem in done.problems] == ["T050", "T042"]
    assert messages(done)[1] == (
        "data/a.jsonl:3 T042 /id: the example 'b', to which this line adds, is refused. Mend data/a.jsonl:2."
    )
    assert (done.n_examples, done.n_patches, done.n_refused) == (1, 0, 2)


def test_a_patch_may_say_the_split_but_not_change_it(tmp_path):
    done = read(tmp_path, record("a", tags=[]), patch("a", tags=["dev"]), record("b"), patch("b", tags=["test"]))
    assert messages(done) == [
        "data/a.jsonl:4 T048 /tags: 'b' is in train, and an example is in one split. Remove 'test'."
    ]
    settled = read(tmp_path, record("a", tags=[]), patch("a", tags=["dev"]), record("b"), patch("b", tags=["train"]))
    assert in_split(settled.dataset, "dev").tolist() == [True, False]


def test_a_patch_that_is_refused_changes_nothing(tmp_path):
    done = read(
        tmp_path, record(), patch(tags=["x"], intent={"lf": "age", "crowd": "ag"}), patch(), skip_bad_lines=True
    )
    assert done.dataset.vote_columns == ()
    assert tags(done) == [["train"]]


def test_a_patch_can_give_the_group_that_a_split_goes_by(tmp_path):
    lines = [record(f"q{n}", tags=[]) for n in range(40)] + [patch(f"q{n}", tags=[f"doc:{n % 4}"]) for n in range(40)]
    done = read(tmp_path, *lines, split_by="doc:")
    assert done.problems == ()
    splits = frame(done.dataset, ["tags", "split"]).explode("tags").group_by("tags").agg(pl.col("split").n_unique())
    assert splits["split"].to_list() == [1, 1, 1, 1]


def test_patches_reach_examples_in_every_part(tmp_path):
    text = "x" * 1_500_000
    lines = [record(f"q{n}", payloads={"query": text}) for n in range(30)]
    done = read(tmp_path, *lines, *(patch(f"q{n}", score={"late": n}) for n in reversed(range(30))))
    assert votes(done, "score", "late") == [float(n) for n in range(30)]


@pytest.mark.parametrize("key", ["time", "order"])
def test_a_patch_has_votes_and_tags_only(tmp_path, key):
    done = read(tmp_path, record(), {**patch(), key: None})
    assert messages(done) == [
        f"data/a.jsonl:2 T062 /{key}: a patch adds votes and tags, and has no {key!r}. Remove it."
    ]


def test_a_patch_may_say_that_it_is_a_served_prediction(tmp_path):
    served = {"version": 8, "policy": "shadow", "propensity": 0.0, "probabilities": {"score": {}}, "sample": 0.5}
    done = read(tmp_path, record(), {**patch(score={"transom@8": 3}), "served": served})
    assert done.problems == ()
    assert votes(done, "score", "transom@8") == [3.0]
    wrong = read(tmp_path / "wrong", record(), {**patch(), "served": {"version": "x"}})
    assert messages(wrong) == ["data/a.jsonl:2 T061 /served/version: 'x' is not a whole number."]


def test_patches_alone_are_no_examples(tmp_path):
    file = write(tmp_path / "data" / "a.jsonl", patch())
    done = ingest([file], SCHEMA, None)
    assert (done.n_examples, done.n_refused) == (0, 1)
    assert data_files(tmp_path / "data") == (file,)
