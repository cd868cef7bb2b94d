"""The sums of a report, made anew from the blocks of organizations: for a part of it, or several joined."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from auditor.domain.organization import LicensingModel
from auditor.domain.outcome import Failure, FailureClass
from auditor.domain.outlook import Renewal, Unit
from auditor.domain.result import Digest, DiscoveryFailure, OrganizationResult
from auditor.domain.window import Windows
from auditor.report.document import Evidence, RunFacts, TrafficFacts, build_report
from auditor.report.reading import Document, UnreadableReportError
from auditor.report.results import instant_of, result_of, windows_of

SUMS: Final = ("completeness", "totals", "darkDates", "forecast")
"""The blocks that are made anew."""

NO_TRAFFIC: Final = TrafficFacts(
    requests=0,
    pages=0,
    redirects=0,
    refusals=0,
    retries=0,
    retries_by_class={},
    failures=0,
    abandoned=0,
    rate_limited=0,
    bytes=0,
    peak_in_flight=0,
    effective_rate=0.0,
    budget_utilization=0.0,
)
"""Of a report that was made from another one."""


class Sums:
    """What an audit of just these organizations would have summed up of them, taken in one after another."""

    def __init__(self, windows: Windows) -> None:
        self._windows = windows
        self._digest = Digest()

    def add(self, result: OrganizationResult) -> None:
        """Take in what an entry of `organizations` tells, which comes but once, but for renewals."""
        outlook = result.outlook
        if outlook is not None and outlook.renewals:
            result = replace(result, outlook=replace(outlook, renewals={}))
        self._digest.add(result)

    def onto(self, head: Document, *, also: Collection[str] = ()) -> Document:
        """*head* with the sums; it is done with then.

        Taken from *head* is what organizations do not tell: `run`, whose interruption makes it incomplete,
        and `errors`, where one without an organization does; of `completeness`, `seen` and `reconciled`; of
        `forecast`, what is no subscription. Its other blocks stay as they are, `findings` and `reclaimHints`
        among them; but these are made anew as well where *also* names them, of organizations that tell what
        they lack and could spare.

        Raises:
            UnreadableReportError: it is of version 1.0.
        """
        if head["forecast"] is None:
            raise UnreadableReportError("a report of version 1.0 tells too little to be summed up anew")
        evidence = self._evidence(head)
        built = build_report(evidence, tool_version="", run=_run_facts(head["run"]), traffic=NO_TRAFFIC)
        return {**head, **{key: built[key] for key in (*SUMS, *also)}}

    def _evidence(self, head: Document) -> Evidence:
        completeness = head["completeness"]
        self._digest.renewals.update(_renewals_of(head["forecast"]))
        self._digest.reconciled = completeness["reconciled"] or 0
        return Evidence(
            windows=self._windows,
            seen=completeness["organizations"]["seen"],
            digest=self._digest,
            discovery_failures=[
                DiscoveryFailure(one["tenant"], Failure(FailureClass(one["class"]), one["message"]))
                for one in head["errors"]
                if one["organizationId"] is None
            ],
            is_reconciled=completeness["reconciled"] is not None,
        )


def summed_up(
    head: Document, organizations: Iterable[Mapping[str, Any]], *, also: Collection[str] = ()
) -> Document:
    """*head* with *organizations*, and with their sums: see `Sums.onto`, also for *also*.

    *organizations* are entries of that list of one report or of several, over the same windows, in the order
    of reports and each there once.

    Raises:
        UnreadableReportError: they are of version 1.0, or of a newer one than this.
    """
    organizations, windows = list(organizations), windows_of(head)
    sums = Sums(windows)
    for block in organizations:
        sums.add(result_of(block, windows))
    return {**sums.onto(head, also=also), "organizations": organizations}


def _renewals_of(forecast: Mapping[str, Any]) -> Counter[tuple[str, LicensingModel, Renewal]]:
    """All but those of subscriptions, which organizations tell: each counts once, whoever shares it."""
    months = {name: month for month, name in enumerate(forecast["months"])}
    counts: Counter[tuple[str, LicensingModel, Renewal]] = Counter()
    for one in forecast["renewals"]:
        model = LicensingModel(one["licensingModel"])
        for name, count in one["byMonth"].items() if model is not LicensingModel.SUBSCRIPTION else ():
            counts[one["tenant"], model, Renewal(one["type"], Unit(one["unit"]), months[name])] += count
    return counts


def _run_facts(run: Mapping[str, Any]) -> RunFacts:
    return RunFacts(
        run["id"],
        instant_of(run["startedAt"]),
        instant_of(run["finishedAt"]),
        run["durationSeconds"],
        interrupted=run["interrupted"],
        resumed=run["resumed"],
    )
