"""The comparison as a picture: one row per client, one panel per figure, SVG by hand.

Bars are medians over the rounds, dots the rounds themselves. No library draws it: the picture is
worth no dependency.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from statistics import median
from typing import Final

from tests.benchmarks.measuring import Fleet, Run
from tests.benchmarks.table import by_client, grouped, least_seconds

NAMES_WIDTH: Final = 226
PANEL_WIDTH: Final = 150
GAP: Final = 34
ROW: Final = 34
BAR: Final = 14
TOP: Final = 96
BOTTOM: Final = 74
VALUE_ROOM: Final = 0.72
"""Part of a panel that the longest bar fills; its value stands beside it."""

OURS, OTHERS, DOTS, INK, FAINT, LIMIT = "#0969da", "#afb8c1", "#424a53", "#1f2328", "#d0d7de", "#cf222e"
FONT: Final = "font-family='system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif'"


@dataclass(frozen=True, slots=True)
class Panel:
    """One figure of `Run`; *limit* is drawn as a line with *limit_name* below it."""

    title: str
    unit: str
    figure: str
    written: Callable[[float], str]
    limit: float | None = None
    limit_name: str = ""


def to_svg(runs: Sequence[Run], fleet: Fleet, machine: str) -> str:
    """The picture of the comparison under the budgets."""
    groups = grouped(runs, by_client)
    panels = _panels(fleet)
    width = NAMES_WIDTH + len(panels) * (PANEL_WIDTH + GAP)
    height = TOP + len(groups) * ROW + BOTTOM
    title = (
        f"{fleet.organizations:,} organizations, {fleet.licenses:,} licenses, {fleet.pages:,} pages,"
        f" {fleet.latency * 1000:.0f} ms latency, the vendor's budgets enforced"
    )
    rounds = len(runs) // max(1, len(groups))
    foot = f"Bars: median of {rounds} {'round' if rounds == 1 else 'rounds'}; dots: each round."
    lines = [
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' role='img' {FONT}>",
        f"<title>{escape(title)}</title>",
        f"<rect width='{width}' height='{height}' fill='#ffffff'/>",
        _text(16, 28, title, size=15, weight=600),
        *(_text(16, _middle_of(row), name, color=_ink(name)) for row, name in enumerate(groups)),
    ]
    for number, panel in enumerate(panels):
        lines += _draw(panel, NAMES_WIDTH + number * (PANEL_WIDTH + GAP), groups)
    lines += [
        _text(16, height - 26, foot, size=10, color=DOTS),
        _text(16, height - 12, machine, size=10, color=DOTS),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _panels(fleet: Fleet) -> list[Panel]:
    least = least_seconds(fleet)
    return [
        Panel("Wall time", "seconds", "wall", "{:.1f}".format, least, f"least possible {least:.1f}"),
        Panel("CPU of the client", "seconds", "cpu", "{:.1f}".format),
        Panel("Peak memory", "MB", "peak_megabytes", "{:.0f}".format),
        Panel("Refused requests", "429 answers", "rate_limited", "{:.0f}".format),
    ]


def _draw(panel: Panel, left: float, groups: dict[str, list[Run]]) -> Iterator[str]:
    values = {name: [float(getattr(run, panel.figure)) for run in group] for name, group in groups.items()}
    ticks = nice_ticks(max([panel.limit or 0, *(value for group in values.values() for value in group)]))
    scale = PANEL_WIDTH * VALUE_ROOM / ticks[-1]
    floor = TOP + len(groups) * ROW
    yield _text(left, TOP - 32, panel.title, size=13, weight=600)
    yield _text(left, TOP - 16, panel.unit, size=11, color=DOTS)
    for tick in ticks:
        x = left + tick * scale
        yield _line(x, TOP - 4, floor, color=FAINT)
        yield _text(x, floor + 14, f"{tick:g}", size=10, color=DOTS, anchor="middle")
    for row, (name, numbers) in enumerate(values.items()):
        yield from _bar(numbers, left, row=row, scale=scale, color=_fill(name))
        beside = left + max(numbers) * scale + 6
        yield _text(beside, _middle_of(row), panel.written(median(numbers)), size=12, weight=600)
    if panel.limit is not None:
        yield _line(left + panel.limit * scale, TOP - 4, floor, color=LIMIT, dash="4 3")
        yield _text(left, floor + 29, f"- - {panel.limit_name}", size=10, color=LIMIT)


def _bar(numbers: Sequence[float], left: float, *, row: int, scale: float, color: str) -> Iterator[str]:
    """The median, and a dot for each round where there are several."""
    length, top = median(numbers) * scale, TOP + row * ROW + (ROW - BAR) / 2
    yield f"<rect x='{left:.1f}' y='{top:.1f}' width='{length:.1f}' height='{BAR}' fill='{color}'/>"
    for number in numbers if len(numbers) > 1 else ():
        x = left + number * scale
        yield f"<circle cx='{x:.1f}' cy='{top + BAR / 2:.1f}' r='2' fill='{DOTS}'/>"


def nice_ticks(largest: float) -> list[float]:
    """Zero and two to five round steps; the last is *largest* at least."""
    rough = (largest or 1.0) / 3
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    return [step * number for number in range(math.ceil((largest or 1.0) / step - 1e-9) + 1)]


def _middle_of(row: int) -> float:
    return TOP + row * ROW + ROW / 2 + 4


def _is_ours(name: str) -> bool:
    return name.startswith("auditor")


def _fill(name: str) -> str:
    return OURS if _is_ours(name) else OTHERS


def _ink(name: str) -> str:
    return OURS if _is_ours(name) else INK


def _line(x: float, top: float, bottom: float, *, color: str, dash: str = "none") -> str:
    ends = f"x1='{x:.1f}' x2='{x:.1f}' y1='{top}' y2='{bottom}'"
    return f"<line {ends} stroke='{color}' stroke-dasharray='{dash}'/>"


def _text(
    x: float,
    y: float,
    text: str,
    *,
    size: int = 13,
    weight: int = 400,
    color: str = INK,
    anchor: str = "start",
) -> str:
    return (
        f"<text x='{x:.1f}' y='{y:.1f}' font-size='{size}' font-weight='{weight}' fill='{color}'"
        f" text-anchor='{anchor}'>{escape(text)}</text>"
    )
