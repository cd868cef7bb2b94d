"""Joins reports, each on one part of the organizations, into the report on all of them.

What an organization has and lacks is in its own block, so the sums are made anew from these (see `summing`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, Final, TypeAlias
from uuid import NAMESPACE_URL, uuid5

from auditor.domain.counts import added
from auditor.domain.finding import RECONCILE_RULE
from auditor.domain.window import Windows
from auditor.errors import AuditorError
from auditor.report.document import SCHEMA_VERSION, organization_block
from auditor.report.instant import to_rfc3339
from auditor.report.reading import Document
from auditor.report.results import instant_of, result_of, windows_of
from auditor.report.summing import summed_up

Json: TypeAlias = dict[str, Any]

_FEW: Final = 10
_BY_CLASS: Final = "retriesByClass"
_FINDING: Final = ("id", "rule", "severity", "organizationId", "tenant", "subject", "message", "due")
"""What a finding has that no policy was asked for."""

_TOLD: Final[Mapping[str, Callable[[Document], Any]]] = {
    "asOf": lambda one: one["asOf"],
    "windowsDays": lambda one: one["windowsDays"],
    "tool.version": lambda one: one["tool"]["version"],
}
_UNTOLD: Final[Mapping[str, Callable[[Document], Any]]] = {
    "tenants": lambda one: one["tenants"],
    "run.question": lambda one: one["run"].get("question"),
    "run.spread": lambda one: one["run"].get("spread"),
    "completeness.reconciled": lambda one: one["completeness"]["reconciled"] is None,
}
"""In what else parts of one audit agree; what it is in each would tell nobody anything."""


class MergeError(AuditorError):
    """Reports that cannot be joined: *complaints* name the parts. *hint* says what to do instead."""

    def __init__(self, *complaints: str, hint: str = "") -> None:
        self.complaints = complaints
        self.hint = hint
        super().__init__("; ".join(complaints))


@dataclass(frozen=True, slots=True)
class _Part:
    """Part *index* of *count*, from 1, and what to call it."""

    index: int
    count: int
    name: str
    report: Document


def merged(
    parts: Sequence[Document], *, allow_missing: bool = False, names: Sequence[str] | None = None
) -> Document:
    """The report that one run over all organizations would have written, from the reports on its *parts*.

    Outside `run` and `traffic` it is the same to the byte, if the vendor told the parts what it would have
    told the one. Where the lists of organizations changed meanwhile, `seen` is the longest. A tenant that
    could not be listed is told once for all parts that say the same of it. What a policy found is left out,
    and the verdict with it: that is to be asked of the whole. A subscription whose number of organizations
    the vendor does not tell is called shared in the totals, and by those that share it within one part.

    `run` is from the first start to the last end, with an id that follows from those of the parts. `traffic`
    adds up; `peakInFlight` too, which so is a bound: there were never more. `effectiveRate` is over that
    time, `budgetUtilization` of the budgets of as many addresses as there are parts.

    With *allow_missing* parts may be missing: `run.interrupted` names them, and nothing is complete then.
    *names*, one for each part, tell errors apart from one another.

    Raises:
        MergeError: a report is no part, or of another version; parts overlap, are missing, or are not of one
            audit.
        UnreadableReportError: a report has something that only a newer version knows.
    """
    ordered = _numbered(parts, names)
    _refuse_differences(ordered)
    _refuse_overlaps(ordered)
    missing = _missing(ordered)
    if missing and not allow_missing:
        raise MergeError(missing, hint="give its report as well, or --allow-missing")
    windows = windows_of(ordered[0].report)
    organizations = [
        _as_written(one, windows) for one in _in_order(part.report["organizations"] for part in ordered)
    ]
    return summed_up(_head(ordered, missing), organizations, also=("reclaimHints",))


def _numbered(parts: Sequence[Document], names: Sequence[str] | None) -> list[_Part]:
    """*parts* in their order, which is not that in which they were given."""
    if not parts:
        raise MergeError("there is no report to join")
    found, complaints = list[_Part](), list[str]()
    for place, report in enumerate(parts):
        shard = report["run"]["shard"]
        name = (f"part {shard}" if shard else "a report") + (f" ({names[place]})" if names else "")
        number = re.fullmatch(r"([1-9][0-9]*)/([1-9][0-9]*)", shard or "")
        if report["schemaVersion"] != SCHEMA_VERSION:
            complaints.append(f"{name} is of version {report['schemaVersion']}, not {SCHEMA_VERSION}")
        elif number is None:
            what = "is joined already" if shard else "is no part: it is about all organizations"
            complaints.append(f"{name} {what}")
        else:
            found.append(_Part(int(number[1]), int(number[2]), name, report))
    if complaints:
        raise MergeError(*complaints, hint="give what `auditor run --shard` of this version writes")
    return sorted(found, key=lambda one: (one.index, one.count))


def _refuse_differences(parts: Sequence[_Part]) -> None:
    first, *others = parts
    complaints = [complaint for other in others for complaint in _differences(first, other)]
    if complaints:
        hint = "run all parts with the same configuration, selection, --as-of and --shard-sizes"
        raise MergeError(*complaints, hint=hint)


def _differences(first: _Part, other: _Part) -> Iterator[str]:
    between = f"{first.name} and {other.name} differ in"
    if first.count != other.count:
        yield f"{between} the number of parts"
    for key, value in _TOLD.items():
        if value(first.report) != value(other.report):
            yield f"{between} {key}: {value(first.report)}, {value(other.report)}"
    for key, value in _UNTOLD.items():
        if value(first.report) != value(other.report):
            yield f"{between} {key}"


def _refuse_overlaps(parts: Sequence[_Part]) -> None:
    """The same part twice, or one organization in two: which a part of a changed spread would have."""
    by_index: dict[int, _Part] = {}
    holders: dict[str, _Part] = {}
    shared: dict[tuple[str, str], list[str]] = {}
    complaints: list[str] = []
    for part in parts:
        other = by_index.setdefault(part.index, part)
        if other is not part:
            complaints.append(f"{other.name} and {part.name} are the same part")
            continue
        for organization in part.report["organizations"]:
            holder = holders.setdefault(organization["id"], part)
            if holder is not part:
                shared.setdefault((holder.name, part.name), []).append(organization["id"])
    complaints += [
        f"{one} and {other} overlap: both have {_listed(ids, len(ids))}"
        for (one, other), ids in shared.items()
    ]
    if complaints:
        raise MergeError(*complaints)


def _missing(parts: Sequence[_Part]) -> str:
    """Names the parts that are missing; empty where none is."""
    count, present = parts[0].count, {part.index for part in parts}
    absent = (f"{index}/{count}" for index in range(1, count + 1) if index not in present)
    number = count - len(present)
    if not number:
        return ""
    named = _listed(list(islice(absent, _FEW)), number)
    return f"part {named} is missing" if number == 1 else f"parts {named} are missing"


def _listed(words: Sequence[str], count: int) -> str:
    """The first of *count* words, and how many more there are."""
    more = f" and {count - _FEW} more" if count > _FEW else ""
    return ", ".join(words[:_FEW]) + more


def _as_written(block: Json, windows: Windows) -> Json:
    """*block* as a run writes it: without the nulls that a reader fills in, for no one has all models."""
    is_filled = "licenses" in block and "coTerm" in block
    return organization_block(result_of(block, windows), windows) if is_filled else block


def _in_order(lists: Iterable[Iterable[Json]], key: str = "id") -> list[Json]:
    return sorted(chain.from_iterable(lists), key=lambda one: (one["tenant"], one[key]))


def _head(parts: Sequence[_Part], missing: str) -> Document:
    """The report but for what organizations tell together, with what that takes."""
    reports = [part.report for part in parts]
    first, run = reports[0], _run_block(parts, missing)
    completeness = [one["completeness"] for one in reports]
    compared = [one["reconciled"] for one in completeness if one["reconciled"] is not None]
    return {
        "schemaVersion": first["schemaVersion"],
        "tool": first["tool"],
        "run": run,
        "asOf": first["asOf"],
        "windowsDays": first["windowsDays"],
        "tenants": first["tenants"],
        "completeness": {
            "organizations": {"seen": max(one["organizations"]["seen"] for one in completeness)},
            "reconciled": sum(compared) if compared else None,
        },
        "totals": {},
        "darkDates": [],
        "forecast": {
            "months": first["forecast"]["months"],
            "renewals": [renewal for one in reports for renewal in one["forecast"]["renewals"]],
        },
        "reclaimHints": [],
        "organizations": [],
        **({"findings": _findings(reports)} if compared else {}),
        "errors": _errors(reports),
        "traffic": _traffic_block(reports, run["durationSeconds"]),
    }


def _findings(reports: Iterable[Document]) -> list[Json]:
    compared = [
        {key: one[key] for key in _FINDING}
        for report in reports
        for one in report.get("findings") or ()
        if one["rule"] == RECONCILE_RULE
    ]
    return _in_order([compared], "organizationId")


def _errors(reports: Sequence[Document]) -> list[Json]:
    """Those of tenants, in the order of these, then those of organizations."""
    listings: dict[tuple[Any, ...], Json] = {}
    for one in chain.from_iterable(report["errors"] for report in reports):
        if one["organizationId"] is None:
            alike = (one["tenant"], one["class"], one["httpStatus"], one["message"])
            listings.setdefault(alike, one)
    places = {one["name"]: place for place, one in enumerate(reports[0]["tenants"])}
    of_organizations = [
        [one for one in report["errors"] if one["organizationId"] is not None] for report in reports
    ]
    return [
        *sorted(listings.values(), key=lambda one: places.get(one["tenant"], len(places))),
        *_in_order(of_organizations, "organizationId"),
    ]


def _run_block(parts: Sequence[_Part], missing: str) -> Json:
    runs = [part.report["run"] for part in parts]
    started_at = min(instant_of(one["startedAt"]) for one in runs)
    finished_at = max(instant_of(one["finishedAt"]) for one in runs)
    interruptions = [f"part {one['shard']}: {one['interrupted']}" for one in runs if one["interrupted"]]
    reasons = [*([missing] if missing else []), *interruptions]
    indices = ",".join(str(part.index) for part in parts)
    return {
        "id": str(uuid5(NAMESPACE_URL, "\n".join(["urn:auditor:merge", *(one["id"] for one in runs)]))),
        "startedAt": to_rfc3339(started_at),
        "finishedAt": to_rfc3339(finished_at),
        "durationSeconds": round(max(0.0, (finished_at - started_at).total_seconds()), 3),
        "resumed": any(one["resumed"] for one in runs),
        "interrupted": "; ".join(reasons) or None,
        "shard": f"{indices}/{parts[0].count}" if missing else None,
        "question": runs[0].get("question"),
        "spread": runs[0].get("spread") if missing else None,
    }


def _traffic_block(reports: Sequence[Document], seconds: float) -> Json:
    traffics = [one["traffic"] for one in reports]
    used = sum(
        one["traffic"]["budgetUtilization"] * one["run"]["durationSeconds"] for one in reports
    )  # in seconds of one address
    by_class: Mapping[str, int] = {}
    for one in traffics:
        by_class = added(by_class, one[_BY_CLASS])
    requests = sum(one["requests"] for one in traffics)
    return {
        **{key: 0 if key == _BY_CLASS else sum(one[key] for one in traffics) for key in traffics[0]},
        _BY_CLASS: dict(sorted(by_class.items())),
        "effectiveRate": round(requests / seconds, 2) if seconds else 0.0,
        "budgetUtilization": round(used / (seconds * len(reports)), 4) if seconds else 0.0,
    }
