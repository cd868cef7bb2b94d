"""Reports to be judged: each test names only the figures that it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

import orjson

from auditor.judge.policy import Policy
from auditor.judge.policy_text import read_policy
from auditor.report.reading import Document, read_report
from tests.report.evidences import a_report

AS_OF = "2026-03-01T12:00:00Z"
Json = dict[str, Any]

_STANDINGS = {"ok": 5, "expiring": 0, "inGrace": 0, "dark": 0, "unknown": 0}
_WINDOWS = {"30": 0, "60": 0, "90": 0}
_PER_DEVICE: Json = {
    "licenses": {
        "total": 5,
        "byState": {"active": 5, "expiring": 0, "expired": 0, "unused": 0},
        "byType": {"MX64-ENT": {"active": 5}},
    },
    "expiring": {
        "total": 0,
        "within": dict(_WINDOWS),
        "coveredByQueue": 0,
        "atRisk": 0,
        "atRiskWithin": dict(_WINDOWS),
        "atRiskByType": {},
    },
    "unused": {
        "total": 0,
        "unused": 0,
        "unusedActive": 0,
        "byType": {},
        "activation": {
            "soonest": None,
            "soonestCount": 0,
            "within": dict(_WINDOWS),
            "overdue": 0,
            "unknown": 0,
        },
        "burning": {"licenses": 0, "daysBurned": 0, "daysLeft": 0, "undated": 0, "byType": {}},
    },
    "coverage": {"devices": dict(_STANDINGS), "networkLicenses": dict(_STANDINGS)},
    "seats": {"licenses": 0, "total": 0, "byState": {}, "systemsManager": None},
    "reclaim": {"matched": 0, "byType": {}},
}
_CO_TERM: Json = {
    "coTerm": {
        "status": "OK",
        "expiresAt": "2027-01-01T00:00:00Z",
        "devices": {"licensed": 7, "byModel": {"MX64": 7}},
        "use": {
            "estimate": True,
            "inUse": 5,
            "overLimit": 0,
            "spare": 2,
            "byFamily": {"MX64": {"licensed": 7, "inUse": 5}},
            "unmatched": {},
            "darkAt": None,
        },
        "keys": None,
    }
}


def an_organization(
    organization_id: str = "501", figures: Mapping[str, Any] | None = None, **changes: Any
) -> Json:
    """An audited organization under per-device licensing with nothing wrong.

    *figures* puts values at dotted paths; *changes* replaces what every organization has.
    """
    return _organization(organization_id, _PER_DEVICE, figures, {"licensingModel": "per-device"} | changes)


def a_co_term(organization_id: str = "601", figures: Mapping[str, Any] | None = None, **changes: Any) -> Json:
    """An audited organization under co-termination with nothing wrong."""
    return _organization(organization_id, _CO_TERM, figures, {"licensingModel": "co-term"} | changes)


def a_subscriber(organization_id: str = "701", *subscriptions: Json, **changes: Any) -> Json:
    """An audited organization with *subscriptions*."""
    changes = {"licensingModel": "subscription"} | changes
    block = {"subscription": {**sums_of(subscriptions), "subscriptions": list(subscriptions)}}
    return _organization(organization_id, block, None, changes)


def a_subscription(subscription_id: str = "s-1", **changes: Any) -> Json:
    """A subscription with ten seats that ends in 20 days."""
    return {
        "id": subscription_id,
        "name": "wide",
        "status": "active",
        "type": "termed",
        "startsAt": "2025-03-01T00:00:00Z",
        "endsAt": "2026-03-21T12:00:00Z",
        "renewalRequested": False,
        "organizations": 1,
        "shared": False,
        "seats": {"LIC-MR-E": {"limit": 10, "assigned": 12, "available": 0}},
        "violations": [{"productClass": "wireless", "graceEndsAt": None, "missing": {"LIC-MR-E": 2}}],
    } | changes


def sums_of(subscriptions: Sequence[Json]) -> Json:
    """The sums over distinct subscriptions of one SKU, counted once more by other means."""
    seats = [one["seats"]["LIC-MR-E"] for one in subscriptions]
    sums = {key: sum(of[key] for of in seats) for key in ("limit", "assigned", "available")}
    missing = sum(one["missing"]["LIC-MR-E"] for of in subscriptions for one in of["violations"])
    ending = sum(
        one["endsAt"] == "2026-03-21T12:00:00Z" and one["status"] == "active" for one in subscriptions
    )
    return {
        "total": len(subscriptions),
        "shared": sum(one["shared"] for one in subscriptions),
        "byStatus": {},
        "byType": {},
        "renewalRequested": sum(one["renewalRequested"] is True for one in subscriptions),
        "endingWithin": {"30": ending, "60": ending, "90": ending},
        "seats": {**sums, "bySku": {"LIC-MR-E": sums}},
        "violations": {
            "productClasses": sum(len(one["violations"]) for one in subscriptions),
            "missing": {"LIC-MR-E": missing},
        },
    }


def failed(organization_id: str = "502", **changes: Any) -> Json:
    """An organization of which nothing was read."""
    ending = {"status": "failed", "error": "server", "message": "the server failed", "plan": None, "pages": 0}
    return _organization(organization_id, {}, None, ending | {"standing": None, "dark": None} | changes)


def partial(organization_id: str = "503", figures: Mapping[str, Any] | None = None, **changes: Any) -> Json:
    """An organization of which some pages were read: what takes the whole list is null."""
    unknown = {
        "coverage": None,
        "reclaim": None,
        **{f"expiring.{key}": None for key in ("coveredByQueue", "atRisk", "atRiskWithin", "atRiskByType")},
    }
    ending = {"status": "partial", "error": "timeout", "message": "no answer", "standing": None, "dark": None}
    return an_organization(organization_id, unknown | dict(figures or {}), **ending | changes)


def skipped(organization_id: str = "504", **changes: Any) -> Json:
    """An organization that was left out on purpose."""
    ending = {"status": "skipped", "reason": "apiDisabled", "message": "disabled", "plan": None, "pages": 0}
    return _organization(organization_id, {}, None, ending | {"standing": None, "dark": None} | changes)


def a_document(*organizations: Json, **changes: Any) -> Document:
    """The report on *organizations*, read back; *changes* replaces parts of it."""
    report = a_report()
    counts = {
        status: sum(one["status"] == status for one in organizations)
        for status in ("audited", "partial", "failed", "skipped")
    }
    selected = len(organizations)
    errors = changes.get("errors", [])
    report["completeness"] |= {
        "complete": not (counts["failed"] or counts["partial"] or errors),
        "organizations": {"seen": selected, "selected": selected, **counts},
    }
    report["organizations"] = list(organizations)
    return read_report(orjson.dumps(report | {"tenants": []} | changes))


def unlisted(tenant: str) -> Json:
    """An entry of `errors`: the organizations of *tenant* could not be listed."""
    return {
        "organizationId": None,
        "tenant": tenant,
        "class": "auth",
        "httpStatus": 401,
        "message": "the key was refused",
        "attempts": 1,
        "requestId": None,
    }


def a_policy(*rules: str, rest: str = "") -> Policy:
    """The policy of *rules*, each the lines of a table without its id if that is to be `rule`."""
    tables = [rule if "id =" in rule else f'id = "rule"\n{rule}' for rule in rules]
    return read_policy("\n".join([rest, *(f"[[rules]]\n{table}" for table in tables)]), name="policy.toml")


def _organization(
    organization_id: str, blocks: Json, figures: Mapping[str, Any] | None, changes: Mapping[str, Any]
) -> Json:
    organization = {
        "id": organization_id,
        "name": f"Org {organization_id}",
        "tenant": "acme",
        "licensingModel": None,
        "status": "audited",
        "reason": None,
        "error": None,
        "message": None,
        "pages": 1,
        "plan": "full",
        "standing": "ok",
        "dark": {"soonest": None, "known": True, "dates": []},
        **deepcopy(blocks),
        **({"notes": {}} if blocks else {}),
    }
    for path, value in (figures or {}).items():
        *parents, last = path.split(".")
        place: Any = organization
        for key in parents:
            place = place[key]
        place[last] = value
    return organization | dict(changes)
