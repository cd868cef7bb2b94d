"""Joins reports, each on one part of the organizations, into the report on all of them.

What an organization has and lacks is in its own block, so the sums are made anew from these (see `summing`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any, Final, TypeAlias
from uuid import NAMESPACE_URL, uuid5

from auditor.domain.counts import added
from auditor.domain.finding import RECONCILE_RULE
from auditor.report.document import organization_block
from auditor.report.instant import to_rfc3339
from auditor.report.parts import PartReport, Parts
from auditor.report.reading import Document, UnreadableReportError
from auditor.report.results import instant_of, result_of, windows_of
from auditor.report.summing import Sums
from auditor.report.to_json import to_piece

Json: TypeAlias = dict[str, Any]

_BY_CLASS: Final = "retriesByClass"
_FINDING: Final = ("id", "rule", "severity", "organizationId", "tenant", "subject", "message", "due")
"""What a finding has that no policy was asked for."""

_SHORT: Final = (
    "schemaVersion",
    "tool",
    "run",
    "asOf",
    "windowsDays",
    "tenants",
    "completeness",
    "forecast",
    "errors",
    "traffic",
)
"""What is kept of a part when its organizations have been told."""


class Merge:
    """Reports on parts, taken in one after another, and the report that one run over all would have written.

    Outside `run` and `traffic` it is the same to the byte, if the vendor told the parts what it would have
    told the one. Where the lists of organizations changed meanwhile, `seen` is the longest. A tenant that
    could not be listed is told once for all parts that say the same of it. What a policy found is left out,
    and the verdict with it: that is to be asked of the whole. A subscription whose number of organizations
    the vendor does not tell is called shared in the totals, and by those that share it within one part.

    `run` is from the first start to the last end, with an id that follows from those of the parts. `traffic`
    adds up; `peakInFlight` too, which so is a bound: there were never more. `effectiveRate` is over that
    time, `budgetUtilization` of the budgets of as many addresses as there are parts.

    Entries of `organizations` go to *keep*, with tenant and id and as text, so that memory has to hold no
    more than one part and the sums of all.
    """

    def __init__(self, keep: Callable[[tuple[str, str], bytes], None]) -> None:
        self._keep = keep
        self._parts = Parts()
        self._sums: Sums | None = None

    def add(self, report: Document, *, name: str = "") -> None:
        """Take in a part's report; *name* tells it from others in errors, which come at the end.

        Raises:
            UnreadableReportError: it has something that only a newer version knows.
        """
        short = {key: report[key] for key in _SHORT} | {"findings": _compared(report)}
        part = self._parts.admit(short, name=name)
        if part is None:
            return
        windows = windows_of(report)
        self._sums = self._sums or Sums(windows)
        for block in report["organizations"]:
            self._parts.hold(part, block["id"])
            result = result_of(block, windows)
            self._sums.add(result)
            if _is_filled(block):
                whole = replace(result, depth=None)  # with the keys of its plan
                block = _like(organization_block(whole, windows), block)  # noqa: PLW2901
            self._keep((block["tenant"], block["id"]), to_piece(block))

    def finish(self, *, allow_missing: bool = False) -> Document:
        """The report but for its organizations.

        With *allow_missing* parts may be missing: `run.interrupted` names them, and nothing is complete then.

        Raises:
            MergeError: a report is no part, or of another version; parts overlap, are missing, or are not of
                one audit.
            UnreadableReportError: they are of version 1.0.
        """
        ordered, missing = self._parts.checked(allow_missing=allow_missing)
        assert self._sums is not None  # noqa: S101 - the first part was admitted
        return self._sums.onto(_head(ordered, missing), also=("reclaimHints",))


def _is_filled(block: Json) -> bool:
    """Whether a reader filled in the nulls that a run does not write, for no organization has all models."""
    return "licenses" in block and "coTerm" in block


def _like(written: Any, block: Any) -> Any:
    """*block* with the keys that a run writes, as *written* has them, and with what it says itself there.

    Of its other keys stay those that say something: names that a sum lost where another figure is null.
    """
    if isinstance(written, dict) and isinstance(block, dict):
        own = {key: _like(one, block[key]) for key, one in written.items() if key in block}
        return own | {key: one for key, one in block.items() if key not in written and one not in (None, [])}
    if isinstance(written, list) and isinstance(block, list) and len(written) == len(block):
        return [_like(*pair) for pair in zip(written, block, strict=True)]
    return block


def _in_order(lists: Iterable[Iterable[Json]], key: str = "id") -> list[Json]:
    return sorted(chain.from_iterable(lists), key=lambda one: (one["tenant"], one[key]))


def _head(parts: Sequence[PartReport], missing: str) -> Document:
    """The report but for what organizations tell together, with what that takes."""
    reports = [part.head for part in parts]
    if any(one["forecast"] is None for one in reports):
        raise UnreadableReportError("a report of version 1.0 tells too little to be summed up anew")
    first, run = reports[0], _run_block(parts, missing)
    completeness = [one["completeness"] for one in reports]
    compared = [one["reconciled"] for one in completeness if one["reconciled"] is not None]
    findings = _in_order((one["findings"] for one in reports), "organizationId")
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
        **({"findings": findings} if compared else {}),
        "errors": _errors(reports),
        "traffic": _traffic_block(reports, run["durationSeconds"]),
    }


def _compared(report: Document) -> list[Json]:
    """Its findings that no policy was asked for."""
    return [
        {key: one[key] for key in _FINDING}
        for one in report.get("findings") or ()
        if one["rule"] == RECONCILE_RULE
    ]


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


def _run_block(parts: Sequence[PartReport], missing: str) -> Json:
    runs = [part.head["run"] for part in parts]
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
