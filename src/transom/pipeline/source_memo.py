"""What the sources of modules say, parsed once: a run that changes nothing parses none."""

import hashlib
from collections.abc import Mapping
from dataclasses import astuple, dataclass, field
from pathlib import Path

import orjson

from transom.pipeline.checked_file import read_checked, write_checked
from transom.pipeline.source_text import SourceText, read_source

MEMO = "sources.json"
"""Another name than that of earlier memos, which know of no module that is loaded by its name."""

KEPT = 4000
"""Sources that are remembered; what is older is parsed again."""


@dataclass(frozen=True)
class Sources:
    """Texts by the hash of their source: those `known` from earlier runs, and those parsed since."""

    known: Mapping[str, SourceText] = field(default_factory=dict)
    fresh: dict[str, SourceText] = field(default_factory=dict)

    def __call__(self, file: Path) -> SourceText:
        """What the source in a file says."""
        source = file.read_bytes()
        digest = hashlib.sha256(source).hexdigest()
        text = self.known.get(digest) or self.fresh.get(digest)
        if text is None:
            text = self.fresh[digest] = read_source(source)
        return text


def load_sources(cache: Path) -> Sources:
    """What is known from earlier runs: nothing where that was deleted or damaged."""
    content = read_checked(cache / MEMO)
    entries = orjson.loads(content) if content else {}
    return Sources({digest: _text(*parts) for digest, parts in entries.items()})


def save_sources(cache: Path, sources: Sources) -> None:
    """Keeps what was parsed for the next run; of two runs at once one may win."""
    if sources.fresh:
        newest = dict(list({**sources.known, **sources.fresh}.items())[-KEPT:])
        write_checked(cache / MEMO, orjson.dumps({digest: astuple(text) for digest, text in newest.items()}))


def _text(digests: list[list[str]], imports: list[str], strings: list[str]) -> SourceText:
    return SourceText(tuple((name, digest) for name, digest in digests), tuple(imports), tuple(strings))
