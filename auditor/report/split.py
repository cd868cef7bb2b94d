"""A report for each tenant, with nothing in it of any other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Final, TypeAlias

from auditor.domain.finding import NOT_COMPARED, RECONCILE_RULE, Finding, Severity
from auditor.domain.organization import LicensingModel
from auditor.domain.outcome import Status
from auditor.domain.question import PlanKind
from auditor.report.mentions import Mentions, Span, folded, replaced
from auditor.report.reading import Document, UnreadableReportError
from auditor.report.shared import RENEWALS, tenants_of, told_to
from auditor.report.summing import summed_up

ANOTHER: Final = "[another tenant]"
"""What a message has in place of a name or an id of another tenant's."""

_RUN: Final = ("id", "startedAt", "finishedAt", "durationSeconds", "resumed", "interrupted", "shard")
_OF_ALL: Final = ("question", "spread")
"""What of `run` is a hash that others' names may be part of: null in a part."""

_LISTS: Final = ("tenants", "reclaimHints", "organizations", "findings", "errors")
"""Lists whose entries are of one tenant each."""

_NO_PROSE: Final = frozenset(
    {"id", "severity", "organizationId", "tenant", "subject", "due", "class", "missing"}
)
_SHORTEST_NAME: Final = 3
"""Shorter ones tell nothing of anybody, and are part of too many sentences."""

Json: TypeAlias = dict[str, Any]
Entries: TypeAlias = dict[str, list[Json]]
"""What a report tells of one tenant, by the name of the list."""


def split(report: Document, *, wanted: Collection[str] | None = None) -> Iterator[tuple[str, Document]]:
    """Each tenant of which *report* has organizations or errors, by name, and the report on it alone.

    Where tenants are *wanted* by name, it is each of these, and a report on nothing where there is nothing.

    It is what an audit of this tenant alone would have written, but for three things. `run` is that of the
    whole run, so one that was interrupted leaves no tenant complete. `traffic` is zero, for nobody counted
    whose it was. And where there are several tenants, `seen` counts the organizations that were selected.
    An organization that several tenants select, and a subscription that they share, is in the report of each
    as if it were of that one alone. Findings about all tenants together, the verdict on them, and keys that
    this version does not know are in none.

    Raises:
        UnreadableReportError: *report* is of version 1.0, or of a newer one than this.
    """
    if report["forecast"] is None:
        raise UnreadableReportError("a report of version 1.0 tells too little to be split by tenant")
    return _parts(report, wanted)


def _parts(report: Document, wanted: Collection[str] | None) -> Iterator[tuple[str, Document]]:
    entries, owners = _by_tenant(report), _owners(report)
    borrowers = {other for one in report["organizations"] for other in tenants_of(one)[1:]}
    mentions = Mentions(owners)
    if wanted is None:
        wanted = [tenant for tenant, own in entries.items() if own["organizations"] or own["errors"]]
    for tenant in sorted(wanted):
        own = entries.get(tenant) or _no_entries()
        if tenant in borrowers:
            own = _in_order(own, is_judged=report.get("verdict") is not None)
        tell = partial(_told_to, tenant, owners=owners, mentions=mentions)
        head = _head(report, _discreet(own, tell), is_alone=[*entries] == [tenant])
        # What an organization of another tenant's could spare or lacks, the whole has no hints about.
        also = ("reclaimHints",) if tenant in borrowers else ()
        yield tenant, summed_up(head, head["organizations"], also=also)


def _by_tenant(report: Document) -> dict[str, Entries]:
    """What is of no tenant in particular is left out."""
    entries: dict[str, Entries] = {}
    lists = {key: report.get(key) or [] for key in _LISTS} | {"renewals": report["forecast"]["renewals"]}
    for key, several in lists.items():
        for one in several:
            tenant = one["name" if key == "tenants" else "tenant"]
            if tenant is not None:
                told = told_to(tenant, one) if key == "organizations" else one
                entries.setdefault(tenant, _no_entries())[key].append(told)
    for tenant, key, one in _borrowed(report):
        entries.setdefault(tenant, _no_entries())[key].append(one)
    return entries


def _borrowed(report: Document) -> Iterator[tuple[str, str, Json]]:
    """What belongs to tenants for whom it was not read: each, the name of the list, and the entry."""
    others: dict[tuple[str, str], tuple[str, ...]] = {}
    for one in report["organizations"]:
        others[one["tenant"], one["id"]] = tenants_of(one)[1:]
        for tenant in tenants_of(one)[1:]:
            yield tenant, "organizations", told_to(tenant, one)
            for renewal in one.get(RENEWALS) or ():
                model = LicensingModel.PER_DEVICE if one.get("coTerm") is None else LicensingModel.CO_TERM
                yield tenant, "renewals", {"tenant": tenant, "licensingModel": model.value, **renewal}
    for one in report["errors"]:
        for tenant in others.get((one["tenant"], one["organizationId"]), ()):
            yield tenant, "errors", {**one, "tenant": tenant}
    judged_alone = {one["tenant"] for one in (report.get("verdict") or {}).get("rules", ())}
    for one in report.get("findings") or ():
        for tenant in others.get((one["tenant"], one["organizationId"]), ()):
            if judged_alone.isdisjoint({tenant, one["tenant"]}):  # their own policies find what is theirs
                yield tenant, "findings", _found_for(tenant, one)


def _found_for(tenant: str, finding: Json) -> Json:
    """*finding*, about an organization, with the id that it has where *tenant* is audited alone."""
    severity, organization_id = Severity(finding["severity"]), finding["organizationId"]
    own = Finding(finding["rule"], severity, organization_id, tenant, finding["subject"], "")
    return {**finding, "id": own.id, "tenant": tenant}


def _in_order(own: Entries, *, is_judged: bool) -> Entries:
    """*own* with what was borrowed in its place; a policy's findings stand by urgency."""
    ordered = {
        **own,
        "organizations": sorted(own["organizations"], key=lambda one: one["id"]),
        "errors": sorted(own["errors"], key=lambda one: one["organizationId"] or ""),
    }
    if not is_judged:
        ordered["findings"] = sorted(own["findings"], key=lambda one: one["organizationId"] or "")
    return ordered


def _no_entries() -> Entries:
    return {key: [] for key in (*_LISTS, "renewals")}


def _head(report: Document, own: Entries, *, is_alone: bool) -> Document:
    """The report but for its sums, with what these need."""
    completeness = report["completeness"]
    seen = completeness["organizations"]["seen"] if is_alone else len(own["organizations"])
    reconciled = None if completeness["reconciled"] is None else _compared(own)
    return {
        "schemaVersion": report["schemaVersion"],
        "tool": {key: report["tool"][key] for key in ("name", "version")},
        "run": {key: report["run"][key] for key in _RUN}
        | {key: None for key in _OF_ALL if key in report["run"]},
        "asOf": report["asOf"],
        "windowsDays": report["windowsDays"],
        "tenants": own["tenants"],
        "completeness": {"organizations": {"seen": seen}, "reconciled": reconciled},
        "totals": {},
        "darkDates": [],
        "forecast": {"months": report["forecast"]["months"], "renewals": own["renewals"]},
        "reclaimHints": own["reclaimHints"],
        "organizations": own["organizations"],
        **({} if report.get("findings") is None else {"findings": own["findings"]}),
        "errors": own["errors"],
        "traffic": {key: type(value)() for key, value in report["traffic"].items()},
    }


def _compared(own: Entries) -> int:
    """The organizations whose whole list was compared: all that were listed, but for those that say no."""
    listed = {
        one["id"]
        for one in own["organizations"]
        if one["status"] == Status.AUDITED and one["plan"] == PlanKind.FULL and one.get("licenses")
    }
    alone = {
        one["organizationId"]
        for one in own["findings"]
        if (one["rule"], one["subject"]) == (RECONCILE_RULE, NOT_COMPARED)
    }
    return len(listed - alone)


def _owners(report: Document) -> dict[str, set[str]]:
    """The tenants that each name and id of *report*, without its case, belongs to."""
    owners: dict[str, set[str]] = {}
    for tenant, words in _words(report):
        for word in words:
            if len(word) >= _SHORTEST_NAME:
                owners.setdefault(folded(word), set()).add(tenant)
    return owners


def _words(report: Document) -> Iterator[tuple[str, Iterable[str]]]:
    for one in report.get("tenants") or ():
        yield one["name"], (one["name"], one["contact"])
    for one in report["errors"]:
        yield one["tenant"], (one["tenant"],)
    for one in report["organizations"]:
        for tenant in tenants_of(one):
            yield tenant, (tenant, one["id"], one["name"])
            for held in (one.get("subscription") or {}).get("subscriptions", ()):
                yield tenant, (held["id"], held["name"])


def _told_to(tenant: str, text: str, *, owners: Mapping[str, set[str]], mentions: Mentions) -> str:
    """*text* without names that are not of *tenant*, as a message of the vendor's might have.

    A name within a longer one of the tenant's own stays.
    """
    own, others = list[Span](), list[Span]()
    for start, end in mentions.spans(text):
        (own if tenant in owners[folded(text[start:end])] else others).append((start, end))
    spans = [one for one in others if not any(_is_within(one, longer) for longer in own)]
    return replaced(text, spans, lambda _: ANOTHER) if spans else text


def _is_within(one: Span, other: Span) -> bool:
    return other[0] <= one[0] and one[1] <= other[1]


def _discreet(own: Entries, tell: Callable[[str], str]) -> Entries:
    """*own* with all prose in it as *tell* has it."""
    organizations = [
        {**one, "message": tell(one["message"])} if one["message"] else one for one in own["organizations"]
    ]
    prose = {key: [_prose(one, tell) for one in own[key]] for key in ("findings", "errors")}
    return {**own, **prose, "organizations": organizations}


def _prose(value: Any, tell: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return tell(value)
    if isinstance(value, list):
        return [_prose(one, tell) for one in value]
    if isinstance(value, dict):
        return {key: one if _is_plain(key, one) else _prose(one, tell) for key, one in value.items()}
    return value


def _is_plain(key: str, value: Any) -> bool:
    """Whether no name of another tenant's is in it, as it may be in the id of a policy's rule."""
    return key in _NO_PROSE or (key, value) == ("rule", RECONCILE_RULE)
