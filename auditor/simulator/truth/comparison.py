"""The truth beside a report: each figure in which they differ, in a sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
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
SHARED_CO_TERM_PATHS: Paths = (
    *_below("coTerm", "devices", "seats", "use.inUse", "use.overLimit", "use.spare", "use.warmSpares"),
    *_below("coTerm", "use.byFamily", "use.unmatched"),
    *_below("coTerm", "keys.total", "keys.live", "keys.invalidated", "keys.expired"),
    *_below("coTerm", "keys.byMode", "keys.byEdition", "keys.devicesByModel"),
    *_below("notes", "unknownStatus"),
)
CO_TERM_PATHS: Paths = (*_below("coTerm", "status", "expiresAt", "use.darkAt"), *SHARED_CO_TERM_PATHS)
TOTAL_CO_TERM_PATHS: Paths = (
    *_below("coTerm", "organizations", "byStatus", "use.organizations", "keys.organizations"),
    *SHARED_CO_TERM_PATHS,
)
SHARED_SUBSCRIPTION_PATHS: Paths = (
    *_below("subscription", "total", "shared", "endingWithin", "seats", "skus", "violations"),
    *_below("notes", "complianceUntold", "noLiveSubscription", "noSubscriptions"),
)
SUBSCRIPTION_PATHS: Paths = (*_below("subscription", "subscriptions"), *SHARED_SUBSCRIPTION_PATHS)
TOTAL_SUBSCRIPTION_PATHS: Paths = (
    *_below("subscription", "organizations", "byStatus", "byType", "renewalRequested"),
    *SHARED_SUBSCRIPTION_PATHS,
)
OUTLOOK_PATHS: Paths = (("standing",), *_below("dark", "soonest", "known", "dates"))
FIGURES: Mapping[str, Paths] = {
    "per-device": (*LICENSE_PATHS, *OUTLOOK_PATHS),
    "co-term": (*CO_TERM_PATHS, *OUTLOOK_PATHS),
    "subscription": (*SUBSCRIPTION_PATHS, *OUTLOOK_PATHS),
}
"""What is looked at in an organization, by its licensing model."""

TOTAL_PATHS: Paths = (
    *_below("organizations", "byLicensingModel", "expiringWithin", "byStanding"),
    *LICENSE_PATHS,
    *TOTAL_CO_TERM_PATHS,
    *TOTAL_SUBSCRIPTION_PATHS,
)
COMPLETENESS_PATHS: Paths = (
    ("organizations", "seen"),
    ("organizations", "audited"),
    ("organizations", "skipped"),
    ("skippedByReason",),
)
DARK_NAMES = ("darkAt", "standing", "name", "licensingModel", "what", "count", "estimate")
HINT_NAMES = ("count", "soonestDarkDate")

NO_LOWER_BOUNDS = frozenset({"soonestCount"})
"""Counts that can be lower in a whole than in a part of it."""

TABLES = frozenset(
    {
        *("byState", "byType", "atRiskByType", "notes"),
        *("byModel", "byFamily", "unmatched", "byMode", "byEdition", "devicesByModel"),
        *("byStatus", "bySku", "missing", "byLicensingModel", "skippedByReason", "forecast"),
    }
)
"""Tables of counts by name: what is not in one of them is there zero times."""


class Told(Enum):
    """What stands where a report has nothing, which is neither null nor zero."""

    NOTHING = "nothing"

    def __repr__(self) -> str:
        return self.value


def compare(truth: Block, report: Block) -> list[str]:
    """Tell each difference between *truth* and *report* in a sentence; an empty list means none.

    Both are plain dictionaries in the layout of the report. Null, zero and nothing at all are three
    different answers; only in tables of counts by name a count of zero may be left out, on either side. The
    tenants of a report are put together, hints between organizations included. Of an organization that is
    partial in the report, all that it does tell is looked at: under co-termination it must be right, under
    the other models, whose lists may have broken off, no count may be too high. Whatever else the report
    tells is not looked at.
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
    where, model = f"organization {truth['id']}", truth["licensingModel"]
    for name in ("name", "licensingModel", "status", "reason"):
        if truth.get(name) != report.get(name):
            yield f"{where}: {name} is {report.get(name)!r} in the report, {truth.get(name)!r} in truth"
    if truth["status"] != "audited":
        return
    if report.get("status") == "audited":
        yield from _differences(where, truth, report, FIGURES[model])
    elif report.get("status") == "partial" and model == "co-term":
        told = (path for path in CO_TERM_PATHS if _at(report, path) not in (None, Told.NOTHING))
        yield from _differences(where, truth, report, told)
    elif report.get("status") == "partial":
        for path in FIGURES[model]:
            yield from _too_high(where, ".".join(path), _at(truth, path), _at(report, path))


def _too_high(where: str, name: str, truth: Any, report: Any) -> Iterator[str]:
    """Tell each count of a part that is higher than that of the whole."""
    if isinstance(report, Mapping):
        for key, value in report.items():
            whole = truth.get(key, 0) if isinstance(truth, Mapping) else truth
            if key not in NO_LOWER_BOUNDS:
                yield from _too_high(where, f"{name}.{key}", whole, value)
    elif isinstance(report, int) and (not isinstance(truth, int) or report > truth):
        yield f"{where}: {name} is {report!r} in a part, {truth!r} in truth"


def _compare_ahead(truth: Block, report: Block) -> Iterator[str]:
    """Compare what the report tells at its top level, beyond the counts."""
    for name, lay_out in (
        ("darkDates", _lay_out_dark_dates),
        ("reclaimHints", _lay_out_hints),
        ("forecast", _lay_out_forecast),
    ):
        expected, told = (
            value if value is None or value is Told.NOTHING else lay_out(value)
            for value in (truth.get(name, Told.NOTHING), report.get(name, Told.NOTHING))
        )
        yield from _compare(name, "", expected, told, is_table=name in TABLES)
    instants = [one["darkAt"] for one in report.get("darkDates") or ()]
    if instants != sorted(instants):
        yield "darkDates: the soonest is not first in the report"


def _lay_out_dark_dates(dates: Sequence[Block]) -> dict[str, Any]:
    return _by_name((one["organizationId"], {name: one[name] for name in DARK_NAMES}) for one in dates)


def _lay_out_hints(hints: Sequence[Block]) -> dict[str, Any]:
    return _by_name(
        (f"{one['type']} from {one['from']} to {one['to']}", {name: one[name] for name in HINT_NAMES})
        for one in hints
    )


def _lay_out_forecast(forecast: Block) -> dict[str, Any]:
    counts: Counter[str] = Counter()
    for one in forecast["renewals"]:
        for month, count in one["byMonth"].items():
            counts[f"{one['licensingModel']}.{one['type']}.{one['unit']}.{month}"] += count
    return {"months": " ".join(forecast["months"]), **counts}


def _differences(where: str, truth: Block, report: Block, paths: Iterable[tuple[str, ...]]) -> Iterator[str]:
    for path in paths:
        is_table = not TABLES.isdisjoint(path)
        yield from _compare(where, ".".join(path), _at(truth, path), _at(report, path), is_table=is_table)


def _compare(where: str, name: str, truth: Any, report: Any, *, is_table: bool) -> Iterator[str]:
    """Compare two values, and all below them; in a table, what one side leaves out is zero."""
    expected, told = _as_block(truth), _as_block(report)
    keys = {**(expected or {}), **(told or {})}
    if not keys or (expected is None and told is None):
        if expected != told or _differ(truth, report):
            yield f"{where}: {name} is {report!r} in the report, {truth!r} in truth"
        return
    for key in sorted(keys):
        absent = _absent(keys[key], is_table=is_table)
        yield from _compare(
            where,
            f"{name}.{key}".lstrip("."),
            truth if expected is None else expected.get(key, absent),
            report if told is None else told.get(key, absent),
            is_table=is_table or key in TABLES,
        )


def _differ(truth: Any, report: Any) -> bool:
    """Whether two values are not the same; true is not one here, as it is in Python."""
    return truth != report or isinstance(truth, bool) is not isinstance(report, bool)


def _absent(present: Any, *, is_table: bool) -> Any:
    """What a block that has nothing under a name has there, where the other one has *present*."""
    if not is_table:
        return Told.NOTHING
    return {} if isinstance(present, Mapping) else 0


def _as_block(value: Any) -> Block | None:
    """A block as it is, and the entries of a list by what they are about; None for a single value."""
    if isinstance(value, list):
        return _by_name((_name(one), one) for one in value)
    return value if isinstance(value, Mapping) else None


def _by_name(entries: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """The entries of a list under their names, the second of a name under another."""
    block: dict[str, Any] = {}
    for name, entry in entries:
        own = name
        while own in block:
            own += " again"
        block[own] = entry
    return block


def _name(entry: Block) -> str:
    """What an entry is about: a subscription, a product class, or what goes dark on a day."""
    for name in ("id", "productClass"):
        if name in entry:
            return str(entry[name])
    return f"{entry['date']} {entry['standing']} {entry['what']}"


def _at(block: Block, path: tuple[str, ...]) -> Any:
    """What stands at *path*; nothing where the way there is not laid."""
    value: Any = block
    for place, name in enumerate(path):
        if value is None or not isinstance(value, Mapping):
            return value if value is None else Told.NOTHING
        is_table = place > 0 and path[place - 1] in TABLES
        value = value.get(name, 0 if is_table else Told.NOTHING)
    return value
