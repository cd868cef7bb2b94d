"""The table of organizations: a row for each, in the order in which they go dark."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from auditor.render.html_page.words import NO_PART, NOT_KNOWN, STANDINGS, look, noun_for, number, plain
from auditor.report.reading import Document

Json = dict[str, Any]
Amount = int | Literal[False] | None
"""A count; None where it is not known, False where the licensing model has no such count."""

NOT_STATED: Final = "not stated"
"""In place of a licensing model that the vendor does not tell."""


@dataclass(frozen=True, slots=True)
class Row:
    """One organization as the table shows it.

    *dark_on* is the UTC day on which the first of it goes dark, False where nothing does in the time ahead.
    *ending* is what ends within the longest window, and *size* all that there is, in the units of the
    licensing model; these are never added.
    """

    id: str
    name: str
    tenant: str
    model: str
    status: str
    standing: str
    dark_on: str | Literal[False] | None
    ending: Amount = None
    ending_unit: str = ""
    at_risk: Amount = None
    unused: Amount = None
    size: Amount = None
    size_unit: str = ""

    @property
    def standing_in_words(self) -> str:
        """Where it stands, for people."""
        return STANDINGS.get(self.standing, self.standing)


def rows_of(report: Document) -> list[tuple[Row, Json]]:
    """Each organization's row with its block of the report: what goes dark first is first.

    Those that do not go dark come last, after those of which it is not known.
    """
    as_of = datetime.fromisoformat(report["asOf"])
    longest = max(report["windowsDays"], default=0)
    pairs = [(_row(block, as_of, longest), block) for block in report["organizations"]]
    return sorted(pairs, key=lambda pair: _darkness(pair[0]))


def _darkness(row: Row) -> tuple[int, str]:
    dark_on = row.dark_on
    return (0, dark_on) if isinstance(dark_on, str) else (1 if dark_on is None else 2, "")


def _row(block: Json, as_of: datetime, longest: int) -> Row:
    return Row(
        id=plain(block["id"]),
        name=plain(block["name"]),
        tenant=plain(block["tenant"]),
        model=NOT_STATED if block["licensingModel"] is None else plain(block["licensingModel"]),
        status=block["status"],
        standing=block["standing"] or "unknown",
        dark_on=_dark_on(block["dark"]),
        **_amounts(block, as_of, longest),
    )


def _dark_on(dark: Json | None) -> str | Literal[False] | None:
    if dark is None:
        return None
    if dark["soonest"]:
        return str(dark["soonest"][:10])
    return None if dark.get("known") is False else False


def _amounts(block: Json, as_of: datetime, longest: int) -> Json:
    """The counts of its licensing model; none where nothing was read."""
    for key, amounts in _AMOUNTS.items():
        if block[key] is not None:
            return amounts(block, as_of, longest)
    return {}


def _per_device(block: Json, _as_of: datetime, longest: int) -> Json:
    ending, size = look(block, "expiring", "within", str(longest)), block["licenses"]["total"]
    return {
        **_measured("ending", ending, "license"),
        "at_risk": look(block, "expiring", "atRisk"),
        "unused": look(block, "unused", "total"),
        **_measured("size", size, "license"),
    }


def _co_term(block: Json, as_of: datetime, longest: int) -> Json:
    """All devices end on one date."""
    licensed, expires_at = block["coTerm"]["devices"]["licensed"], block["coTerm"]["expiresAt"]
    ending = None
    if expires_at is not None:
        ahead = datetime.fromisoformat(expires_at) - as_of
        ending = licensed if timedelta(0) < ahead <= timedelta(days=longest) else 0
    return {
        **_measured("ending", ending, "device"),
        "at_risk": False,
        "unused": False,
        **_measured("size", licensed, "device"),
    }


def _subscription(block: Json, _as_of: datetime, longest: int) -> Json:
    subscription = block["subscription"]
    return {
        **_measured("ending", subscription["endingWithin"].get(str(longest)), "subscription"),
        "at_risk": False,
        "unused": False,
        **_measured("size", subscription["seats"]["limit"], "seat"),
    }


def _measured(key: str, value: Amount, noun: str) -> Json:
    """A count with its unit; without where it is not known."""
    return {key: value, f"{key}_unit": "" if value is None else noun_for(value, noun)}


_AMOUNTS: Final[Mapping[str, Callable[[Json, datetime, int], Json]]] = {
    "licenses": _per_device,
    "coTerm": _co_term,
    "subscription": _subscription,
}


def amount(value: str | Amount) -> str:
    """A count or a day as the table shows it."""
    if value is False:
        return NO_PART
    if isinstance(value, str):
        return value
    return NOT_KNOWN if value is None else number(value)


def values_of(row: Row) -> list[Any]:
    """*row* for the script, in the order that it expects."""
    return [getattr(row, name) for name in Row.__slots__]


@dataclass(frozen=True, slots=True)
class Choices:
    """The values that a filter of the table offers, as (value, words)."""

    key: str
    label: str
    options: tuple[tuple[str, str], ...]


def choices(rows: Iterable[Row]) -> tuple[Choices, ...]:
    """The filters, each with the values that occur."""
    seen: dict[str, set[str]] = {"tenant": set(), "model": set(), "status": set(), "standing": set()}
    for row in rows:
        for key, values in seen.items():
            values.add(getattr(row, key))
    standings = [key for key in reversed(STANDINGS) if key in seen["standing"]]
    return (
        *(
            Choices(key, label, tuple((value, value) for value in sorted(seen[key])))
            for key, label in (("tenant", "Tenant"), ("model", "Licensing model"), ("status", "Status"))
        ),
        Choices("standing", "Standing", tuple((key, STANDINGS[key]) for key in standings)),
    )
