"""The report as bytes: UTF-8, two spaces of indent so that versions can be compared line by line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

_INDENT: Final = orjson.OPT_INDENT_2
_EMPTY: Final = b'"organizations": []'


def to_json(document: Mapping[str, Any]) -> bytes:
    """*document* as text with a final newline."""
    return orjson.dumps(document, option=_INDENT | orjson.OPT_APPEND_NEWLINE)


def to_piece(block: Mapping[str, Any]) -> bytes:
    """An entry of `organizations`, indented as it stands there."""
    return b"    " + orjson.dumps(block, option=_INDENT).replace(b"\n", b"\n    ")


@dataclass(frozen=True, slots=True)
class ReportText:
    """The text of a report, piece by piece, so that a fleet need not be held in memory to be written.

    *head* is the report with an empty list of organizations, *organizations* their pieces in order. Both
    can be gone through again. Joined, the pieces are what `to_json` makes of the whole.
    """

    head: Mapping[str, Any]
    organizations: Iterable[bytes]

    def __iter__(self) -> Iterator[bytes]:
        before, _, after = to_json(self.head).partition(b"\n  " + _EMPTY)
        yield before + b'\n  "organizations": ['
        separator = b"\n"
        for piece in self.organizations:
            yield separator + piece
            separator = b",\n"
        yield (b"]" if separator == b"\n" else b"\n  ]") + after
