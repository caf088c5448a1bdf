"""Fingerprints of what data files say, whatever their order, names, compression and order of keys."""

from hashlib import blake2b
from typing import Any

import orjson

MODULUS = 1 << 128


def canonical(record: Any) -> bytes:
    """A record as JSON in the one form that does not depend on the order of its keys, nor on white space."""
    return orjson.dumps(record, option=orjson.OPT_SORT_KEYS)


def digest(canonical_record: bytes) -> int:
    """A number for one record. Sums of these modulo 2^128 do not depend on the order of the records."""
    return int.from_bytes(blake2b(canonical_record, digest_size=16).digest(), "little")


def bucket(text: str, seed: int) -> float:
    """A share in [0, 1) drawn by a hash, the same for the same text and seed on every machine."""
    hashed = blake2b(text.encode(), digest_size=8, salt=seed.to_bytes(8, "little", signed=True)).digest()
    return (int.from_bytes(hashed, "little") >> 11) / (1 << 53)
