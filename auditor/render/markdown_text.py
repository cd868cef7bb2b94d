"""Markdown (GitHub's flavour) made of text that must not become markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from auditor.render.text import MAX_NAME, clipped, counted

_MARKUP: Final = re.compile(r"[\\`*_{}\[\]<>()#|~&!@:$]|(?<=www)\.", re.IGNORECASE)
NOT_KNOWN: Final = "not known"


def plain(text: str, limit: int = MAX_NAME) -> str:
    """*text* on one line, cut at *limit*, in which nothing is markup: no link, no HTML, no formula."""
    return _MARKUP.sub(r"\\\g<0>", clipped(text, limit).strip())


def figure(value: int | None) -> str:
    """A count, or that it is not known: never zero instead."""
    return NOT_KNOWN if value is None else f"{value:,}"


def table(header: Sequence[str], rows: Iterable[Sequence[str]], *, numbers_from: int) -> list[str]:
    """The lines of a table, in which the columns from *numbers_from* on are set to the right."""
    rules = ["---" if position < numbers_from else "---:" for position in range(len(header))]
    return [f"| {' | '.join(cells)} |" for cells in (header, rules, *rows)]


def listed(
    header: Sequence[str], rows: Sequence[Sequence[str]], *, numbers_from: int, limit: int
) -> list[str]:
    """A `table` of the first *limit* rows, and a line that says how many more there are."""
    lines = table(header, rows[:limit], numbers_from=numbers_from)
    more = len(rows) - limit
    return lines if more <= 0 else [*lines, "", f"… and {counted(more, 'row')} more in the report."]
