"""How the figures moved over the last runs: a small line for each, and the same numbers in a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from auditor.render.html_page.blocks import DAY, TEXT, Column, Table
from auditor.render.html_page.timeline import PLOT_HEIGHT, PLOT_TOP, Mark, levels, round_up
from auditor.render.html_page.words import NOT_KNOWN, moment, number

Point = Mapping[str, Any]
"""One run: `asOf` (RFC 3339, UTC), `expiring`, `atRisk` and `unused` (licenses, or None where not known), and
`completeness`, the share of the selected organizations that was read to its end, from 0 to 1, or None.
`marks`, where there are any, tell why the run does not compare with the one before."""

_MARKS: Final = {
    "notComplete": "not complete: lower bounds",
    "afterIncomplete": "the run before was not complete",
    "otherOrganizations": "other organizations than before",
    "otherWindows": "other windows than before",
    "otherPlan": "another plan than before",
}

_LINES: Final = (("expiring", "Expiring"), ("atRisk", "At risk"), ("unused", "Unused"))


@dataclass(frozen=True, slots=True)
class Dot:
    """A run on a line: *x* in percent, *y* in pixels; hollow where the audit was not complete."""

    x: str
    y: str
    is_whole: bool
    told: str


@dataclass(frozen=True, slots=True)
class Line:
    """One figure over the runs. *path* is drawn on a plane of 100 by `PLOT_HEIGHT`, with gaps.

    *dots* are the last run, those that were not complete, and those that do not compare with the one before.
    """

    key: str
    title: str
    latest: str
    description: str
    path: str
    dots: Sequence[Dot]
    levels: Sequence[Mark]


@dataclass(frozen=True, slots=True)
class Trend:
    """All lines, the days on which they begin and end, and the table."""

    lines: Sequence[Line]
    first: str
    last: str
    table: Table


def trend_of(points: Sequence[Point]) -> Trend | None:
    """The trend over *points* in the order of time; None where there is no run."""
    ordered = sorted(points, key=lambda one: str(one["asOf"]))
    if not ordered:
        return None
    places = _places([datetime.fromisoformat(one["asOf"]) for one in ordered])
    return Trend(
        lines=[_line(key, title, ordered, places) for key, title in _LINES],
        first=ordered[0]["asOf"][:10],
        last=ordered[-1]["asOf"][:10],
        table=_table(ordered),
    )


def _places(instants: Sequence[datetime]) -> list[float]:
    """Where each instant lies between the first and the last, from 0 to 1; in the middle if there is one."""
    span = (instants[-1] - instants[0]).total_seconds()
    return [(one - instants[0]).total_seconds() / span if span else 0.5 for one in instants]


def _line(key: str, title: str, points: Sequence[Point], places: Sequence[float]) -> Line:
    values = [one[key] for one in points]
    known = [value for value in values if value is not None]
    top = round_up(max(known, default=0))
    heights = [None if value is None else PLOT_HEIGHT * (1 - value / top) for value in values]
    dots = [
        Dot(
            x=f"{place * 100:.2f}%",
            y=f"{PLOT_TOP + height:.1f}",
            is_whole=_is_whole(point),
            told=f"{point['asOf'][:10]}: {number(point[key])}{_aside(point)}",
        )
        for place, height, point in zip(places, heights, points, strict=True)
        if height is not None and (point is points[-1] or _aside(point))
    ]
    between = f", between {min(known):,} and {max(known):,}" if known else ""
    told = f"{number(values[0])} at first, {number(values[-1])} at last{between}."
    return Line(
        key=key,
        title=title,
        latest=number(values[-1]),
        description=f"{told} The table below has every run.",
        path=_path(places, heights),
        dots=dots,
        levels=levels(top),
    )


def _is_whole(point: Point) -> bool:
    return point["completeness"] is not None and point["completeness"] >= 1


def _aside(point: Point) -> str:
    """What a reader should know before comparing the run with others."""
    told = _marked(point) or ("" if _is_whole(point) else "not complete")
    return f", {told}" if told else ""


def _path(places: Sequence[float], heights: Sequence[float | None]) -> str:
    """A line through the known points; a run that does not know breaks it."""
    steps, is_drawing = [], False
    for place, height in zip(places, heights, strict=True):
        if height is not None:
            steps.append(f"{'L' if is_drawing else 'M'}{place * 100:.2f} {height:.1f}")
        is_drawing = height is not None
    return " ".join(steps)


def _table(points: Sequence[Point]) -> Table:
    columns = (Column("Run", DAY), *(Column(title) for _, title in _LINES), Column("Read"))
    rows = [
        (moment(one["asOf"]), *(number(one[key]) for key, _ in _LINES), _share(one["completeness"]))
        for one in reversed(points)
    ]
    notes = [_marked(one) for one in reversed(points)]
    if any(notes):
        columns = (*columns, Column("Does not compare", TEXT))
        rows = [(*row, note) for row, note in zip(rows, notes, strict=True)]
    return Table("The runs, the latest first", columns, rows)


def _marked(point: Point) -> str:
    """Its marks in words; one of a later version as it is."""
    return "; ".join(_MARKS.get(mark, mark) for mark in point.get("marks") or ())


def _share(completeness: float | None) -> str:
    """Rounded down: only what is complete is 100 %."""
    return NOT_KNOWN if completeness is None else f"{int(completeness * 1000) / 10:g} %"
