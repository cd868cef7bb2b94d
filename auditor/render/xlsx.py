"""XLSX: a workbook for whoever works on with the figures. Needs the extra `xlsx` (XlsxWriter).

Text is written as text, whatever it begins with, so no name becomes a formula or a link. The workbook is
made in memory, without temporary files: they would need a writable disk, and hold customers' names.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Final

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from auditor.render.columns import INSTANTS, Scalar, columns_of, rows_of
from auditor.render.findings import by_urgency, completeness_sentence, findings_of, is_judged
from auditor.render.headlines import ending_of, headlines_of, what_goes_dark
from auditor.render.licenses import INSTANTS as LICENSE_INSTANTS
from auditor.render.licenses import KEYS, has_detail, licenses_of
from auditor.render.text import clipped
from auditor.render.types import expiring_and_unused
from auditor.report.reading import Document

MAX_TEXT: Final = 8_000
"""A cell holds 32,767 UTF-16 units (Excel specifications and limits)."""

MAX_ROWS: Final = 1_048_575
"""Rows of a sheet below its header (the same)."""

_WIDEST: Final = 60
_NARROWEST: Final = 9
_MEASURED: Final = 200
"""Rows that tell how wide a column is: they need not be gone through all."""

Cell = Scalar | datetime
Row = Sequence[Cell]


@dataclass(frozen=True, slots=True)
class _Sheet:
    name: str
    header: Sequence[str]
    rows: Iterable[Row]


@dataclass(frozen=True, slots=True)
class _Styles:
    header: Format
    instant: Format


def render(report: Document) -> bytes:
    """The workbook: summary, organizations, types, dark dates, renewals, errors; and, if there, more.

    That is the licenses of an audit with detail, and the findings of one that was judged.
    """
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        book.set_properties({"title": "Licenses", "created": _instant(report["asOf"])})
        styles = _Styles(
            header=book.add_format({"bold": True, "bottom": 1}),
            instant=book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
        )
        for sheet in _sheets(report):
            _write(book.add_worksheet(sheet.name), sheet, styles)
    return buffer.getvalue()


def _sheets(report: Document) -> Iterator[_Sheet]:
    yield _Sheet("Summary", ("Figure", "Value"), _summary(report))
    yield _organizations(report)
    yield _Sheet(
        "Expiring & unused by type",
        (
            *("Tenant", "Id", "Name", "Type", "Expiring", "At risk"),
            *("Unused", "Unused, not burning", "Unused, burning"),
        ),
        (
            (one["tenant"], one["id"], one["name"], kind, *counts)
            for one, kind, counts in expiring_and_unused(report)
        ),
    )
    if has_detail(report):
        yield _licenses(report)
    yield _dark_dates(report)
    yield _renewals(report)
    yield _errors(report)
    if is_judged(report):
        yield _findings(report)


def _summary(report: Document) -> Iterator[Row]:
    yield "As of (UTC)", _instant(report["asOf"])
    yield "Completeness", completeness_sentence(report)
    for label, count in headlines_of(report):
        yield label, "not known" if count is None else count
    for days, licenses, at_risk, organizations in ending_of(report):
        for label, count in (
            (f"Licenses that end within {days} days", licenses),
            (f"Licenses at risk within {days} days", at_risk),
            (f"Organizations in which something ends within {days} days", organizations),
        ):
            yield label, "not known" if count is None else count
    yield "Written by", f"auditor {report['tool']['version']}"


def _organizations(report: Document) -> _Sheet:
    columns = columns_of(report)
    names = [".".join(path) for path in columns]
    dated = [name in INSTANTS for name in names]
    rows = (
        [
            _instant(value) if is_dated and isinstance(value, str) else value
            for value, is_dated in zip(row, dated, strict=True)
        ]
        for row in rows_of(report, columns)
    )
    return _Sheet("Organizations", names, rows)


def _licenses(report: Document) -> _Sheet:
    """As many rows as there are licenses that ask for attention, or as a sheet can hold."""
    rows = (
        (
            *(organization[key] for key in ("tenant", "id", "name")),
            *(_instant(one[key]) if key in LICENSE_INSTANTS and one[key] else one.get(key) for key in KEYS),
        )
        for organization, one in licenses_of(report)
    )
    return _Sheet("Licenses", ("Tenant", "Organization id", "Organization", *KEYS), rows)


def _dark_dates(report: Document) -> _Sheet:
    keys = ("tenant", "organizationId", "name", "licensingModel", "standing")
    header = ("Dark at (UTC)", "Tenant", "Id", "Name", "Licensing model", "Standing", "What", "Count")
    rows = (
        (
            _instant(one["darkAt"]),
            *(one[key] for key in keys),
            *(what_goes_dark(one), one["count"], one["estimate"]),
        )
        for one in report["darkDates"]
    )
    return _Sheet("Dark dates", (*header, "Estimate"), rows)


def _renewals(report: Document) -> _Sheet:
    forecast = report["forecast"] or {"months": [], "renewals": []}
    months = forecast["months"]
    keys = ("tenant", "licensingModel", "type", "unit")
    rows = (
        (*(one[key] for key in keys), *(one["byMonth"].get(month, 0) for month in months))
        for one in forecast["renewals"]
    )
    return _Sheet("Renewals by month", ("Tenant", "Licensing model", "Type", "Unit", *months), rows)


def _errors(report: Document) -> _Sheet:
    keys = ("tenant", "organizationId", "class", "httpStatus", "message", "attempts", "requestId", "missing")
    header = (
        "Tenant",
        "Organization",
        "Class",
        "HTTP status",
        "Message",
        "Attempts",
        "Request id",
        "Missing",
    )
    return _Sheet("Errors", header, ([one.get(key) for key in keys] for one in report["errors"]))


def _findings(report: Document) -> _Sheet:
    header = ("Severity", "Fails", "Rule", "Tenant", "Id", "Where", "What", "Message", "Due (UTC)", "Waived")
    rows = (
        (
            *(told.severity, told.is_failure, told.rule, told.tenant, told.organization_id, told.place),
            *(told.subject, told.message, _instant(told.due) if told.due else None, told.waiver),
        )
        for told in by_urgency(findings_of(report))
    )
    return _Sheet("Findings", header, rows)


def _write(worksheet: Worksheet, sheet: _Sheet, styles: _Styles) -> None:
    """The header stays in view and filters; as many rows as a sheet can hold."""
    for column, name in enumerate(sheet.header):
        worksheet.write_string(0, column, clipped(name, MAX_TEXT), styles.header)
    rows = iter(sheet.rows)
    first = [row for row, _ in zip(rows, range(_MEASURED), strict=False)]
    last = 0
    for last, row in zip(range(1, MAX_ROWS + 1), chain(first, rows), strict=False):
        for column, value in enumerate(row):
            _put(worksheet, last, column, value, styles)
    worksheet.freeze_panes(1, 0)
    worksheet.set_landscape()
    worksheet.repeat_rows(0)
    worksheet.autofilter(0, 0, last, len(sheet.header) - 1)
    for column, width in enumerate(_widths(sheet.header, first)):
        worksheet.set_column(column, column, width)


def _put(worksheet: Worksheet, row: int, column: int, value: Cell, styles: _Styles) -> None:
    match value:
        case None:
            return
        case bool():
            worksheet.write_boolean(row, column, value)
        case int() | float():
            worksheet.write_number(row, column, value)
        case datetime():
            worksheet.write_datetime(row, column, value, styles.instant)
        case str():
            worksheet.write_string(row, column, clipped(value, MAX_TEXT))


def _widths(header: Sequence[str], rows: Sequence[Row]) -> Iterator[int]:
    """In characters, with room for the button of the filter."""
    for column, name in enumerate(header):
        shown = (len(str(row[column])) for row in rows if row[column] is not None)
        yield min(max(_NARROWEST, len(name) + 3, *shown, 0), _WIDEST)


def _instant(text: str) -> datetime:
    """The moment in UTC, without its zone, which Excel does not know."""
    return datetime.fromisoformat(text).replace(tzinfo=None)
