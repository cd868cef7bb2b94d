"""CSV (RFC 4180, UTF-8, a line feed after each row): an organization a row, its figures by their path."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

from auditor.render.columns import Scalar, columns_of, rows_of
from auditor.render.text import clean
from auditor.report.reading import Document

FORMULA_STARTS: Final = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What makes a spreadsheet take text for a formula (OWASP, CSV injection), wide forms included."""


def render(report: Document) -> bytes:
    """A row for each organization, with every figure but those by type; empty where one is not known."""
    columns = columns_of(report)
    return table([".".join(path) for path in columns], rows_of(report, columns))


def table(header: Sequence[str], rows: Iterable[Iterable[Scalar]]) -> bytes:
    """The rows as CSV. Text that a spreadsheet would compute begins with an apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([_cell(name) for name in header])
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue().encode()


def _cell(value: Scalar) -> str | int | float:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            tidy = clean(value)
            return f"'{tidy}" if tidy.lstrip().startswith(FORMULA_STARTS) else tidy
        case _:
            return value
