"""Lines of JSONL files, plain or gzip, read in blocks of bounded size."""

import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

BLOCK_BYTES = 1 << 19
"""How much is read at once; a block holds more only where a single line is longer."""

MAX_LINE_BYTES = 1 << 26
"""A longer line is taken for a file that is no JSONL at all."""

BOM = b"\xef\xbb\xbf"
GZIP = 16 + zlib.MAX_WBITS


@dataclass(frozen=True)
class Block:
    """Consecutive lines of a file without their line ends; `first` is the number of the first one, from 1.

    `damage` says why the file could not be read beyond this block, whose only line then is what stood there, cut off.
    """

    file: str
    first: int
    lines: list[bytes]
    damage: str | None = None


def read_blocks(path: Path, name: str) -> Iterator[Block]:
    """All lines of a file; `name` is what messages call it. The last line need not end with a line end."""
    first, damage = 1, None
    pending: list[bytes] = []  # of a line whose end is not read yet
    try:
        for chunk in _chunks(path):
            if b"\n" in chunk:
                lines = b"".join([*pending, chunk]).split(b"\n")
                pending = [lines.pop()]
                yield Block(name, first, lines)
                first += len(lines)
            else:
                pending.append(chunk)
                if sum(map(len, pending)) > MAX_LINE_BYTES:
                    raise ValueError(f"a line is longer than {MAX_LINE_BYTES >> 20} MB, so this is no JSONL")
    except (OSError, EOFError, ValueError, zlib.error) as error:
        damage = str(error)
    rest = b"".join(pending)
    if rest or damage is not None:
        yield Block(name, first, [rest] if rest else [], damage)


def has_bom(path: Path) -> bool:
    """Whether a file opens with a byte order mark, which some editors write; reading skips it."""
    with suppress(OSError, EOFError, zlib.error):  # reading tells of these
        return next(_unpacked(path), b"").startswith(BOM)
    return False


def _chunks(path: Path) -> Iterator[bytes]:
    chunks = _unpacked(path)
    yield next(chunks, b"").removeprefix(BOM)
    yield from chunks


def _unpacked(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        if path.suffix != ".gz":
            while chunk := file.read(BLOCK_BYTES):
                yield chunk
            return
        unpack = zlib.decompressobj(GZIP)
        while packed := unpack.unconsumed_tail or unpack.unused_data.lstrip(b"\0") or file.read(BLOCK_BYTES):
            if unpack.eof:
                unpack = zlib.decompressobj(GZIP)
            yield unpack.decompress(packed, BLOCK_BYTES)
        yield unpack.flush()
        if not unpack.eof:
            raise EOFError("the gzip stream is cut off")
