"""What a section of the page is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")

NAME = "name"
TEXT = "text"
NUMBER = "number"
DAY = "day"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure with its label, and lines that go with it. A *headline* is set large."""

    label: str
    value: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """A column: *kind* is one of NAME, TEXT, NUMBER, DAY. The first column of a table heads its rows."""

    head: str
    kind: str = NUMBER


@dataclass(frozen=True, slots=True)
class Table:
    """A table; *rest* tells of the rows that are left out, *note* how to read the others."""

    caption: str
    columns: tuple[Column, ...]
    rows: Sequence[Sequence[str]]
    note: str = ""
    rest: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A section; what it does not have is left out. *key* is its anchor."""

    key: str
    heading: str
    lead: str = ""
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = field(default=())


def shortened(rows: Sequence[T], limit: int, where: str) -> tuple[Sequence[T], str]:
    """The first *limit* of *rows*, and a sentence about the others, which are to be found *where*."""
    rest = len(rows) - limit
    return (rows, "") if rest <= 0 else (rows[:limit], f"and {rest:,} more: {where}")
