import importlib.util
import io
import json
import os
import subprocess
import sys
import tarfile
import zipfile
from collections import Counter, defaultdict
from pathlib import Path
from types import ModuleType

import pytest

from transom.data.example import ABSTAIN, Example

FOLDER = Path(__file__).parents[2] / "src" / "transom" / "examples" / "sentiment"


def loaded(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"sentiment_{name}", FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def get_data() -> ModuleType:
    return loaded("get_data")


@pytest.fixture(scope="module")
def rules() -> ModuleType:
    return loaded("rules")


def package(get_data: ModuleType, **files: str) -> bytes:
    """A package like the real one, of the files given: `tweets="1\\t0.5\\tHello"` and `tweets_ratings=…`."""
    inner, outer = io.BytesIO(), io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w:gz") as archive:
        for domain, stem in get_data.DOMAINS.items():
            for key, name in ((domain, "GroundTruth"), (f"{domain}_ratings", "anonDataRatings")):
                content = files.get(key, "").encode()
                member = tarfile.TarInfo(f"hutto_ICWSM_2014/{stem}_{name}.txt")
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
    with zipfile.ZipFile(outer, "w") as archive:
        archive.writestr(get_data.INNER_ARCHIVE, inner.getvalue())
    return outer.getvalue()


def snippet(get_data: ModuleType, number: str = "1", text: str = "Hello there", domain: str = "tweets", **rest):
    return get_data.Snippet(domain, number, text, **{"ratings": (1, 2, 3, 0), "published_mean": 1.5, **rest})


def test_texts_and_ratings_are_joined_by_number_in_whatever_order_they_stand(get_data):
    snippets = get_data.read_snippets(
        package(
            get_data, tweets="1\t1\tone\r\n2\t-1\ttwo\r\n", tweets_ratings="2\t-1\t0\t[-1, -1]\r\n1\t1\t0\t[1, 1]\r\n"
        )
    )
    assert [(one.id, one.text, one.ratings) for one in snippets] == [
        ("tweets-1", "one", (1, 1)),
        ("tweets-2", "two", (-1, -1)),
    ]


def test_a_byte_order_mark_is_no_part_of_a_number(get_data):
    (one,) = get_data.read_snippets(
        package(get_data, products="1_1\t1\tok", products_ratings="\ufeff1_1\t1\t0\t[1, 1]")
    )
    assert one.id == "products-1_1"


def test_character_references_become_characters(get_data):
    (one,) = get_data.read_snippets(
        package(get_data, tweets="1\t1\t&lt;3 you &amp; me ", tweets_ratings="1\t1\t0\t[1]")
    )
    assert one.text == "<3 you & me"


@pytest.mark.parametrize(
    ("rating", "name"),
    [
        (-4, "negative"),
        (-0.5, "negative"),
        (-0.49, "neutral"),
        (0, "neutral"),
        (0.49, "neutral"),
        (0.5, "positive"),
        (1, "positive"),
    ],
)
def test_the_class_is_the_sign_of_the_rounded_rating(get_data, rating, name):
    assert get_data.class_of(rating) == name


def test_sentences_of_one_article_are_one_group(get_data):
    groups = get_data.group_of(
        [snippet(get_data, "7_1", "One thing"), snippet(get_data, "7_2", "Another"), snippet(get_data, "8_1", "Else")]
    )
    assert groups["tweets-7_1"] == groups["tweets-7_2"] != groups["tweets-8_1"]


def test_articles_that_share_a_text_are_one_group_through_any_number_of_steps(get_data):
    snippets = [
        snippet(get_data, "1_1", "Same words!"),
        snippet(get_data, "2_1", "other words"),
        snippet(get_data, "3_1", "OTHER words..."),
        snippet(get_data, "3_2", "same WORDS"),
    ]
    assert len(set(get_data.group_of(snippets).values())) == 1


def test_a_split_depends_on_the_group_alone_and_the_shares_come_out(get_data):
    splits = Counter(get_data.split_of(f"group-{number}") for number in range(5000))
    assert splits["train"] / 5000 == pytest.approx(0.7, abs=0.03)
    assert splits["dev"] / 5000 == pytest.approx(0.1, abs=0.03)


def test_a_train_example_has_three_of_its_ratings_and_no_gold(get_data):
    line = get_data.example(snippet(get_data, ratings=(4, 4, 4, 4)), ["train", "tweets"])
    assert line["tasks"] == {"sentiment": {"rating_a": "positive", "rating_b": "positive", "rating_c": "positive"}}


def test_a_test_example_has_the_mean_of_all_ratings_and_no_single_one(get_data):
    line = get_data.example(snippet(get_data, ratings=(-1, -1, 0, 0)), ["test", "tweets"])
    assert line["tasks"] == {"sentiment": {"crowd": "negative"}}


def test_no_rating_is_drawn_twice(get_data):
    drawn = get_data.drawn(snippet(get_data, ratings=(-1, 0, 1)))
    assert sorted(drawn) == [-1, 0, 1]


def test_which_ratings_are_drawn_depends_on_the_text_alone(get_data):
    one = snippet(get_data, ratings=tuple(range(-4, 5)))
    assert get_data.drawn(one) == get_data.drawn(one)
    assert len({tuple(get_data.drawn(snippet(get_data, str(n), ratings=tuple(range(-4, 5))))) for n in range(20)}) > 15


def test_a_tweet_that_was_rated_beside_its_rewritings_is_for_training_only_and_takes_them_along(get_data, tmp_path):
    others = [snippet(get_data, str(number), f"Text number {number}") for number in range(40)]
    yay = snippet(get_data, "90", "Yay.", ratings=(1, 1, 1), published_mean=2.0)
    loud = snippet(get_data, "91", "YAY!!", ratings=(1, 1, 1), published_mean=1.0)
    counts = get_data.write_splits([*others, yay, loud], tmp_path)
    lines = [json.loads(line) for line in (tmp_path / "train.jsonl").read_text().splitlines()]
    assert sum(counts.values()) == 42
    assert [line["id"] for line in lines if "rewritten" in line["tags"]] == ["tweets-90", "tweets-91"]


def test_a_damaged_file_is_refused_by_its_hash(get_data, tmp_path):
    (tmp_path / get_data.FILE_NAME).write_bytes(b"half a file")
    with pytest.raises(get_data.DataError) as caught:
        get_data.main(tmp_path)
    assert str(caught.value) == (
        "vaderSentiment-0.5.zip has the sha256 89ec78391e037cee3da7cef686958aeb92af8b48ae860e8312360f70bd453adf, not "
        "5d97c37f3ef6e24eef331122e055dbedafeb6a56abfce0608b326701116ea49a: it is damaged or another file. "
        "Delete it and run get_data.py again."
    )
    assert not (tmp_path / "data").exists()


def test_without_an_index_the_script_says_what_to_do_and_ends_with_2(tmp_path):
    offline = {**os.environ, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "", "PIP_CONFIG_FILE": os.devnull}
    done = subprocess.run(
        [sys.executable, FOLDER / "get_data.py", tmp_path], env=offline, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr == (
        "vaderSentiment-0.5.zip could not be downloaded: No matching distribution found for vaderSentiment==0.5. "
        "That needs the network and pip. Without them, get the file from https://pypi.org/project/vaderSentiment/0.5/ "
        "on another machine, put it into the project folder, beside schema.yaml, and run there: python get_data.py\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_what_follows_but_decides(rules):
    assert rules.after_but(Example("1", {"text": "Well acted and beautiful, but dull and boring"})) == "negative"
    assert rules.after_but(Example("1", {"text": "It is slow but I love it"})) == "positive"
    assert rules.after_but(Example("1", {"text": "Great but here"})) is ABSTAIN
    assert rules.after_but(Example("1", {"text": "I love it"})) is ABSTAIN


def test_news_without_a_word_of_feeling_is_neutral(rules):
    assert rules.plain_statement(Example("1", {"text": "The council meets today."}, ("editorials",))) == "neutral"
    assert rules.plain_statement(Example("1", {"text": "New post: http://url_removed"}, ("tweets",))) == "neutral"
    assert rules.plain_statement(Example("1", {"text": "A terrible council."}, ("editorials",))) is ABSTAIN
    assert rules.plain_statement(Example("1", {"text": "It runs an hour."}, ("movies",))) is ABSTAIN


def test_an_emoticon_is_told_from_punctuation():
    import polars as pl

    texts = ["so happy :-)", "sad :(", "I <3 you", "at 8:30 (today)", "said: (hm)", "page 3) or 4)", "=D yes", "xP"]
    frame = pl.DataFrame({"text": texts})
    assert loaded("slices").has_emoticon(frame).to_list() == [True, True, True, False, False, False, True, True]


def test_the_example_holds_no_data_of_others():
    assert not [path for path in FOLDER.rglob("*") if path.suffix in {".jsonl", ".zip"} and "data" not in path.parts]
    assert "/data/" in (FOLDER / ".gitignore").read_text()


@pytest.fixture(scope="module")
def fetched(tmp_path_factory, get_data) -> Path:
    folder = tmp_path_factory.mktemp("sentiment")
    try:
        get_data.main(folder)
    except get_data.DataError as error:
        pytest.skip(f"the example's data is not here: {error}")
    return folder


def lines_of(folder: Path, split: str) -> list[dict]:
    return [json.loads(line) for line in (folder / "data" / f"{split}.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.mark.functional
def test_the_real_data_has_every_snippet_once_and_200_rewritten_tweets(fetched):
    splits = {split: lines_of(fetched, split) for split in ("train", "dev", "test")}
    lines = [line for part in splits.values() for line in part]
    assert {split: len(part) for split, part in splits.items()} == {"train": 16623, "dev": 2294, "test": 4786}
    assert len({line["id"] for line in lines}) == len(lines) == 23703
    assert Counter(line["tags"][1] for line in lines) == {
        "tweets": 4200,
        "movies": 10605,
        "products": 3708,
        "editorials": 5190,
    }
    assert sum("rewritten" in line["tags"] for line in splits["train"]) == 200
    assert not any("rewritten" in line["tags"] for line in splits["dev"] + splits["test"])


@pytest.mark.functional
def test_no_article_and_no_text_is_in_two_splits(fetched):
    splits_of = defaultdict(set)
    for split in ("train", "dev", "test"):
        for line in lines_of(fetched, split):
            splits_of[line["payloads"]["text"].casefold()].add(split)
            if "_" in line["id"]:
                splits_of[line["id"].partition("_")[0]].add(split)
    assert {len(splits) for splits in splits_of.values()} == {1}
