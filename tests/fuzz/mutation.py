"""Inputs without an engine: the seeds, cut, joined and spoiled at random. Shows that a target runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import Final

MAX_CHANGES: Final = 8
_PIECES: Final = (
    b"\x00",
    b"\xff",
    b"\n",
    b'"',
    b"[",
    b"]",
    b"{",
    b"}",
    b",",
    b"<",
    b">",
    b";",
    b"=",
    b"null",
)
_PIECES_LONG: Final = (b"[" * 2000, b"9" * 5000, b"0x" + b"F" * 6000, b" " * 3000, b"\\ud800", b"1e400")


def inputs(seeds: Sequence[bytes], *, count: int, seed: int = 0) -> Iterator[bytes]:
    """*count* inputs: the *seeds* as they are, then changed ones. The same *seed* gives the same."""
    rng = Random(seed)
    yield from seeds[:count]
    for _ in range(count - len(seeds)):
        data = rng.choice(seeds)
        for _ in range(rng.randint(1, MAX_CHANGES)):
            data = _changed(data, rng, other=rng.choice(seeds))
        yield data


def _changed(data: bytes, rng: Random, *, other: bytes) -> bytes:
    begin, end = sorted(rng.randint(0, len(data)) for _ in range(2))
    match rng.randrange(5):
        case 0:
            return data[:begin] + data[end:]
        case 1:
            return data[:begin] + rng.randbytes(rng.randint(1, 4)) + data[begin:]
        case 2:
            return data[:begin] + rng.choice(_PIECES + _PIECES_LONG) + data[begin:]
        case 3:
            return data[:begin] + other[rng.randint(0, len(other)) :]
        case _:
            return data + data[begin:end]
