"""A difference as tables for a person, in plain text and in Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from unicodedata import combining, east_asian_width

from auditor.judge.comparison.difference import (
    CountChange,
    DateChange,
    Difference,
    Entry,
    Move,
    Side,
    TotalChange,
)

_SPECIAL: Final = re.compile(r"[\\`*_\[\]<>#|~&!@:$]|(?<=www)\.", re.IGNORECASE)
_LONGEST_NAME: Final = 120
_WHOLE: Final = "everything"


@dataclass(frozen=True, slots=True)
class Table:
    """One kind of difference. *headers* name the columns; numbers stand in the last."""

    title: str
    headers: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


def tables_of(difference: Difference) -> list[Table]:
    """What changed, the most urgent first; only what there is something of."""
    tables = [
        *_licenses(difference),
        *_organizations(difference),
        Table("Changed", ("organization", "what", "before", "after"), _changes(difference)),
        Table(
            "Dates", ("organization", "figure", "before", "after"), [_date(one) for one in difference.dates]
        ),
        Table("Totals", ("figure", "before", "after", "change"), [_total(one) for one in difference.totals]),
        Table(
            "Counts",
            ("organization", "figure", "before", "after", "change"),
            [_count(one) for one in difference.counts],
        ),
    ]
    return [table for table in tables if table.rows]


def text_lines(difference: Difference) -> Iterator[str]:
    """For a terminal: aligned columns below each title."""
    yield f"old  {_side(difference.old)}"
    yield f"new  {_side(difference.new)}"
    yield from (f"warning: {one}" for one in difference.warnings)
    for table in tables_of(difference):
        yield ""
        yield f"{table.title}:"
        yield from _aligned(table)
    yield ""
    yield "changed" if difference.changed else "nothing changed"


def markdown_lines(difference: Difference) -> Iterator[str]:
    """For a pull request or a wiki: GitHub's tables."""
    yield "# What changed in the licenses"
    yield ""
    yield f"- old: {_side(difference.old)}"
    yield f"- new: {_side(difference.new)}"
    yield from (f"- warning: {_escaped(one)}" for one in difference.warnings)
    for table in tables_of(difference):
        yield ""
        yield f"## {table.title}"
        yield ""
        yield _row(table.headers)
        yield _row(["---"] * len(table.headers))
        yield from (_row(map(_escaped, row)) for row in table.rows)
    if not difference.changed:
        yield ""
        yield "Nothing changed."


def _licenses(difference: Difference) -> Iterator[Table]:
    licenses = difference.licenses
    titles = {
        "Became expiring (net)": licenses.became_expiring,
        "Expired (net)": licenses.expired,
        "Renewed (net)": licenses.renewed,
        "Became unused (net)": licenses.became_unused,
        "Began to burn unused (net)": licenses.began_to_burn,
        "Reclaimed (net)": licenses.reclaimed,
    }
    for title, moves in titles.items():
        yield Table(title, ("organization", "what", "count"), [_move(one) for one in moves])


def _organizations(difference: Difference) -> Iterator[Table]:
    found = difference.organizations
    for title, known in (("Appeared", found.appeared), ("Vanished", found.vanished)):
        yield Table(title, ("organization", "status"), [(_name(one), one.status) for one in known])
    unknown = [(_name(one), f"missing from {one.missing_from.upper()}") for one in found.unknown]
    yield Table("Not known: a report that could not list everything", ("organization", "why"), unknown)
    for title, access in (("Lost access", found.lost_access), ("Came back", found.came_back)):
        rows = [(_name(one), one.before, one.after, one.reason or "") for one in access]
        yield Table(title, ("organization", "before", "after", "reason"), rows)


def _changes(difference: Difference) -> list[tuple[str, ...]]:
    return [(_name(one), one.what, _clipped(one.before), _clipped(one.after)) for one in difference.changes]


def _move(one: Move) -> tuple[str, ...]:
    bound = "at least " if one.at_least else ""
    unit = one.unit.removesuffix("s") if one.count == 1 else one.unit
    return _name(one), one.what or _WHOLE, f"{bound}{one.count:,} {unit}"


def _date(one: DateChange) -> tuple[str, ...]:
    figure = one.figure if one.what is None else f"{one.figure} {one.what}"
    return _name(one), figure, _day(one.before), _day(one.after)


def _total(one: TotalChange) -> tuple[str, ...]:
    return one.figure, f"{one.before:,}", f"{one.after:,}", _rise(one)


def _count(one: CountChange) -> tuple[str, ...]:
    return _name(one), one.figure, f"{one.before:,}", f"{one.after:,}", _rise(one)


def _rise(one: TotalChange | CountChange) -> str:
    bound = "at least " if one.at_least else ""
    return f"{bound}{one.after - one.before:+,}"


def _name(entry: Entry) -> str:
    return f"{_clipped(entry.name) or '?'} ({_clipped(entry.organization_id)}, {_clipped(entry.tenant)})"


def _clipped(name: str) -> str:
    """*name*, which others chose, so short that it cannot fill a page."""
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def _day(instant: datetime | None) -> str:
    return "none" if instant is None else instant.date().isoformat()


def _side(side: Side) -> str:
    state = "complete" if side.complete else "INCOMPLETE"
    noun = "organization" if side.organizations == 1 else "organizations"
    return f"{side.as_of.isoformat().replace('+00:00', 'Z')}, {side.organizations:,} {noun}, {state}"


def _aligned(table: Table) -> Iterator[str]:
    widths = [max(_width(row[column]) for row in table.rows) for column in range(len(table.headers))]
    for row in table.rows:
        cells = [cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)]
        yield f"  {'  '.join(cells)}".rstrip()


def _width(text: str) -> int:
    """Columns of a terminal: names may be Chinese, or have accents of their own."""
    return sum(0 if combining(char) else 1 + (east_asian_width(char) in "WF") for char in text)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escaped(text: str) -> str:
    """*text* as Markdown shows it, with no link in it: names come from the API and may hold anything."""
    printable = "".join(char if char.isprintable() else "?" for char in text)
    return _SPECIAL.sub(r"\\\g<0>", printable)
