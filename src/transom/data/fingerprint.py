"""Fingerprints of what data says, whatever the order, names and compression of its files and the order of its keys."""

from hashlib import blake2b
from typing import Any

import orjson

MODULUS = 1 << 128
"""Of the sums of digests: a sum does not depend on the order of its terms."""


def canonical(record: Any) -> bytes:
    """A record as JSON in the one form that depends neither on the order of its keys nor on white space.

    Raises:
        orjson.JSONEncodeError: it is nested deeper than 254 levels.
    """
    return orjson.dumps(record, option=orjson.OPT_SORT_KEYS)


def digest(form: bytes) -> int:
    """A number below `MODULUS` for the canonical form of one record."""
    return int.from_bytes(blake2b(form, digest_size=16).digest(), "little")
