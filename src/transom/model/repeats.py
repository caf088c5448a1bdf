"""The tokens that are told what is said of the same word elsewhere in their sequence."""

from collections.abc import Sequence as Blocks

from transom.model.graph import Block, Embedding, Repeats
from transom.schema.payloads import Payload, Sequence

MOST_COMPARED = 1024
"""Tokens of longer sequences are not compared with each other: the memory for that grows with the square."""


def repeats_of(payload: Payload, encoded: Blocks[Block]) -> list[Repeats]:
    """The block after those of an encoded payload, where it is a sequence of words and not of too many."""
    match payload, encoded[0]:
        case Sequence(value="token", max_length=most), Embedding() if most <= MOST_COMPARED:
            return [Repeats(f"payload/{payload.name}/repeats", (encoded[-1].id,), encoded[-1].shape)]
        case _:
            return []
