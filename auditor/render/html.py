"""The report as one HTML page: a file of its own that asks no network for anything.

Its text comes from the report alone. What the API named is escaped wherever it stands. The page may run
one script and one style, both its own: a Content-Security-Policy names them by their hash, and allows
neither requests nor, by Trusted Types, the making of elements from text. Without the script it is a plain
document; with it, the table of organizations can be sorted, filtered and opened.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from itertools import chain
from typing import Any, Final

import orjson
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from auditor.render.html_page.attention import attention_table
from auditor.render.html_page.blocks import Table
from auditor.render.html_page.detail import Part, parts_of
from auditor.render.html_page.headline import as_of_line, banner, headline
from auditor.render.html_page.lists import DEFINITIONS, blind_spot, list_sections, soonest_dark
from auditor.render.html_page.models import model_sections
from auditor.render.html_page.organizations import Row, amount, choices, rows_of, values_of
from auditor.render.html_page.timeline import charts
from auditor.render.html_page.trend import Point, trend_of
from auditor.render.html_page.words import NO_PART, NOT_KNOWN, STANDINGS, moment, number, plain
from auditor.report.reading import Document

STATIC_DETAILS: Final = 250
"""Up to so many organizations the page has all details without its script, too; beyond, it would double."""

_PACKAGE: Final = "auditor.render.html_page"
_COLUMNS: Final = (
    ("name", "Organization", "ascending", "name"),
    ("tenant", "Tenant", "ascending", "name"),
    ("model", "Model", "ascending", "text"),
    ("status", "Status", "ascending", "text"),
    ("standing", "Standing", "descending", "text"),
    ("dark_on", "Goes dark", "ascending", "day"),
    ("ending", "Ends within {longest} days", "descending", "number"),
    ("at_risk", "At risk", "descending", "number"),
    ("unused", "Unused", "descending", "number"),
    ("size", "In all", "descending", "number"),
)
"""Key, head, the direction of the first sort, and kind of each column of the table of organizations."""


def render(report: Document, *, trend: Sequence[Point] | None = None) -> bytes:
    """The page for *report*, and for how its figures moved over the runs of *trend*.

    The same report gives the same bytes. *report* is as `read_report` gives it; see `trend.Point` for what
    is told of a run.
    """
    rows = rows_of(report)
    details = _details(report, [block for _, block in rows])
    attention = [attention_table(block) for _, block in rows]
    style, script = _data_file("page.css"), _data_file("page.js")
    text = _template().render(
        policy=_policy(style, script),
        style=Markup(style),  # noqa: S704 - our own data file
        script=Markup(script),  # noqa: S704 - our own data file
        title=_title(report),
        report=report,
        as_of=as_of_line(report),
        banner=banner(report),
        headline=headline(report),
        trend=None if trend is None else trend_of(trend),
        dark=soonest_dark(report),
        blind_spot=blind_spot(report),
        charts=charts(report["forecast"]),
        sections=tuple(model_sections(report)),
        lists=tuple(list_sections(report)),
        definitions=DEFINITIONS,
        columns=_columns(report),
        rows=[row for row, _ in rows],
        static_details=details if len(details) <= STATIC_DETAILS else None,
        attention=attention,
        choices=choices(row for row, _ in rows),
        rows_json=_embedded(_script_rows(row for row, _ in rows)),
        details_json=_embedded(_script_details(details, attention)),
    )
    return plain(text).encode()


def _details(report: Document, blocks: Iterable[dict[str, Any]]) -> list[list[Part]]:
    """The details of each of *blocks*."""
    gathered = [_by_organization(report[key] or []) for key in ("errors", "findings")]
    return [
        parts_of(one, *(entries.get((one["tenant"], one["id"]), []) for entries in gathered))
        for one in blocks
    ]


def _by_organization(entries: Iterable[dict[str, Any]]) -> dict[tuple[str, str | None], list[dict[str, Any]]]:
    gathered: dict[tuple[str, str | None], list[dict[str, Any]]] = {}
    for one in entries:
        gathered.setdefault((one["tenant"], one["organizationId"]), []).append(one)
    return gathered


def _title(report: Document) -> str:
    """With the name of the tenant, where there is but one."""
    tenants = {one["tenant"] for one in report["organizations"]}
    return f"License report: {tenants.pop()}" if len(tenants) == 1 else "License report"


def _columns(report: Document) -> list[tuple[str, str, str, str]]:
    longest = max(report["windowsDays"], default=0)
    return [(key, head.format(longest=longest), first, kind) for key, head, first, kind in _COLUMNS]


def _script_rows(rows: Iterable[Row]) -> dict[str, Any]:
    words = {"notKnown": NOT_KNOWN, "noPart": NO_PART, "standings": STANDINGS}
    return {"fields": Row.__slots__, "words": words, "rows": [values_of(row) for row in rows]}


def _script_details(details: Iterable[Sequence[Part]], attention: Sequence[Table | None]) -> dict[str, Any]:
    """The details with each text once: of a large fleet, a third of the size.

    A part is its heading, then label and value of each line, all as places in `texts`. `tables` has, where
    there are any, the table of each organization: its caption, notes, and rows of such places.
    """
    places: dict[str, int] = {}

    def placed(heading: str, lines: Sequence[tuple[str, str]]) -> list[int]:
        return [places.setdefault(text, len(places)) for text in (heading, *chain.from_iterable(lines))]

    parts = [[placed(heading, lines) for heading, lines in one] for one in details]
    tables = [one and _script_table(one, places) for one in attention]
    columns = next(([[each.head, each.kind] for each in one.columns] for one in attention if one), None)
    told = {} if columns is None else {"columns": columns, "tables": tables}
    return {"texts": list(places), "parts": parts, **told}


def _script_table(table: Table, places: dict[str, int]) -> dict[str, Any]:
    rows = [[places.setdefault(text, len(places)) for text in row] for row in table.rows]
    notes = [line for line in (table.note, table.rest) if line]
    return {"caption": table.caption, "notes": notes, "rows": rows}


def _embedded(value: Any) -> Markup:
    """*value* as JSON that cannot end its element, whatever the texts in it."""
    text = orjson.dumps(value).decode()
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - no character is left in it that means anything to HTML


def _policy(style: str, script: str) -> str:
    """What the page may do: run its own script, and be styled by its own style."""
    return (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; img-src data:;"
        " base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


@cache
def _data_file(name: str) -> str:
    return files(_PACKAGE).joinpath(name).read_text("utf-8")


@cache
def _template() -> Any:
    """The page's template: every value is escaped, and a misspelled one is an error."""
    environment = Environment(
        loader=PackageLoader(_PACKAGE, ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(amount=amount, moment=moment, number=number)
    environment.globals.update(NOT_KNOWN=NOT_KNOWN, NO_PART=NO_PART)
    return environment.get_template("page.html.j2")
