from __future__ import annotations

from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from auditor.cli.trend_svg import svg
from auditor.history.entry import Entry
from tests.history.runs import FIRST
from tests.render.documents import names

NAMES = [("expiring.total", "Expiring"), ("completeness", "Completeness, percent")]


def an_entry(night: int, expiring: int | None, *, is_complete: bool = True) -> Entry:
    """A run of one night."""
    fields: dict[str, Any] = {"run_id": "r", "tool_version": "1", "windows_days": (30,), "plan": "full"}
    at = FIRST + timedelta(days=night)
    figures = {"expiring.total": expiring, "completeness": 1.0 if is_complete else 0.996}
    return Entry(as_of=at, finished_at=at, is_complete=is_complete, figures=figures, **fields)


def texts(picture: str) -> list[str]:
    """All that can be read in the picture."""
    return [text.strip() for text in ET.fromstring(picture).itertext() if text.strip()]  # noqa: S314 - ours


def test_a_picture_has_a_panel_for_each_figure() -> None:
    """With its latest value, and a hollow point where an audit was not complete."""
    nights = [an_entry(0, 4), an_entry(1, None), an_entry(2, 8, is_complete=False), an_entry(3, 9)]
    picture = svg(nights, NAMES, title="All organizations")
    told = texts(picture)

    assert {"Expiring: 9", "Completeness, percent: 100", "2026-03-03: 8, not complete"} <= set(told)
    assert "2026-03-03: 99, not complete" in told  # rounded down: only what is complete is 100
    assert picture.count('class="hollow dot"') == 2
    assert picture.count("<path") == 2
    assert 'd="M0.00 66.0 M66.67 22.0 L100.00 11.0"' in picture


def test_a_picture_asks_for_nothing_from_elsewhere() -> None:
    """No script, no link, no font: it may be mailed."""
    picture = svg([an_entry(0, 1)], NAMES, title="x")

    assert picture.count("http") == 1
    assert 'xmlns="http://www.w3.org/2000/svg"' in picture
    assert "<script" not in picture
    assert "url(" not in picture


@given(names(), st.lists(st.none() | st.integers(0, 10**6), min_size=1, max_size=5))
def test_whatever_a_tenant_is_called_the_picture_is_xml(title: str, values: list[int | None]) -> None:
    """And shows the name as it is."""
    picture = svg([an_entry(night, value) for night, value in enumerate(values)], NAMES, title=title)
    root = ET.fromstring(picture)  # noqa: S314 - our own

    assert {element.tag.rpartition("}")[2] for element in root.iter()} <= {
        *("svg", "title", "desc", "style", "rect", "text", "line", "path", "circle")
    }
