"""The lists of the page: what goes dark first, findings, what could be reclaimed, failures, definitions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from auditor.render.findings import error_message
from auditor.render.headlines import what_goes_dark
from auditor.render.html_page.blocks import DAY, NAME, NUMBER, TEXT, Column, Section, Table, shortened
from auditor.render.html_page.words import NOT_KNOWN, counted, day, number, standing
from auditor.report.reading import Document

Json = dict[str, Any]
Names = Mapping[tuple[str, str], str]
"""The name of each organization by tenant and id."""

SOONEST: Final = 20
"""So many dark dates are listed; the table of organizations has the others, and can be sorted by them."""

MOST: Final = 200
"""So many rows a list has at most: a page that nobody can scroll through tells nothing."""

ELSEWHERE: Final = "the JSON report has all, and the details of each organization its own."
_SEVERITIES: Final = ("error", "warning", "info")

_IN_GRACE: Final = (
    "No longer covered, and still at work: the vendor waits 30 days before it shuts down. Under per-device"
    " licensing it shuts down the device, under co-termination the whole organization, under a subscription"
    " one product class."
)
DEFINITIONS: Final = (
    ("Expiring", "Licenses whose state the vendor calls expiring."),
    ("At risk", "Expiring, and nothing queued carries the device past the longest window."),
    ("Unused", "Licenses assigned to nothing. Burning: their term runs all the same."),
    ("In grace", _IN_GRACE),
    ("Dark", "Shut down, or due to be."),
    ("Estimate", "The vendor tells no date or match; this is computed from what it does tell."),
    ("Reclaimable", "Unused licenses that fit a device at risk of the same type."),
    (NOT_KNOWN.capitalize(), "The audit did not read it, or the vendor does not tell. It is not zero."),
)


def soonest_dark(report: Document) -> Section:
    """What goes dark first, an organization a row."""
    columns = (
        Column("Goes dark", DAY),
        Column("Organization", NAME),
        Column("Tenant", NAME),
        Column("Standing", TEXT),
        Column("What", NAME),
        Column("Count", NUMBER),
    )
    rows = [
        (
            day(one["darkAt"]) + (" (estimate)" if one["estimate"] else ""),
            one["name"],
            one["tenant"],
            standing(one["standing"]),
            what_goes_dark(one),
            number(one["count"]),
        )
        for one in report["darkDates"]
    ]
    shown, rest = shortened(rows, SOONEST, "sort the table of organizations by “Goes dark”.")
    if not rows:
        lead = f"Nothing goes dark in the time ahead, as far as it is known. {blind_spot(report)}"
        return Section("dark", "What goes dark first", lead)
    lead = (
        "The first of each organization that goes dark, 30 days after its coverage ends, if nothing is done."
        f" {blind_spot(report)}"
    )
    table = Table("Dark dates", columns, shown, rest=rest)
    return Section("dark", "What goes dark first", lead, tables=(table,))


def blind_spot(report: Document) -> str:
    """Of how many organizations it is not known what ends and goes dark; nothing where it is of all."""
    count = sum(one["dark"] is None for one in report["organizations"])
    return f"Of {counted(count, 'organization')} it is not known." if count else ""


def list_sections(report: Document) -> Iterator[Section]:
    """The sections that are there when they have something to tell."""
    names = {(one["tenant"], one["id"]): one["name"] for one in report["organizations"]}
    if report["findings"] is not None:
        yield _findings(report["findings"], names)
    if report["reclaimHints"]:
        yield _hints(report["reclaimHints"], names)
    if report["errors"]:
        yield _errors(report["errors"], names)


def _findings(findings: list[Json], names: Names) -> Section:
    if not findings:
        return Section("findings", "Findings", "Nothing was found.")
    counts = Counter(severity_of(one) for one in sorted(findings, key=_urgency))
    told = [f"{count:,} {kind}" for kind, count in counts.items()]
    columns = (
        Column("Severity", TEXT),
        Column("Rule", NAME),
        Column("Organization", NAME),
        Column("Tenant", NAME),
        Column("Subject", NAME),
        Column("Message", TEXT),
        Column("Due", DAY),
    )
    rows = [
        (
            severity_of(one),
            one["rule"],
            _named(one["tenant"], one["organizationId"], names) if one["organizationId"] else "–",
            one["tenant"] or "–",
            one["subject"],
            one["message"],
            "–" if one["due"] is None else day(one["due"]),
        )
        for one in sorted(findings, key=_urgency)
    ]
    shown, rest = shortened(rows, MOST, ELSEWHERE)
    lead = f"{counted(len(findings), 'finding')}: {'; '.join(told)}."
    return Section("findings", "Findings", lead, tables=(Table("All findings", columns, shown, rest=rest),))


def severity_of(finding: Json) -> str:
    """How much *finding* matters, and whether it is excused or was there before."""
    return ", ".join([finding["severity"], *_excuses(finding)])


def _excuses(finding: Json) -> list[str]:
    """That a waiver covers it, and that the baseline has it: where a policy was given."""
    excuses = {"waived": bool(finding.get("waived")), "known": finding.get("isNew") is False}
    return [word for word, holds in excuses.items() if holds]


def _urgency(finding: Json) -> tuple[bool, int, str]:
    """What nothing excuses first, then by severity, then what is due first."""
    severity = finding["severity"]
    rank = _SEVERITIES.index(severity) if severity in _SEVERITIES else len(_SEVERITIES)
    return bool(_excuses(finding)), rank, finding["due"] or "~"


def _hints(hints: list[Json], names: Names) -> Section:
    columns = (
        Column("Type", NAME),
        Column("From", NAME),
        Column("To", NAME),
        Column("Tenant", NAME),
        Column("Licenses", NUMBER),
        Column("Goes dark", DAY),
    )
    rows = [
        (
            one["type"],
            _named(one["tenant"], one["from"], names),
            _named(one["tenant"], one["to"], names),
            one["tenant"],
            number(one["count"]),
            day(one["soonestDarkDate"]),
        )
        for one in hints
    ]
    shown, rest = shortened(rows, MOST, "the JSON report has all.")
    lead = "Unused licenses of one organization that another of the same tenant lacks. They have to be moved."
    table = Table("Licenses to move", columns, shown, rest=rest)
    return Section("reclaim", "Reclaimable", lead, tables=(table,))


def _errors(errors: list[Json], names: Names) -> Section:
    columns = (
        Column("Organization", NAME),
        Column("Tenant", NAME),
        Column("Class", TEXT),
        Column("HTTP", NUMBER),
        Column("Message", TEXT),
        Column("Attempts", NUMBER),
        Column("Request id", NAME),
    )
    rows = [
        (
            "all of the tenant"
            if one["organizationId"] is None
            else _named(one["tenant"], one["organizationId"], names),
            one["tenant"],
            one["class"],
            "–" if one["httpStatus"] is None else str(one["httpStatus"]),
            error_message(one),
            number(one["attempts"]),
            one["requestId"] or "–",
        )
        for one in errors
    ]
    shown, rest = shortened(rows, MOST, ELSEWHERE)
    return Section("errors", "Failures", tables=(Table("What could not be read", columns, shown, rest=rest),))


def _named(tenant: str, organization_id: str, names: Names) -> str:
    return names.get((tenant, organization_id), organization_id)
