"""What an audit of a world must find, counted the long way round, and the comparison with a report.

Shares nothing with the auditor: the dates are read by the standard library, the counts are plain
dictionaries, every license is looked at once. Where the two disagree, one of them is wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

WINDOWS_DAYS = (30, 60, 90)
Block = dict[str, Any]
Rows = Callable[[str], Iterable[Mapping[str, Any]]]
"""Gives the license rows of the organization of that id."""

# Where a report tells what the truth tells, in both `totals` and each organization.
COUNT_PATHS = (
    ("licenses", "total"),
    ("licenses", "byState"),
    ("licenses", "byType"),
    ("expiring", "total"),
    ("expiring", "within"),
    ("unused", "total"),
    ("unused", "unused"),
    ("unused", "unusedActive"),
    ("seats", "licenses"),
    ("seats", "total"),
    ("seats", "byState"),
)
TOTAL_PATHS = (
    ("organizations", "byLicensingModel"),
    ("organizations", "expiringWithin"),
    *COUNT_PATHS,
)
COMPLETENESS_PATHS = (
    ("organizations", "seen"),
    ("organizations", "audited"),
    ("organizations", "skipped"),
    ("skippedByReason",),
)


def tell_truth(organizations: Iterable[Mapping[str, Any]], rows_of: Rows, as_of: datetime) -> Block:
    """Count every license of every organization that can be audited, in the layout of the report."""
    told = [_organization(record, rows_of, as_of) for record in organizations]
    audited = [block for block in told if block["status"] == "audited"]
    skipped = Counter(block["reason"] for block in told if block["status"] == "skipped")
    return {
        "asOf": as_of.isoformat().replace("+00:00", "Z"),
        "windowsDays": list(WINDOWS_DAYS),
        "completeness": {
            "organizations": {"seen": len(told), "audited": len(audited), "skipped": skipped.total()},
            "skippedByReason": dict(skipped),
        },
        "totals": {
            "organizations": {
                "byLicensingModel": dict(Counter(block["licensingModel"] for block in told)),
                "expiringWithin": {
                    str(days): sum(block["expiring"]["within"][str(days)] > 0 for block in audited)
                    for days in WINDOWS_DAYS
                },
            },
            **_sum(audited),
        },
        "organizations": told,
    }


def count_licenses(rows: Iterable[Mapping[str, Any]], as_of: datetime) -> Block:
    """Count *rows* at *as_of*: states as the rows tell them, windows by the dates, each on its own."""
    by_state: Counter[str] = Counter()
    by_type: dict[str, Counter[str]] = {}
    within: Counter[str] = Counter({str(days): 0 for days in WINDOWS_DAYS})
    seats: Counter[str] = Counter()
    rows_with_seats = 0
    for row in rows:
        by_state[row["state"]] += 1
        by_type.setdefault(row["licenseType"], Counter())[row["state"]] += 1
        within.update(str(days) for days in WINDOWS_DAYS if ends_within(row, as_of, days))
        if row["seatCount"] is not None:
            rows_with_seats += 1
            seats[row["state"]] += row["seatCount"]
    return {
        "licenses": {
            "total": by_state.total(),
            "byState": dict(by_state),
            "byType": {name: dict(states) for name, states in by_type.items()},
        },
        "expiring": {"total": by_state["expiring"], "within": dict(within)},
        "unused": {
            "total": by_state["unused"] + by_state["unusedActive"],
            "unused": by_state["unused"],
            "unusedActive": by_state["unusedActive"],
        },
        "seats": {"licenses": rows_with_seats, "total": seats.total(), "byState": dict(seats)},
    }


def ends_within(row: Mapping[str, Any], as_of: datetime, days: int) -> bool:
    """Whether the license is assigned, burns, and ends in (*as_of*, *as_of* + *days*]."""
    is_assigned = row["deviceSerial"] is not None or row["networkId"] is not None
    if not is_assigned or row["expirationDate"] is None:
        return False
    if row["activationDate"] is None:
        is_burning = row["state"] in {"active", "expiring", "expired"}
    else:
        is_burning = datetime.fromisoformat(row["activationDate"]) <= as_of
    ends = datetime.fromisoformat(row["expirationDate"])
    return is_burning and as_of < ends <= as_of + timedelta(days=days)


def _organization(record: Mapping[str, Any], rows_of: Rows, as_of: datetime) -> Block:
    told: Block = {
        "id": record["id"],
        "name": record["name"],
        "licensingModel": record["licensing"]["model"],
    }
    if not record["api"]["enabled"]:
        return told | {"status": "skipped", "reason": "apiDisabled"}
    if record["licensing"]["model"] != "per-device":
        return told | {"status": "skipped", "reason": "unsupportedModel"}
    return told | {"status": "audited", "reason": None} | count_licenses(rows_of(record["id"]), as_of)


def _sum(blocks: Iterable[Block]) -> Block:
    """Add up the counts of organizations; an empty sum still has every name."""
    total = count_licenses((), datetime.min)  # noqa: DTZ901 - no row is compared with it
    for block in blocks:
        for name in ("licenses", "expiring", "unused", "seats"):
            _add(total[name], block[name])
    return total


def _add(into: Block, block: Mapping[str, Any]) -> None:
    for name, value in block.items():
        if isinstance(value, Mapping):
            _add(into.setdefault(name, {}), value)
        else:
            into[name] = into.get(name, 0) + value


def compare(truth: Mapping[str, Any], report: Mapping[str, Any]) -> list[str]:
    """Tell each difference between *truth* and *report* in a sentence; an empty list means none.

    Both are plain dictionaries in the layout of the report. A count of zero may be left out on
    either side. Whatever else the report tells is not looked at.
    """
    return [
        *_differences("completeness", truth["completeness"], report["completeness"], COMPLETENESS_PATHS),
        *_differences("totals", truth["totals"], report["totals"], TOTAL_PATHS),
        *_compare_organizations(truth, report),
    ]


def _compare_organizations(truth: Mapping[str, Any], report: Mapping[str, Any]) -> Iterator[str]:
    expected = {block["id"]: block for block in truth["organizations"]}
    told = {block["id"]: block for block in report["organizations"]}
    if len(told) != len(report["organizations"]):
        yield "an organization occurs more than once in the report"
    for organization_id in sorted(expected.keys() - told.keys()):
        yield f"organization {organization_id} is missing from the report"
    for organization_id in sorted(told.keys() - expected.keys()):
        yield f"organization {organization_id} is in the report and not in the world"
    for organization_id in sorted(expected.keys() & told.keys()):
        yield from _compare_organization(expected[organization_id], told[organization_id])


def _compare_organization(truth: Mapping[str, Any], report: Mapping[str, Any]) -> Iterator[str]:
    where = f"organization {truth['id']}"
    for name in ("name", "licensingModel", "status", "reason"):
        if truth.get(name) != report.get(name):
            yield f"{where}: {name} is {report.get(name)!r} in the report, {truth.get(name)!r} in truth"
    if truth["status"] == report.get("status") == "audited":
        yield from _differences(where, truth, report, COUNT_PATHS)


def _differences(
    where: str, truth: Mapping[str, Any], report: Mapping[str, Any], paths: tuple[tuple[str, ...], ...]
) -> Iterator[str]:
    for path in paths:
        expected = _flatten(path, _at(truth, path))
        told = _flatten(path, _at(report, path))
        for name in sorted(expected.keys() | told.keys()):
            there, here = told.get(name, 0), expected.get(name, 0)
            if there != here:
                yield f"{where}: {name} is {there!r} in the report, {here!r} in truth"


def _at(block: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    """What stands at *path*; None where the way there is not laid."""
    value: Any = block
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _flatten(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """Lay nested counts out flat under dotted names."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        return {".".join(path): value}
    flat: dict[str, Any] = {}
    for name, inner in value.items():
        flat |= _flatten((*path, str(name)), inner)
    return flat
