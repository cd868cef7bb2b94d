"""Made-up reports of all three licensing models, written out by hand: no part of the audit made them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from hypothesis import strategies as st

from auditor.report.reading import Document, read_report

Json = dict[str, Any]

AS_OF = "2026-03-01T12:00:00Z"
DARK_AT = "2026-03-20T06:30:00Z"
WINDOWS = (30, 60, 90)

HOSTILE = (
    '=HYPERLINK("http://evil.example","x")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    " =1",
    "\t=1",
    "\uff1d1",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "a|b||c",
    "`code` ``more``",
    "line\nbreak\r\nand\rmore",
    "\x00\x07\x1b[31mred",
    "\u202egnp.exe",
    "北辰物流 🏢👩\u200d💻",
    "شركة الأمثلة",
    "[click](http://evil.example)",
    "![i](http://evil.example/i.png)",
    'quoted "name", with commas',
    "100%0A::error::x",
    "::error file=x::y",
    "\ufffe\uffff",
    "{0} ${x} {{y}}",
    "www.evil.example http://evil.example a@evil.example",
    "*b* _i_ ~~s~~ $m$ #1 :smile: @team",
    "&lt;b&gt; &amp;",
    "]]> <!-- --> <![CDATA[",
    "back\\slash\\",
    "\u2028\u2029\x85",
    "_x0041_",
    "",
    "   ",
    "N" * 500,
)
"""Names that formats could take for something else."""


def names() -> st.SearchStrategy[str]:
    """Names, hostile and plain."""
    return st.sampled_from(HOSTILE) | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def by_window(*counts: int) -> dict[str, int]:
    """Counts by window."""
    return {str(days): count for days, count in zip(WINDOWS, counts, strict=True)}


def licenses_blocks(*, kind: str = "MX64-ENT", expiring: int = 3, unused: int = 2, burning: int = 1) -> Json:
    """The blocks of per-device licensing, of an organization that was read in full."""
    states = {
        "active": 10,
        "expiring": expiring,
        "expired": 0,
        "recentlyQueued": 1,
        "unused": unused,
        "unusedActive": burning,
    }
    standings = {"ok": 9, "expiring": 2, "inGrace": 1, "dark": 1, "unknown": 0}
    by_type = {kind: {state: count for state, count in states.items() if count}}
    burnt = {"licenses": burning, "daysBurned": 100, "daysLeft": 20}
    return {
        "licenses": {"total": sum(states.values()), "byState": states, "byType": by_type},
        "expiring": {
            "total": expiring,
            "within": by_window(1, 2, 3),
            "coveredByQueue": max(expiring - 1, 0),
            "atRisk": 1,
            "atRiskWithin": by_window(0, 1, 1),
            "atRiskByType": {kind: 1},
        },
        "unused": {
            "total": unused + burning,
            "unused": unused,
            "unusedActive": burning,
            "byType": {kind: {"unused": unused, "unusedActive": burning}},
            "activation": {
                "soonest": "2026-03-05T00:00:00Z",
                "soonestCount": 1,
                "within": by_window(1, 1, 2),
                "overdue": 0,
                "unknown": 0,
            },
            "burning": {**burnt, "undated": 0, "byType": {kind: burnt}},
        },
        "coverage": {"devices": standings, "networkLicenses": dict.fromkeys(standings, 0)},
        "seats": {"licenses": 1, "total": 50, "byState": {"active": 50}, "systemsManager": None},
        "reclaim": {"matched": 1, "byType": {kind: {"unused": 1, "unusedActive": 0}}},
    }


def counts_blocks() -> Json:
    """The same where only the vendor's overview was asked: most is not known."""
    states = {"active": 7, "expiring": 2, "unused": 0, "unusedActive": 0}
    return {
        "licenses": {"total": 9, "byState": states, "byType": None},
        "expiring": {"total": 2, "within": None},
        "unused": {"total": 0, "unused": 0, "unusedActive": 0, "byType": None},
        "seats": {"licenses": None, "total": None, "byState": None},
    }


CO_TERM: Json = {
    "status": "OK",
    "expiresAt": "2027-01-31T00:00:00Z",
    "devices": {"licensed": 12, "byModel": {"MV": 12}},
    "seats": {"licensed": 25},
    "use": {
        "estimate": True,
        "inUse": 15,
        "overLimit": 3,
        "spare": 0,
        "darkAt": DARK_AT,
        "byFamily": {"MV": {"licensed": 12, "inUse": 14}},
        "unmatched": {"MT": 1},
    },
    "keys": {
        "total": 2,
        "live": 1,
        "invalidated": 0,
        "expired": 1,
        "byMode": {"addDevices": 2},
        "byEdition": {"camera Enterprise": 1},
        "devicesByModel": {"MV": 12},
    },
}
SEATS: Json = {
    "limit": 40,
    "assigned": 30,
    "available": 10,
    "bySku": {"LIC-MR-E": {"limit": 40, "assigned": 30, "available": 10}},
}
SUBSCRIPTIONS: Json = {
    "total": 1,
    "shared": 0,
    "byStatus": {"active": 1},
    "byType": {"termed": 1},
    "renewalRequested": 0,
    "endingWithin": by_window(0, 1, 1),
    "seats": SEATS,
    "violations": {"productClasses": 1, "missing": {"LIC-MR-E": 2}},
    "subscriptions": [],
}


def an_organization(
    organization_id: str = "501", blocks: Mapping[str, Any] | None = None, **changes: Any
) -> Json:
    """An organization that was read to its end: *blocks* are its figures."""
    figures = licenses_blocks() if blocks is None else dict(blocks)
    return {
        "id": organization_id,
        "name": "Example",
        "tenant": "acme",
        "licensingModel": "per-device",
        "status": "audited",
        "reason": None,
        "error": None,
        "message": None,
        "pages": 1,
        "plan": "full",
        "standing": "expiring",
        "dark": {"soonest": DARK_AT, "dates": []},
        "notes": {},
        **figures,
        **changes,
    }


def a_failed_organization(organization_id: str = "601", **changes: Any) -> Json:
    """An organization of which nothing was read."""
    failure = {
        "status": "failed",
        "error": "server",
        "message": "the server failed",
        "pages": 0,
        "plan": None,
    }
    nothing = {"standing": None, "dark": None, "notes": None}
    return an_organization(organization_id, {}, **failure | nothing | changes)


def a_skipped_organization(organization_id: str = "701", **changes: Any) -> Json:
    """An organization that was left out on purpose."""
    skip = {"status": "skipped", "error": None, "reason": "apiDisabled", "message": "API access is disabled"}
    return a_failed_organization(organization_id, **skip | changes)


def a_finding(finding_id: str = "0123456789abcdef", **changes: Any) -> Json:
    """A finding that fails a gate."""
    return {
        "id": finding_id,
        "rule": "at-risk",
        "severity": "error",
        "organizationId": "501",
        "tenant": "acme",
        "subject": "expiring.atRisk",
        "message": "expiring.atRisk is 1, allowed is 0",
        "due": DARK_AT,
        "value": 1,
        "threshold": 0,
        "advice": "renew it",
        "waived": None,
        "isNew": None,
        **changes,
    }


def an_error(organization_id: str | None = "601", **changes: Any) -> Json:
    """An entry of `errors`."""
    return {
        "organizationId": organization_id,
        "tenant": "acme",
        "class": "server",
        "httpStatus": 503,
        "message": "the server failed",
        "attempts": 5,
        "requestId": "r-1",
        **changes,
    }


def a_document(*organizations: Json, findings: Sequence[Json] | None = None, **changes: Any) -> Document:
    """The report on *organizations*, as its readers get it."""
    statuses = Counter(one["status"] for one in organizations)
    failed = Counter(one["error"] for one in organizations if one["error"])
    errors = changes.get("errors", [an_error(one["id"]) for one in organizations if one["error"]])
    interrupted = changes.pop("interrupted", None)
    document = read_report(
        orjson.dumps(
            {
                "schemaVersion": "1.2",
                "tool": {"name": "auditor", "version": "1.2.3"},
                "run": {
                    "id": "run-1",
                    "startedAt": AS_OF,
                    "finishedAt": "2026-03-01T12:00:05.250000Z",
                    "durationSeconds": 3.75,
                    "resumed": False,
                    "interrupted": interrupted,
                    "shard": None,
                },
                "asOf": AS_OF,
                "windowsDays": WINDOWS,
                "completeness": {
                    "complete": not (statuses["failed"] or statuses["partial"] or errors)
                    and interrupted is None,
                    "organizations": {
                        **dict.fromkeys(("seen", "selected"), len(organizations)),
                        **{name: statuses[name] for name in ("audited", "partial", "failed", "skipped")},
                    },
                    "skippedByReason": {"apiDisabled": statuses["skipped"]} if statuses["skipped"] else {},
                    "failedByClass": failed,
                    "reconciled": None,
                },
                "totals": totals(),
                "darkDates": [a_dark_date(one) for one in organizations if one["dark"]],
                "forecast": {
                    "organizations": 1,
                    "months": ["2026-03", "2026-04"],
                    "renewals": [
                        {
                            "tenant": "acme",
                            "licensingModel": "per-device",
                            "type": "MX64-ENT",
                            "unit": "licenses",
                            "byMonth": {"2026-04": 3},
                        }
                    ],
                },
                "reclaimHints": [],
                "organizations": organizations,
                "errors": errors,
                "traffic": traffic(),
                **changes,
            }
        )
    )
    return document | {"findings": None if findings is None else list(findings)}


def a_dark_date(organization: Json) -> Json:
    """The entry of `darkDates` for *organization*."""
    return {
        "darkAt": DARK_AT,
        "standing": "expiring",
        "organizationId": organization["id"],
        **{key: organization[key] for key in ("name", "tenant", "licensingModel")},
        "what": "MX64-ENT",
        "count": 2,
        "estimate": False,
    }


def totals() -> Json:
    """Sums that need not fit the organizations: renderings add nothing up."""
    return {
        "organizations": {
            "byLicensingModel": {"co-term": 1, "per-device": 1, "subscription": 1},
            "byPlan": {"full": 3, "targeted": 0, "counts": 0},
            "expiringWithin": by_window(1, 2, 2),
            "byStanding": {"ok": 0, "expiring": 2, "inGrace": 1, "dark": 0, "unknown": 0},
        },
        **licenses_blocks(),
        "notes": {"orphanedQueue": 1},
        "coTerm": {
            "organizations": 1,
            "byStatus": {"OK": 1},
            "devices": CO_TERM["devices"],
            "seats": CO_TERM["seats"],
            "use": None,
            "keys": None,
        },
        "subscription": {
            "organizations": 1,
            **{k: v for k, v in SUBSCRIPTIONS.items() if k != "subscriptions"},
            "violations": {**SUBSCRIPTIONS["violations"], "unknown": 2},
        },
    }


def traffic() -> Json:
    """What the run cost."""
    return {
        "requests": 12,
        "pages": 6,
        "redirects": 1,
        "refusals": 1,
        "retries": 2,
        "failures": 1,
        "retriesByClass": {"timeout": 2},
        "abandoned": 1,
        "rateLimited": 1,
        "bytes": 4096,
        "peakInFlight": 3,
        "effectiveRate": 3.2,
        "budgetUtilization": 0.03,
    }


def a_fleet(findings: Sequence[Json] | None = None, **changes: Any) -> Document:
    """An organization of each licensing model, one that failed, one that was left out, a list that broke."""
    return a_document(
        an_organization("501"),
        an_organization("502", {"coTerm": CO_TERM}, name="Coterm", licensingModel="co-term"),
        an_organization("503", {"subscription": SUBSCRIPTIONS}, name="Seats", licensingModel="subscription"),
        an_organization("504", counts_blocks(), name="Counted", plan="counts", dark=None, standing=None),
        a_failed_organization("601", name="Unread"),
        a_skipped_organization("701", name="Left out"),
        findings=findings,
        **{"errors": [an_error(None, tenant="north"), an_error("601")]} | changes,
    )


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Reports whose names and messages are as bad as may be, of any size from none up."""
    made = (
        lambda number: an_organization(number, name=draw(names()), tenant=draw(names()) or "acme"),
        lambda number: an_organization(
            number, {"coTerm": CO_TERM}, name=draw(names()), licensingModel="co-term"
        ),
        lambda number: an_organization(
            number, {"subscription": SUBSCRIPTIONS}, name=draw(names()), licensingModel="subscription"
        ),
        lambda number: an_organization(
            number, counts_blocks(), name=draw(names()), plan="counts", dark=None, standing=None
        ),
        lambda number: an_organization(
            number, licenses_blocks(kind=draw(names()) or "?"), status="partial", error="timeout", message=""
        ),
        lambda number: a_failed_organization(number, name=draw(names()), message=draw(names())),
        lambda number: a_skipped_organization(number, message=draw(names())),
    )
    organizations = [draw(st.sampled_from(made))(str(number)) for number in range(draw(st.integers(0, 4)))]
    finding = st.builds(
        lambda number, severity, waived, **texts: a_finding(
            f"{number:016x}", severity=severity, waived=waived, **texts
        ),
        st.integers(0, 99),
        st.sampled_from(["error", "warning", "info"]),
        st.sampled_from([None, {"reason": "known", "owner": "ann", "expires": "2026-04-01"}]),
        organizationId=st.sampled_from([None, "0", "1", "9"]),
        tenant=st.sampled_from([None, "acme"]),
        rule=names(),
        subject=names(),
        message=names(),
        due=st.sampled_from([None, DARK_AT]),
        isNew=st.sampled_from([None, True, False]),
    )
    findings = draw(st.none() | st.lists(finding, max_size=4, unique_by=lambda one: one["id"]))
    return a_document(*organizations, findings=findings, interrupted=draw(st.none() | names()))
