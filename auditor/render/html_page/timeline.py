"""Renewals by month: a bar chart and the same numbers in a table, for each licensing model and unit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import floor, log10
from typing import Any, Final

from auditor.render.html_page.words import look

PLOT_TOP: Final = 14
PLOT_HEIGHT: Final = 110
"""Pixels, as all heights here; widths are shares of the chart's own."""

BAR_SHARE: Final = 0.72
"""Of a month's width; the rest is the gap."""

ROOM_FOR_A_YEAR: Final = 3
"""Months that the name of a year is wide."""

_STEPS: Final = (10, 12, 16, 20, 24, 30, 40, 50, 60, 80, 100)
_ORDER: Final = ("per-device", "co-term", "subscription")
_TITLES: Final = {
    ("per-device", "licenses"): "Licenses (per-device)",
    ("per-device", "seats"): "Seats of network licenses (per-device)",
    ("co-term", "devices"): "Devices (co-term)",
    ("subscription", "seats"): "Seats (subscription)",
}


@dataclass(frozen=True, slots=True)
class Bar:
    """One month: *x* and *width* in percent, *y* and *height* in pixels."""

    x: str
    width: str
    y: str
    height: str
    told: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A label of an axis at *place*: pixels from the top, or percent from the left."""

    place: str
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """What ends in each month, in one unit. *years* are (year, months, sum), blank beyond the forecast."""

    key: str
    title: str
    description: str
    bars: Sequence[Bar]
    levels: Sequence[Mark]
    beginnings: Sequence[Mark]
    years: Sequence[tuple[str, Sequence[str], str]]


def charts(forecast: dict[str, Any] | None) -> list[Chart]:
    """A chart for each licensing model and unit: figures of different units are never added."""
    months = look(forecast, "months") or []
    sums: dict[tuple[str, str], dict[str, int]] = {}
    for renewal in look(forecast, "renewals") or []:
        by_month = sums.setdefault((renewal["licensingModel"], renewal["unit"]), {})
        for month, count in renewal["byMonth"].items():
            by_month[month] = by_month.get(month, 0) + count
    ordered = sorted(sums, key=lambda pair: (_ORDER.index(pair[0]), pair[1]))
    return [_chart(pair, [sums[pair].get(month, 0) for month in months], months) for pair in ordered]


def _chart(pair: tuple[str, str], counts: list[int], months: list[str]) -> Chart:
    model, unit = pair
    top = round_up(max(counts, default=0))
    peak = max(range(len(counts)), key=counts.__getitem__, default=0)
    return Chart(
        key=f"{model}-{unit}",
        title=_TITLES.get(pair, f"{unit.capitalize()} ({model})"),
        description=(
            f"{sum(counts):,} {unit} end in {len(months)} months from {months[0]}; most in {months[peak]},"
            f" with {counts[peak]:,}. The table below the chart has every month."
            if counts
            else "Nothing ends."
        ),
        bars=[
            _bar(place, count, top, share=100 / len(months), told=f"{month}: {count:,} {unit}")
            for place, (month, count) in enumerate(zip(months, counts, strict=True))
            if count
        ],
        levels=levels(top),
        beginnings=_beginnings(months),
        years=_years(dict(zip(months, counts, strict=True))),
    )


def _beginnings(months: Sequence[str]) -> list[Mark]:
    """Where a year begins, and the first month, unless the next year would stand in its way."""
    places = [place for place, month in enumerate(months) if month.endswith("-01")]
    if months and (not places or places[0] >= ROOM_FOR_A_YEAR):
        places.insert(0, 0)
    return [Mark(f"{place * 100 / len(months):.2f}%", months[place][:4]) for place in places]


def _bar(place: int, count: int, top: int, *, share: float, told: str) -> Bar:
    height = max(1.0, PLOT_HEIGHT * count / top)
    return Bar(
        x=f"{share * (place + (1 - BAR_SHARE) / 2):.2f}%",
        width=f"{share * BAR_SHARE:.2f}%",
        y=f"{PLOT_TOP + PLOT_HEIGHT - height:.1f}",
        height=f"{height:.1f}",
        told=told,
    )


def round_up(value: int) -> int:
    """The next number that is easy to read and to halve: 2, 4, 6, 8, 10, 12, 16, 20, 24, 30, 40, 50, ..."""
    if value <= 10:  # noqa: PLR2004 - below, each even number is one
        return max(2, value + value % 2)
    decade: int = 10 ** (floor(log10(value)) - 1)
    return next(step * decade for step in _STEPS if value <= step * decade)


def levels(top: int) -> list[Mark]:
    """Nothing, half and all of *top*."""
    return [
        Mark(f"{PLOT_TOP + PLOT_HEIGHT * (1 - share):.1f}", f"{round(top * share):,}")
        for share in (1.0, 0.5, 0.0)
    ]


def _years(by_month: dict[str, int]) -> list[tuple[str, Sequence[str], str]]:
    rows: list[tuple[str, Sequence[str], str]] = []
    for year in sorted({month[:4] for month in by_month}):
        counts = [by_month.get(f"{year}-{month:02}") for month in range(1, 13)]
        rows.append((year, [_cell(count) for count in counts], f"{sum(_known(counts)):,}"))
    return rows


def _cell(count: int | None) -> str:
    return "" if count is None else f"{count:,}"


def _known(counts: Iterable[int | None]) -> list[int]:
    return [count for count in counts if count is not None]
