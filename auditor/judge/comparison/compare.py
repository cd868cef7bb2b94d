"""The difference between two reports."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from auditor.judge.comparison.counting import counts_of, totals_of
from auditor.judge.comparison.difference import SCHEMA_VERSION, Difference, Licenses, Organizations, Side
from auditor.judge.comparison.lacking import lack_the_same
from auditor.judge.comparison.moving import dates_of, horizon_of, licenses_of
from auditor.judge.comparison.pairing import Pair, pairs_of
from auditor.judge.comparison.whereabouts import changes_of, organizations_of
from auditor.judge.observation import Json, instant_of
from auditor.report.shared import tenants_of


def difference_of(old: Json, new: Json) -> Difference:
    """What changed from *old* to *new*, two reports as `read_report` gives them."""
    pairs = pairs_of(old, new)
    windows = sorted({*old["windowsDays"]} & {*new["windowsDays"]})
    organizations = organizations_of(pairs, old, new)
    licenses = licenses_of(pairs, horizon_of(old, windows), horizon_of(new, windows))
    changes, dates = list(changes_of(pairs)), list(dates_of(pairs))
    totals, counts = list(totals_of(old, new, windows)), list(counts_of(pairs, windows))
    return Difference(
        schema_version=SCHEMA_VERSION,
        old=_side(old),
        new=_side(new),
        changed=_has_any(organizations, licenses) or any((changes, dates, totals, counts)),
        warnings=list(_warnings(old, new, pairs)),
        organizations=organizations,
        licenses=licenses,
        changes=changes,
        dates=dates,
        totals=totals,
        counts=counts,
    )


def _side(report: Json) -> Side:
    completeness = report["completeness"]
    return Side(
        as_of=instant_of(report["asOf"]),
        complete=completeness["complete"],
        organizations=completeness["organizations"]["selected"],
    )


def _has_any(organizations: Organizations, licenses: Licenses) -> bool:
    """Whether anything is told that is a change: what is not known is none."""
    lists = [value for name, value in [*organizations, *licenses] if name != "unknown"]
    return any(lists)


def _warnings(old: Json, new: Json, pairs: Sequence[Pair]) -> Iterator[str]:
    if instant_of(old["asOf"]) > instant_of(new["asOf"]):
        yield f"OLD ({old['asOf']}) is newer than NEW ({new['asOf']})"
    yield from _incomplete(old, new)
    if old["windowsDays"] != new["windowsDays"]:
        yield (
            f"the windows differ, {_days(old)} and {_days(new)} days: only those of both are compared, and"
            " what is at risk, expiring by standing or going dark depends on the longest"
        )
    yield from _selections(old, new)
    plans = sum(pair.both is not None and _has_other_plan(*pair.both) for pair in pairs)
    if plans:
        noun = "organization was" if plans == 1 else "organizations were"
        yield f"{plans:,} {noun} read under another plan: what one of them does not tell is not compared"


def _incomplete(old: Json, new: Json) -> Iterator[str]:
    unfinished = {
        name: report
        for name, report in (("OLD", old), ("NEW", new))
        if not report["completeness"]["complete"]
    }
    if unfinished and lack_the_same(old, new):
        yield "OLD and NEW are incomplete and lack the same: what both read is compared, totals included"
        return
    for name in unfinished:
        yield (
            f"{name} is incomplete: what it did not read is not compared,"
            " and what it could not list is not taken for gone or new"
        )


def _selections(old: Json, new: Json) -> Iterator[str]:
    """Nothing in a report says what was asked for: these are signs that it was not the same."""
    tenants = [_tenants(of) for of in (old, new)]
    for name, only in (("OLD", tenants[0] - tenants[1]), ("NEW", tenants[1] - tenants[0])):
        if only:
            yield f"only {name} has the tenants {', '.join(sorted(only))}: the selections may differ"
    selected = [_is_selected(of) for of in (old, new)]
    if selected[0] != selected[1]:
        name = "OLD" if selected[0] else "NEW"
        yield f"{name} audited only a part of what its keys see: the selections may differ"


def _tenants(report: Json) -> set[str]:
    """All of whom *report* has something, be it that their organizations could not be listed."""
    owners = {name for one in report["organizations"] for name in tenants_of(one)}
    return owners | {one["tenant"] for one in report["errors"]}


def _is_selected(report: Json) -> bool:
    counts = report["completeness"]["organizations"]
    return bool(counts["selected"] < counts["seen"])


def _has_other_plan(before: Json, after: Json) -> bool:
    plans = (before["plan"], after["plan"])
    return None not in plans and plans[0] != plans[1]


def _days(report: Json) -> str:
    return ",".join(map(str, report["windowsDays"]))
