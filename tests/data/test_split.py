import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_lines import SCHEMA, read, record, write
from transom.data.dataset import frame
from transom.data.ingest import ingest
from transom.data.split import buckets, group_of


def splits(done):
    return dict(frame(done.dataset, ["id", "split"]).iter_rows())


def untagged(numbers, **changes):
    return [record(f"q{number}", tags=[], **changes) for number in numbers]


def test_the_tags_say_the_split(tmp_path):
    done = read(tmp_path, record("a"), record("b", tags=["x", "dev"]), record("c", tags=["test"]))
    assert splits(done) == {"a": "train", "b": "dev", "c": "test"}
    assert done.dataset.split_rule == "tags"


def test_without_any_split_about_80_10_and_10_of_100_are_drawn(tmp_path):
    done = read(tmp_path, *untagged(range(2000)))
    drawn = list(splits(done).values())
    assert done.dataset.split_rule == "seeded"
    # A share of p has a standard deviation of sqrt(p (1 - p) / 2000) < 0.009: 4 of them are 0.036.
    assert drawn.count("train") / 2000 == pytest.approx(0.8, abs=0.036)
    assert drawn.count("dev") / 2000 == pytest.approx(0.1, abs=0.036)
    assert drawn.count("test") / 2000 == pytest.approx(0.1, abs=0.036)


def test_a_seeded_split_stays_when_rows_are_added_or_moved(tmp_path):
    before = splits(read(tmp_path / "before", *untagged(range(100))))
    after = splits(read(tmp_path / "after", *untagged(reversed(range(300)))))
    assert {name: after[name] for name in before} == before


def test_another_seed_draws_another_split(tmp_path):
    one, other = (splits(read(tmp_path / str(seed), *untagged(range(100)), seed=seed)) for seed in (0, 1))
    assert one != other


def test_without_dev_a_tenth_of_train_is_set_aside_and_the_rest_stays(tmp_path):
    lines = [record(f"q{number}", tags=["test" if number % 5 == 0 else "train"]) for number in range(1000)]
    done = read(tmp_path, *lines)
    drawn = splits(done)
    assert done.dataset.split_rule == "dev from train"
    assert all(drawn[f"q{number}"] == "test" for number in range(0, 1000, 5))
    assert list(drawn.values()).count("test") == 200
    assert list(drawn.values()).count("dev") / 800 == pytest.approx(0.1, abs=0.043)  # 4 standard deviations


@pytest.mark.parametrize("tags", [[], ["train"]])
def test_a_group_never_straddles_two_splits(tmp_path, tags):
    lines = [record(f"q{n}", tags=[*tags, f"doc:{n % 50}", "x"]) for n in range(500)]
    drawn = splits(read(tmp_path, *lines, split_by="doc:"))
    by_group = [{drawn[f"q{n}"] for n in range(group, 500, 50)} for group in range(50)]
    assert all(len(found) == 1 for found in by_group)
    assert len(set.union(*by_group)) > 1


def test_a_served_prediction_is_drawn_into_no_split(tmp_path):
    file = write(tmp_path / "data" / "a.jsonl", {**record("s", tags=[]), "served": {"version": 3}}, *untagged(range(5)))
    assert splits(ingest([file], SCHEMA, tmp_path / "dataset"))["s"] is None


@given(texts=st.lists(st.text(), max_size=20), seed=st.integers(-(2**40), 2**40))
@settings(max_examples=50)
def test_a_bucket_is_a_share_that_depends_on_text_and_seed_alone(texts, seed):
    drawn = buckets(texts, seed)
    assert all(0 <= share < 1 for share in drawn)
    assert drawn == [buckets([text], seed)[0] for text in texts]


def test_buckets_are_the_same_on_every_machine():
    assert buckets(["q1", None, "ä"], 7) == [0.6674301550058698, None, 0.9009239103961034]


def test_a_group_is_the_one_tag_with_the_prefix():
    assert group_of(["x", "doc:1", "doc:1"], "doc:") == "doc:1"
    assert group_of(["x"], "doc:") is None
    assert group_of(["doc:1", "doc:2"], "doc:") is None
