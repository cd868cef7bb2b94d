"""The licenses of one organization that ask for attention, as a table among its details."""

from __future__ import annotations

from typing import Any, Final

from auditor.render.html_page.blocks import DAY, NAME, NUMBER, TEXT, Column, Table, shortened
from auditor.render.html_page.words import NO_PART, day, number, plain, yes_or_no

Json = dict[str, Any]

MOST: Final = 200
"""So many of an organization's licenses are shown; those that go dark first are first."""

_COLUMNS: Final = (
    Column("License", NAME),
    Column("Type", NAME),
    Column("State", TEXT),
    Column("Device or network", NAME),
    Column("Order", NAME),
    Column("Ends", DAY),
    Column("Covered until", DAY),
    Column("Goes dark", DAY),
    Column("At risk", TEXT),
    Column("Begins to burn", DAY),
    Column("Days burned", NUMBER),
)


def attention_table(block: Json) -> Table | None:
    """The table of *block*, an organization of the report; None where no detail was asked for."""
    licenses = block.get("attention")
    if licenses is None:
        return None
    shown, rest = shortened(licenses, MOST, "the JSON report and the format csv-licenses have all.")
    return Table(
        "Licenses that ask for attention",
        _COLUMNS,
        [[plain(text) for text in _row(one)] for one in shown],
        note="" if licenses else "None has ended, ends within the longest window or is unused.",
        rest=rest,
    )


def _row(one: Json) -> tuple[str, ...]:
    return (
        one["id"] or NO_PART,
        one["licenseType"],
        one["state"],
        one["deviceSerial"] or one["networkId"] or NO_PART,
        one["orderNumber"] or NO_PART,
        _day(one["expirationDate"]),
        _day(one["coveredUntil"]),
        _day(one["darkAt"]),
        NO_PART if one.get("atRisk") is None else yes_or_no(one["atRisk"]),
        _day(one["burnsAt"]),
        NO_PART if one["daysBurned"] is None else number(one["daysBurned"]),
    )


def _day(instant: str | None) -> str:
    return NO_PART if instant is None else day(instant)
