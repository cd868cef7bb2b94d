"""The truth beside a report: each figure in which they differ, in a sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

Block = Mapping[str, Any]
Paths = tuple[tuple[str, ...], ...]


def _below(name: str, *names: str) -> Paths:
    """The paths of *names* (dotted) below *name*."""
    return tuple((name, *below.split(".")) for below in names)


# Where a report tells what the truth tells; whole tables are compared entry by entry.
LICENSE_PATHS: Paths = (
    *_below("licenses", "total", "byState", "byType"),
    *_below("expiring", "total", "within", "coveredByQueue", "atRisk", "atRiskWithin", "atRiskByType"),
    *_below("unused", "total", "unused", "unusedActive", "byType", "activation", "burning"),
    *_below("coverage", "devices", "networkLicenses"),
    *_below("seats", "licenses", "total", "byState", "systemsManager"),
    *_below("reclaim", "matched", "byType"),
    *_below("notes", "orphanedQueue"),
)
CO_TERM_PATHS = (
    *_below("coTerm", "organizations", "status", "byStatus", "expiresAt", "devices"),
    *_below("coTerm", "use.organizations", "use.inUse", "use.overLimit", "use.spare", "use.darkAt"),
    *_below("coTerm", "use.byFamily", "use.unmatched"),
    *_below("coTerm", "keys.total", "keys.live", "keys.invalidated", "keys.expired"),
    *_below("coTerm", "keys.byMode", "keys.byEdition", "keys.devicesByModel"),
)
SUBSCRIPTION_PATHS = (
    *_below("subscription", "organizations", "total", "shared", "byStatus", "byType"),
    *_below("subscription", "renewalRequested", "endingWithin", "seats", "violations", "subscriptions"),
)
OUTLOOK_PATHS: Paths = (("standing",), *_below("dark", "soonest", "dates"))
FIGURES: Mapping[str, Paths] = {
    "per-device": (*LICENSE_PATHS, *OUTLOOK_PATHS),
    "co-term": (*CO_TERM_PATHS, *OUTLOOK_PATHS),
    "subscription": (*SUBSCRIPTION_PATHS, *OUTLOOK_PATHS),
}
"""What is looked at in an organization, by its licensing model."""

TOTAL_PATHS: Paths = (
    *_below("organizations", "byLicensingModel", "expiringWithin", "byStanding"),
    *LICENSE_PATHS,
    *CO_TERM_PATHS,
    *SUBSCRIPTION_PATHS,
)
COMPLETENESS_PATHS: Paths = (
    ("organizations", "seen"),
    ("organizations", "audited"),
    ("organizations", "skipped"),
    ("skippedByReason",),
)
DARK_NAMES = ("darkAt", "standing", "name", "licensingModel", "what", "count", "estimate")


def compare(truth: Block, report: Block) -> list[str]:
    """Tell each difference between *truth* and *report* in a sentence; an empty list means none.

    Both are plain dictionaries in the layout of the report. A count of zero may be left out on
    either side. The tenants of a report are put together, hints between organizations included. Whatever
    else the report tells is not looked at.
    """
    return [
        *_differences("completeness", truth["completeness"], report["completeness"], COMPLETENESS_PATHS),
        *_differences("totals", truth["totals"], report["totals"], TOTAL_PATHS),
        *_compare_organizations(truth, report),
        *_compare_ahead(truth, report),
    ]


def _compare_organizations(truth: Block, report: Block) -> Iterator[str]:
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


def _compare_organization(truth: Block, report: Block) -> Iterator[str]:
    where = f"organization {truth['id']}"
    for name in ("name", "licensingModel", "status", "reason"):
        if truth.get(name) != report.get(name):
            yield f"{where}: {name} is {report.get(name)!r} in the report, {truth.get(name)!r} in truth"
    if truth["status"] == report.get("status") == "audited":
        yield from _differences(where, truth, report, FIGURES[truth["licensingModel"]])


def _compare_ahead(truth: Block, report: Block) -> Iterator[str]:
    """Compare what the report tells at its top level, beyond the counts."""
    for name, lay_out in (
        ("darkDates", _lay_out_dark_dates),
        ("reclaimHints", _lay_out_hints),
        ("forecast", _lay_out_forecast),
    ):
        yield from _compare_flat(name, lay_out(truth.get(name)), lay_out(report.get(name)))
    instants = [one["darkAt"] for one in report.get("darkDates") or ()]
    if instants != sorted(instants):
        yield "darkDates: the soonest is not first in the report"


def _lay_out_dark_dates(dates: Sequence[Block] | None) -> dict[str, Any]:
    return {f"{one['organizationId']}.{name}": one[name] for one in dates or () for name in DARK_NAMES}


def _lay_out_hints(hints: Sequence[Block] | None) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for one in hints or ():
        place = f"{one['type']} from {one['from']} to {one['to']}"
        flat |= {f"{place}.{name}": one[name] for name in ("count", "soonestDarkDate")}
    return flat


def _lay_out_forecast(forecast: Block | None) -> dict[str, Any]:
    if forecast is None:
        return {}
    counts: Counter[str] = Counter()
    for one in forecast["renewals"]:
        for month, count in one["byMonth"].items():
            counts[f"{one['licensingModel']}.{one['type']}.{one['unit']}.{month}"] += count
    return {"months": " ".join(forecast["months"]), **counts}


def _differences(where: str, truth: Block, report: Block, paths: Paths) -> Iterator[str]:
    for path in paths:
        yield from _compare_flat(where, _flatten(path, _at(truth, path)), _flatten(path, _at(report, path)))


def _compare_flat(where: str, expected: Block, told: Block) -> Iterator[str]:
    for name in sorted(expected.keys() | told.keys()):
        there, here = told.get(name) or 0, expected.get(name) or 0
        if there != here:
            yield f"{where}: {name} is {there!r} in the report, {here!r} in truth"


def _at(block: Block, path: tuple[str, ...]) -> Any:
    """What stands at *path*; None where the way there is not laid."""
    value: Any = block
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _flatten(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """Lay nested figures out flat under dotted names; the entries of a list by what they are about."""
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return _flatten_all(path, value.items())
    if isinstance(value, list):
        return _flatten_all(path, ((_name(one), one) for one in value))
    return {".".join(path): value}


def _flatten_all(path: tuple[str, ...], items: Iterable[tuple[Any, Any]]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in items:
        flat |= _flatten((*path, str(name)), value)
    return flat


def _name(entry: Block) -> str:
    """What an entry is about: a subscription, a product class, or what goes dark on a day."""
    for name in ("id", "productClass"):
        if name in entry:
            return str(entry[name])
    return f"{entry['date']} {entry['standing']} {entry['what']}"
