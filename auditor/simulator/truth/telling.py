"""The truth about a whole world, in the layout of the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from auditor.simulator.overview import count_seats
from auditor.simulator.truth import co_term, coverage, subscriptions
from auditor.simulator.truth.counts import count_licenses
from auditor.simulator.truth.license import License, read_license
from auditor.simulator.truth.moments import (
    WINDOWS_DAYS,
    count_standings,
    months_ahead,
    read_moment,
    write_moment,
)
from auditor.simulator.truth.reclaim import Matching, hint_between, match_inside, tell_matching
from auditor.simulator.truth.served import Row, Served

Block = dict[str, Any]
Renewals = Counter[tuple[str, str, str]]
"""How many of a type, in a unit, end in a month."""

SEAT_NAMES = {
    "totalSeats": "totalSeats",
    "activeSeats": "activeSeats",
    "unassignedSeats": "unassignedSeats",
    "enrolledDevices": "orgwideEnrolledDevices",
}
"""Names of the report, and those of the vendor's overview."""


@dataclass(slots=True)
class Told:
    """One organization: its entry of the report, and what only the sums are made from."""

    entry: Block
    ends_within: dict[str, bool] = field(default_factory=dict)
    renewals: Renewals = field(default_factory=Counter)
    matching: Matching | None = None


def tell_truth(organizations: Iterable[Row], served: Served, as_of: datetime) -> Block:
    """Tell everything that can be known of *organizations* at *as_of*, in the layout of the report.

    All of them are taken for one tenant's.
    """
    told = [_tell_organization(record, served, as_of) for record in organizations]
    audited = [one for one in told if one.entry["status"] == "audited"]
    skipped = Counter(one.entry["reason"] for one in told if one.entry["status"] == "skipped")
    subscriptions.mark_shared(_blocks(audited, "subscription"))
    return {
        "asOf": write_moment(as_of),
        "windowsDays": list(WINDOWS_DAYS),
        "completeness": {
            "organizations": {"seen": len(told), "audited": len(audited), "skipped": skipped.total()},
            "skippedByReason": dict(skipped),
        },
        "totals": {
            "organizations": {
                "byLicensingModel": dict(Counter(one.entry["licensingModel"] for one in told)),
                "expiringWithin": {
                    str(days): sum(one.ends_within[str(days)] for one in audited) for days in WINDOWS_DAYS
                },
                "byStanding": count_standings(one.entry["standing"] for one in audited),
            },
            **_sum_licenses(
                [one.entry for one in audited if one.entry["licensingModel"] == "per-device"], as_of
            ),
            "notes": _sum_notes(one.entry["notes"] for one in audited if "notes" in one.entry),
            "coTerm": co_term.sum_co_term(list(_blocks(audited, "coTerm"))),
            "subscription": subscriptions.sum_subscriptions(
                sum("subscription" in one.entry for one in audited),
                _subscriptions(audited),
                as_of,
                served.entitlements,
            ),
        },
        "organizations": [one.entry for one in told],
        "darkDates": _dark_dates(one.entry for one in audited),
        "reclaimHints": hint_between((one.entry["id"], one.matching) for one in audited if one.matching),
        "forecast": _forecast(audited, as_of),
    }


def _sum_notes(notes: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """What is noted of organizations, whatever their licensing model."""
    total = Counter[str]()
    for one in notes:
        total.update(one)
    return dict(total)


def _blocks(told: Iterable[Told], name: str) -> Iterator[Block]:
    return (one.entry[name] for one in told if name in one.entry)


def _subscriptions(told: Iterable[Told]) -> Iterator[Block]:
    return (one for block in _blocks(told, "subscription") for one in block["subscriptions"])


def _tell_organization(record: Row, served: Served, as_of: datetime) -> Told:
    model, own_id = record["licensing"]["model"], record["id"]
    entry: Block = {"id": own_id, "name": record["name"], "licensingModel": model}
    if not record["api"]["enabled"]:
        return Told(entry | {"status": "skipped", "reason": "apiDisabled"})
    entry |= {"status": "audited", "reason": None}
    match model:
        case "co-term":
            return _tell_co_term(entry, served, as_of)
        case "subscription":
            return _tell_subscriptions(entry, served, as_of)
        case _:
            return _tell_licenses(entry, served.licenses(own_id), as_of)


def _tell_co_term(entry: Block, served: Served, as_of: datetime) -> Told:
    own_id = entry["id"]
    overview = served.overview(own_id)
    told = co_term.tell_co_term(overview, served.keys(own_id), served.devices(own_id), as_of)
    return Told(
        entry | told,
        {str(days): co_term.ends_within(overview, as_of, days) for days in WINDOWS_DAYS},
        co_term.tell_renewals(overview, as_of),
    )


def _tell_subscriptions(entry: Block, served: Served, as_of: datetime) -> Told:
    own_id = entry["id"]
    compliance = list(served.compliance(own_id))
    rows = served.subscriptions(own_id)
    told = subscriptions.tell_subscriptions(rows, compliance, as_of, served.entitlements)
    ending = told["subscription"]["endingWithin"]
    # Renewals are not taken from here: a subscription is to count once, not in each organization.
    return Told(entry | told, {days: count > 0 for days, count in ending.items()})


def _tell_licenses(entry: Block, rows: Iterable[Row], as_of: datetime) -> Told:
    licenses: list[License] = []
    seated: list[Row] = []
    for row in rows:
        licenses.append(read_license(row))
        if row["seatCount"] is not None:
            seated.append(row)
    estate = coverage.lay_out(licenses)
    matching = match_inside(licenses, estate.subjects, as_of)
    counts = count_licenses(licenses, as_of)
    for name, block in coverage.count_coverage(licenses, as_of, estate).items():
        counts[name] = counts.get(name, {}) | block
    counts["seats"]["systemsManager"] = _tell_seats([count_seats(seated)] if seated else [])
    dark = coverage.tell_dark(estate.subjects, as_of)
    return Told(
        entry | counts | {"reclaim": tell_matching(matching)} | dark,
        {days: count > 0 for days, count in counts["expiring"]["within"].items()},
        coverage.tell_renewals(estate.subjects, as_of),
        matching,
    )


def _tell_seats(overviews: Sequence[Mapping[str, int]]) -> Block | None:
    """Sum up the seats that *overviews* tell of; None where nobody has any."""
    if not overviews:
        return None
    sums = {name: sum(one[theirs] for one in overviews) for name, theirs in SEAT_NAMES.items()}
    return {"organizations": len(overviews), **sums}


def _sum_licenses(entries: Sequence[Block], as_of: datetime) -> Block:
    """Add up the figures of per-device organizations; an empty sum still has every name."""
    empty = _tell_licenses({}, (), as_of).entry
    names = ("licenses", "expiring", "unused", "coverage", "seats", "reclaim")
    total = {name: empty[name] for name in names}
    for entry in entries:
        for name in names:
            _add(total[name], entry[name])
    total["unused"]["activation"] |= _soonest([entry["unused"]["activation"] for entry in entries])
    return total


def _soonest(activations: Iterable[Block]) -> Block:
    """The first day on which an unused license begins to burn, over organizations."""
    ahead = [(one["soonest"], one["soonestCount"]) for one in activations if one["soonest"] is not None]
    if not ahead:
        return {"soonest": None, "soonestCount": 0}
    first = min(ahead, key=lambda one: datetime.fromisoformat(one[0]))[0]
    day = len("2026-12-24")  # of an instant in UTC, the text as far as the day
    return {
        "soonest": first,
        "soonestCount": sum(count for text, count in ahead if text[:day] == first[:day]),
    }


def _add(into: Block, block: Mapping[str, Any]) -> None:
    for name, value in block.items():
        if isinstance(value, Mapping):
            inner = into.get(name) or {}
            _add(inner, value)
            into[name] = inner
        elif isinstance(value, int):
            into[name] = (into.get(name) or 0) + value


def _dark_dates(entries: Iterable[Block]) -> list[Block]:
    """For each organization in which something goes dark, what does so first."""
    told = []
    for entry in entries:
        dates = entry["dark"]["dates"]
        first_day = min((one["date"] for one in dates), default=None)
        first = [one for one in dates if one["date"] == first_day]
        kinds = {one["what"] for one in first}
        if first:
            told.append(
                {
                    "darkAt": entry["dark"]["soonest"],
                    # What goes dark first ended first: of one day, the worst.
                    "standing": max((one["standing"] for one in first), key=("expiring", "inGrace").index),
                    "organizationId": entry["id"],
                    "name": entry["name"],
                    "licensingModel": entry["licensingModel"],
                    "what": kinds.pop() if len(kinds) == 1 else None,
                    "count": _sum_known([one["count"] for one in first]),
                    "estimate": any(one["estimate"] for one in first),
                }
            )
    return sorted(told, key=lambda one: (read_moment(one["darkAt"]), one["organizationId"]))


def _sum_known(counts: Sequence[int | None]) -> int | None:
    """The sum; null where one of *counts* is."""
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def _forecast(audited: Sequence[Told], as_of: datetime) -> Block:
    by_model: dict[str, Renewals] = {}
    for one in audited:
        by_model.setdefault(one.entry["licensingModel"], Counter()).update(one.renewals)
    by_model["subscription"] = subscriptions.tell_renewals(_subscriptions(audited), as_of)
    lines: dict[tuple[str, str, str], dict[str, int]] = {}
    for model, renewals in by_model.items():
        for (kind, unit, month), count in sorted(renewals.items()):
            lines.setdefault((model, kind, unit), {})[month] = count
    return {
        "months": list(months_ahead(as_of)),
        "renewals": [
            {"licensingModel": model, "type": kind, "unit": unit, "byMonth": by_month}
            for (model, kind, unit), by_month in sorted(lines.items())
        ],
    }
