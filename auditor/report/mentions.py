"""Known words, found wherever a text mentions them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeAlias

Span: TypeAlias = tuple[int, int]
"""Where something begins in a text, and where it has ended."""

SHORT: Final = 5
"""Words of fewer characters are found only where they stand alone: `Ada` is not in `readable`."""

_ANY_CASE: Final = 3
"""Words of fewer characters are found only as they are spelled: `IT` is no `it`."""


class Mentions:
    """Finds *words* in texts, however many there are, in whatever case."""

    def __init__(self, words: Iterable[str]) -> None:
        known = [word for word in words if word]
        self._words = frozenset(map(folded, known))
        self._spelled = frozenset(word for word in known if len(word) < _ANY_CASE)
        lengths: dict[str, set[int]] = {}
        for word in self._words:
            lengths.setdefault(word[0], set()).add(len(word))
        self._lengths = {first: sorted(found, reverse=True) for first, found in lengths.items()}

    def spans(self, text: str) -> Iterator[Span]:
        """The longest mention that begins at each place of *text*; they may overlap."""
        plain = folded(text)
        for start, first in enumerate(plain):
            for length in self._lengths.get(first, ()):
                end = start + length
                if plain[start:end] in self._words and self._counts(text, start, end):
                    yield start, end
                    break

    def _counts(self, text: str, start: int, end: int) -> bool:
        if end > len(text):  # a shorter word, which its own length finds
            return False
        if end - start < _ANY_CASE and text[start:end] not in self._spelled:
            return False
        is_alone = not (_is_within_word(text, start) or _is_within_word(text, end))
        return is_alone or end - start >= SHORT


def folded(text: str) -> str:
    """*text* without case, character by character: none is lost, so that places in it stay the same."""
    whole = text.casefold()
    return whole if len(whole) == len(text) else "".join(map(_folded_character, text))


def _folded_character(one: str) -> str:
    return next((found for found in (one.casefold(), one.lower()) if len(found) == 1), one)


def _is_within_word(text: str, place: int) -> bool:
    """Whether no word ends or begins at *place*; only scripts that part words by spaces can tell."""
    around = text[max(0, place - 1) : place + 1]
    return place > 0 and len(around) > 1 and around.isascii() and around.isalnum()


def replaced(text: str, spans: Iterable[Span], substitute: Callable[[str], str]) -> str:
    """*text* with what is in *spans* substituted; where they overlap, all that they cover together."""
    pieces: list[str] = []
    at = 0
    for start, end in joined(spans):
        pieces += text[at:start], substitute(text[start:end])
        at = end
    return "".join((*pieces, text[at:]))


def joined(spans: Iterable[Span]) -> list[Span]:
    """*spans* in order, those that overlap made one."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start < found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found
