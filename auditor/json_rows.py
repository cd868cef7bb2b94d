"""Reads a JSON list row by row, out of text that comes in chunks: a row is gone before the next is read.

As objects, rows take ten times the room of their text, and the lists of a fleet are long. Slower than
reading the whole, so for reports and never for licenses.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, Final

CHUNK_BYTES: Final = 64 * 1024
WHOLE: Final = re.compile(r"\A\s*\[")
"""The list is all that the text holds."""

_BLANK_OR_COMMA: Final = re.compile(r"[\s,]*")


def rows_of(chunks: Iterable[bytes], *, opening: re.Pattern[str] = WHOLE) -> Iterator[Any]:
    """The rows of the list that *opening* leads into, one after another.

    Raises:
        ValueError: there is no such list, a row is not JSON, the text ends before the list does, or, where
            the list is to be the whole, more comes after it. Rows before that were yielded.
        RecursionError: a row is nested beyond all measure.
    """
    texts = codecs.iterdecode(chunks, "utf-8")
    buffer = _after_opening(texts, opening)
    read = json.JSONDecoder().raw_decode
    for more in chain([""], texts):
        buffer += more
        place = _next_row(buffer, 0)
        while place < len(buffer):
            if buffer[place] == "]":
                _check_end(buffer[place + 1 :], texts, is_whole=opening is WHOLE)
                return
            try:
                row, end = read(buffer, place)
            except json.JSONDecodeError:
                break  # the rest of the row is still to come, or never comes
            yield row
            place = _next_row(buffer, end)
        buffer = buffer[place:]
    raise ValueError("the list does not end")


def _after_opening(texts: Iterator[str], opening: re.Pattern[str]) -> str:
    buffer = ""
    for text in texts:
        buffer += text
        if found := opening.search(buffer):
            return buffer[found.end() :]
    raise ValueError("there is no such list")


def _next_row(buffer: str, place: int) -> int:
    found = _BLANK_OR_COMMA.match(buffer, place)
    return found.end() if found else place


def _check_end(rest: str, texts: Iterator[str], *, is_whole: bool) -> None:
    if is_whole and (rest.strip() or any(text.strip() for text in texts)):
        raise ValueError("there is text after the list")
