"""The sections of the three licensing models: figures and tables of the totals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from auditor.render.html_page.blocks import NAME, TEXT, Column, Figure, Section, Table
from auditor.render.html_page.words import (
    NOT_KNOWN,
    STANDINGS,
    counted,
    idle_seats_in_words,
    look,
    number,
    reasons_in_words,
    sku_in_words,
    sku_with_name,
)
from auditor.render.types import unused_of
from auditor.report.reading import Document

Json = dict[str, Any]


def model_sections(report: Document) -> Iterator[Section]:
    """A section for each licensing model of which something was read."""
    totals = report["totals"]
    if _has_licenses(totals):
        yield _per_device(report)
    if look(totals, "coTerm", "organizations"):
        yield _co_term(totals["coTerm"])
    if look(totals, "subscription", "organizations"):
        yield _subscription(totals["subscription"])


def _has_licenses(totals: Json) -> bool:
    by_model = totals["organizations"]["byLicensingModel"]
    return bool(by_model.get("per-device") or totals["licenses"]["total"])


def _per_device(report: Document) -> Section:
    totals = report["totals"]
    tables = (
        _windows_table(report),
        _counts_table("Licenses by the vendor's state", "State", totals["licenses"]["byState"]),
        _coverage_table(totals["coverage"]),
        _types_table(totals),
        _systems_manager_table(look(totals, "seats", "systemsManager")),
    )
    activation, burning = look(totals, "unused", "activation"), look(totals, "unused", "burning")
    return Section(
        "per-device",
        "Per-device licensing",
        figures=(
            Figure("Licenses", number(totals["licenses"]["total"])),
            Figure("At risk", number(totals["expiring"]["atRisk"])),
            Figure("Unused, burning", number(look(burning, "licenses")), _burnt_notes(burning)),
            Figure("Next unused to burn", *_activation(activation)),
            Figure("Reclaimable at once", number(look(totals, "reclaim", "matched"))),
        ),
        tables=tuple(table for table in tables if table is not None),
    )


def _burnt_notes(burning: Json | None) -> tuple[str, ...]:
    if burning is None:
        return ()
    return (f"{burning['daysBurned']:,} days burned", f"{burning['daysLeft']:,} days left")


def _activation(activation: Json | None) -> tuple[str, tuple[str, ...]]:
    """When the next unused licenses begin to burn, and how many: an estimate."""
    if activation is None:
        return NOT_KNOWN, ()
    if activation["soonest"] is None:
        return "none", ()
    return activation["soonest"][:10], (f"{activation['soonestCount']:,} on that day (estimate)",)


def _windows_table(report: Document) -> Table:
    totals, windows = report["totals"], [str(length) for length in sorted(report["windowsDays"])]
    lines = (
        ("Licenses that end", look(totals, "expiring", "within")),
        ("of them at risk", look(totals, "expiring", "atRiskWithin")),
        ("Unused that begin to burn (estimate)", look(totals, "unused", "activation", "within")),
    )
    return Table(
        "Within the windows ahead",
        (Column("Licenses", NAME), *(Column(f"{length} days") for length in windows)),
        [(label, *(number(look(counts, length)) for length in windows)) for label, counts in lines],
    )


def _coverage_table(coverage: Json | None) -> Table | None:
    if coverage is None:
        return None
    return Table(
        "Where devices stand, after all that is queued",
        (Column("Kind", NAME), *(Column(words.capitalize()) for words in STANDINGS.values())),
        [
            (label, *(number(coverage[key][standing]) for standing in STANDINGS))
            for label, key in (("Devices", "devices"), ("Network licenses", "networkLicenses"))
        ],
    )


def _types_table(totals: Json) -> Table | None:
    """What expires and what lies unused, by license type; only types of which something does."""
    by_type, unused = totals["licenses"]["byType"], totals["unused"]["byType"]
    if by_type is None:
        return None
    at_risk, burning = totals["expiring"]["atRiskByType"], look(totals, "unused", "burning", "byType")
    rows = []
    for name, states in by_type.items():
        counts = (
            states.get("expiring", 0),
            None if at_risk is None else at_risk.get(name, 0),
            *unused_of(look(unused, name) or {}),
            None if burning is None else look(burning, name, "daysBurned") or 0,
        )
        if any(counts):
            rows.append((name, counts))
    rows.sort(key=lambda row: (-row[1][0], -row[1][2], row[0]))
    heads = ("Expiring", "At risk", "Unused", "Not burning", "Burning", "Days burned")
    return Table(
        "Expiring and unused, by license type",
        (Column("Type", NAME), *map(Column, heads)),
        [(name, *map(number, counts)) for name, counts in rows],
        note="" if rows else "No license is expiring or unused.",
    )


def _counts_table(caption: str, head: str, counts: Json | None) -> Table | None:
    if not counts:
        return None
    rows = [(name, number(count)) for name, count in counts.items() if count]
    return Table(caption, (Column(head, NAME), Column("Count")), rows) if rows else None


def _systems_manager_table(seats: Json | None) -> Table | None:
    if seats is None:
        return None
    labels = {
        "totalSeats": "Seats",
        "activeSeats": "Seats in use",
        "unassignedSeats": "Seats not assigned",
        "enrolledDevices": "Devices enrolled",
    }
    rows = [(label, number(seats[key])) for key, label in labels.items()]
    return Table("Systems Manager", (Column("Figure", NAME), Column("Count")), rows)


def _co_term(totals: Json) -> Section:
    use, keys, organizations = totals["use"], totals["keys"], totals["organizations"]
    notes = () if use is None else (f"estimate{_asked(use, organizations)}",)
    tables = (
        _counts_table("Organizations by the vendor's status", "Status", totals["byStatus"]),
        _families_table(totals),
        _counts_table("In use, with no licensed family known", "Model", look(use, "unmatched")),
    )
    return Section(
        "co-term",
        "Co-termination",
        figures=(
            Figure("Organizations", number(organizations)),
            Figure("Devices licensed", number(totals["devices"]["licensed"])),
            Figure("Seats of Systems Manager", number(look(totals, "seats", "licensed"))),
            Figure("Devices in use", number(look(use, "inUse")), notes),
            Figure("Over the limit", number(look(use, "overLimit")), notes),
            Figure("Spare", number(look(use, "spare")), notes),
            Figure("Warm spares", number(look(use, "warmSpares")), notes),
            Figure("Keys live", number(look(keys, "live")), _key_notes(keys, organizations)),
        ),
        tables=tuple(table for table in tables if table is not None),
    )


def _asked(block: Json, organizations: int) -> str:
    """Of how many organizations *block* is, where that is not all of them."""
    told = block["organizations"]
    return "" if told == organizations else f", of {told:,} of {organizations:,} organizations"


def _key_notes(keys: Json | None, organizations: int) -> tuple[str, ...]:
    if keys is None:
        return ()
    others = f"{keys['expired']:,} expired, {keys['invalidated']:,} invalidated"
    return (f"of {keys['total']:,}: {others}{_asked(keys, organizations)}",)


def _families_table(totals: Json) -> Table | None:
    """Devices by family where the inventory was read, else by what is licensed."""
    if totals["use"] is None:
        return _counts_table("Devices licensed", "Model", totals["devices"]["byModel"])
    rows = [
        (family, number(one["licensed"]), number(one["inUse"]))
        for family, one in totals["use"]["byFamily"].items()
    ]
    columns = (Column("Family", NAME), Column("Licensed"), Column("In use"))
    return Table("Devices by family (estimate)", columns, rows) if rows else None


def _subscription(totals: Json) -> Section:
    seats, violations = totals["seats"], totals["violations"]
    ending = {f"{length} days": count for length, count in totals["endingWithin"].items()}
    tables = (
        _skus_table(seats["bySku"], violations["missing"], totals.get("skus") or {}),
        _counts_table("Subscriptions by status", "Status", totals["byStatus"]),
        _counts_table("Subscriptions that end", "Within", ending),
    )
    return Section(
        "subscription",
        "Subscriptions",
        figures=(
            Figure("Organizations", number(totals["organizations"])),
            Figure("Subscriptions", number(totals["total"]), (f"{totals['shared']:,} shared",)),
            Figure("Seats", number(seats["limit"]), _not_known(seats.get("unreadable"))),
            Figure("Assigned", number(seats["assigned"]), _over(seats.get("over"))),
            Figure("Available", number(seats["available"])),
            *_idle(totals.get("idle")),
            Figure("Product classes in violation", *_violations(violations)),
        ),
        tables=tuple(table for table in tables if table is not None),
    )


def _not_known(unreadable: int | None) -> tuple[str, ...]:
    return (f"not known of {counted(unreadable, 'subscription')}",) if unreadable else ()


def _idle(idle: Json | None) -> Iterator[Figure]:
    """A lower bound where of some nobody says how many networks they are bound to."""
    if idle is not None:
        least = "at least " if idle["unknown"] else ""
        notes = (idle_seats_in_words(idle), *reasons_in_words(idle))
        yield Figure("Idle", f"{least}{number(idle['subscriptions'])}", notes)


def _over(over: int | None) -> tuple[str, ...]:
    return (f"{over:,} over the limit",) if over else ()


def _violations(violations: Json) -> tuple[str, tuple[str, ...]]:
    """A lower bound where the compliance of some is not known: never a clean zero."""
    told, unknown = number(violations["productClasses"]), violations["unknown"]
    if not unknown:
        return told, ()
    return f"at least {told}", (f"not known of {counted(unknown, 'organization')}",)


def _skus_table(by_sku: Json, missing: Json, skus: Json) -> Table | None:
    rows = [
        (
            sku_with_name(sku, skus),
            sku_in_words(skus.get(sku)),
            *(number(look(by_sku, sku, key) or 0) for key in ("limit", "assigned", "available")),
            number(missing.get(sku, 0)),
        )
        for sku in sorted({*by_sku, *missing})
    ]
    heads = ("Limit", "Assigned", "Available", "Missing")
    columns = (Column("SKU", NAME), Column("What it is", TEXT), *map(Column, heads))
    return Table("Seats by SKU", columns, rows) if rows else None
