"""The API keys that this process has read: none of them stands in anything that it writes.

They are the command line's, not a run's: a message may be about a key before there is a run, and after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from auditor.engine.masking import Masker
from auditor.settings.key import ApiKey, mask_api_keys

CHUNK_BYTES: Final = 128 * 1024


class _KnownKeys:
    """The masker of all keys that were learned."""

    def __init__(self) -> None:
        self.masker = Masker(())
        self._texts: dict[str, None] = {}

    def learn(self, keys: Iterable[ApiKey]) -> None:
        self._texts |= dict.fromkeys(key.reveal() for key in keys)
        self.masker = Masker(self._texts)

    def forget(self) -> None:
        self._texts = {}
        self.masker = Masker(())


_KNOWN = _KnownKeys()


@dataclass(frozen=True, slots=True)
class _Masked:
    """Pieces without keys, as often as they are gone through."""

    pieces: Iterable[bytes]
    masker: Masker

    def __iter__(self) -> Iterator[bytes]:
        return map(self.masker.in_bytes, _in_chunks(self.pieces))


def _in_chunks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """*pieces*, of which a fleet has hundreds of thousands, joined to chunks worth a search and a write."""
    chunk: list[bytes] = []
    size = 0
    for piece in pieces:
        chunk.append(piece)
        size += len(piece)
        if size >= CHUNK_BYTES:
            yield b"".join(chunk)
            chunk.clear()
            size = 0
    if chunk:
        yield b"".join(chunk)


def learn(keys: Iterable[ApiKey]) -> None:
    """Mask *keys* from now on."""
    _KNOWN.learn(keys)


def forget() -> None:
    """Begin as a new process does: for tests and embedders, which run several commands in one."""
    _KNOWN.forget()


def masked_text(text: str) -> str:
    """*text* without any known key."""
    return _KNOWN.masker.in_text(text)


def masked_message(text: str) -> str:
    """*text* without any known key, and without what looks like a key that nobody knows."""
    return mask_api_keys(masked_text(text))


def masked_pieces(pieces: Iterable[bytes]) -> Iterable[bytes]:
    """*pieces* of a file without any known key; they may be gone through more than once if *pieces* may."""
    return _Masked(pieces, _KNOWN.masker) if _KNOWN.masker else pieces
