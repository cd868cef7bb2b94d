"""How figures moved, as a picture of its own: the lines of the HTML page, one below the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from xml.sax.saxutils import escape

from auditor.history.entry import Entry
from auditor.history.sums import COMPLETENESS
from auditor.render.html_page.timeline import PLOT_HEIGHT, PLOT_TOP
from auditor.render.html_page.trend import Line, trend_of
from auditor.render.text import clean

WIDTH: Final = 720
_LEFT: Final = 72
_RIGHT: Final = 24
_TOP: Final = 56
_PANEL: Final = 176
_PLOT_WIDTH: Final = WIDTH - _LEFT - _RIGHT
_SLOT: Final = "expiring"
"""The HTML page draws three figures, by name; this one lends its place to whichever is asked for."""

_STRETCHED: Final = (
    f'<svg y="{PLOT_TOP}" width="100%" height="{PLOT_HEIGHT}" viewBox="0 0 100 {PLOT_HEIGHT}"'
    ' preserveAspectRatio="none" overflow="visible">'
)
_STYLE: Final = (
    "text{font:13px system-ui,sans-serif;fill:#1b1f24}.title{font-size:17px;font-weight:600}"
    ".name{font-weight:600}.axis{fill:#57606a;font-size:11px}.sheet{fill:#fff}.grid{stroke:#d0d7de}"
    ".line{fill:none;stroke:#0b62c4;stroke-width:2}.dot{fill:#0b62c4;stroke:#0b62c4;stroke-width:2}"
    ".hollow{fill:#fff}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.axis{fill:#9198a1}.sheet,.hollow{fill:#0d1117}"
    ".grid{stroke:#3d444d}.line,.dot{stroke:#6cb6ff}.dot{fill:#6cb6ff}.dot.hollow{fill:#0d1117}}"
)


def svg(entries: Sequence[Entry], names: Sequence[tuple[str, str]], *, title: str) -> str:
    """The picture over *entries*, of which there is one at least; completeness in percent.

    *names* are pairs of a figure and its heading. A hollow point is an audit that was not complete.
    """
    panels = [_panel(place, _line(entries, *pair)) for place, pair in enumerate(names)]
    height = _TOP + _PANEL * len(names)
    first, last = entries[0].as_of_text[:10], entries[-1].as_of_text[:10]
    size = f'width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
            f"<title>{_text(title)}, {first} to {last}</title>",
            f"<style>{_STYLE}</style>",
            f'<rect class="sheet" width="{WIDTH}" height="{height}"/>',
            f'<text class="title" x="16" y="30">{_text(title)}</text>',
            f'<text class="axis" x="{WIDTH - _RIGHT}" y="30" text-anchor="end">{first} to {last}</text>',
            *panels,
            "</svg>\n",
        ]
    )


def _line(entries: Sequence[Entry], name: str, heading: str) -> Line:
    points = [
        {
            "asOf": entry.as_of_text,
            "atRisk": None,
            "unused": None,
            _SLOT: _drawn(name, entry),
            "completeness": 1.0 if entry.is_complete else None,
        }
        for entry in entries
    ]
    trend = trend_of(points)
    drawn = next(line for line in (trend.lines if trend else ()) if line.key == _SLOT)
    return replace(drawn, key=name, title=heading)


def _drawn(name: str, entry: Entry) -> float | None:
    value = entry.figures.get(name)
    return int(value * 100) if name == COMPLETENESS and value is not None else value


def _panel(place: int, line: Line) -> str:
    levels = [
        f'<line class="grid" x1="0" x2="100%" y1="{mark.place}" y2="{mark.place}"/>' for mark in line.levels
    ]
    labels = [
        f'<text class="axis" x="{_LEFT - 8}" y="{float(mark.place) + 4:.1f}" text-anchor="end">'
        f"{mark.text}</text>"
        for mark in line.levels
    ]
    dots = [
        f'<circle class="{"dot" if dot.is_whole else "hollow dot"}" cx="{dot.x}" cy="{dot.y}" r="3">'
        f"<title>{_text(dot.told)}</title></circle>"
        for dot in line.dots
    ]
    return "\n".join(
        [
            f'<svg y="{_TOP + _PANEL * place}" width="{WIDTH}" height="{_PANEL}" overflow="visible">',
            f"<desc>{_text(line.title)}: {_text(line.description.partition(' The table')[0])}</desc>",
            f'<text class="name" x="16" y="0">{_text(line.title)}: {line.latest}</text>',
            *labels,
            f'<svg x="{_LEFT}" width="{_PLOT_WIDTH}" height="{_PANEL}" overflow="visible">',
            *levels,
            _STRETCHED,
            f'<path class="line" d="{line.path}" vector-effect="non-scaling-stroke"/>',
            "</svg>",
            *dots,
            "</svg>",
            "</svg>",
        ]
    )


def _text(text: str) -> str:
    return escape(clean(text))
