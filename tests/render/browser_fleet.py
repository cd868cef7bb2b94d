"""A made-up fleet of any size, as a report: all licensing models, endings and standings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import pairwise
from random import Random
from typing import Any, Final

import orjson

from auditor.report.reading import Document, read_report

Json = dict[str, Any]

AS_OF: Final = date(2026, 3, 1)
WINDOWS: Final = (30, 60, 90)
TYPES: Final = ("MR-ENT", "MS120-24P", "MS225-48", "MX64-SEC", "MX85-SDW", "MV-SEN", "MT-1Y", "Z3-ENT")
FAMILIES: Final = ("wireless", "MS120-24P", "MX64", "MV", "MT")
SKUS: Final = ("LIC-CW-A-2026", "LIC-MX-L-SDW", "LIC-MS-M-A", "LIC-MV-E")
STANDINGS: Final = ("ok", "expiring", "inGrace", "dark", "unknown")
TOWNS: Final = (
    "Alder",
    "Birch",
    "Cedar",
    "Dogwood",
    "Elm",
    "Fir",
    "Ginkgo",
    "Hazel",
    "Ivy",
    "Juniper",
    "Larch",
)
TRADES: Final = (
    "Bakery",
    "Clinics",
    "Foundry",
    "Hotels",
    "Libraries",
    "Logistics",
    "Opticians",
    "Schools",
    "Yards",
)
MONTHS: Final = tuple(f"{2026 + (2 + n) // 12}-{(2 + n) % 12 + 1:02}" for n in range(36))


def a_fleet(
    count: int, *, seed: int = 7, tenants: int = 12, names: Sequence[str] = (), is_whole: bool = False
) -> Document:
    """The report on *count* organizations. *names* are those of the first; *is_whole*: nothing failed."""
    random = Random(seed)
    blocks = [_organization(random, place, tenants, is_whole=is_whole) for place in range(count)]
    for block, name in zip(blocks, names, strict=False):
        block["name"] = name
    blocks.sort(key=lambda one: (one["tenant"], one["id"]))
    return validated(_report(random, blocks))


def validated(report: Json) -> Document:
    """*report* as it is read back."""
    return read_report(orjson.dumps(report))


def _organization(random: Random, place: int, tenants: int, *, is_whole: bool) -> Json:
    status = (
        "audited"
        if is_whole
        else random.choices(("audited", "partial", "failed", "skipped"), (95, 2, 2, 1))[0]
    )
    model = random.choices(("per-device", "co-term", "subscription"), (70, 20, 10))[0]
    block: Json = {
        "id": str(700_000 + place),
        "name": f"{random.choice(TOWNS)} {random.choice(TRADES)} {place + 1}",
        "tenant": f"customer-{random.randrange(tenants):02}",
        "licensingModel": model,
        "status": status,
        "reason": "apiDisabled" if status == "skipped" else None,
        "error": {"partial": "pagination", "failed": "server"}.get(status),
        "message": {"partial": "a next page that cannot be followed", "failed": "the server failed"}.get(
            status
        ),
        "pages": random.randint(1, 4),
        "plan": "full" if status in {"audited", "partial"} else None,
    }
    if block["plan"] is None:
        return block
    figures = {"per-device": _per_device, "co-term": _co_term, "subscription": _subscription}[model]
    return block | figures(random, is_read=status == "audited")


def _per_device(random: Random, *, is_read: bool) -> Json:
    by_type = {
        name: {
            "active": random.randint(5, 90),
            "expiring": max(0, random.randint(-6, 6)),
            "expired": max(0, random.randint(-9, 3)),
            "unused": max(0, random.randint(-6, 5)),
            "unusedActive": max(0, random.randint(-9, 4)),
        }
        for name in random.sample(TYPES, random.randint(1, 4))
    }
    block = _license_blocks(random, by_type)
    devices = block["coverage"]["devices"]
    standing = next((one for one in ("dark", "inGrace", "expiring") if devices[one]), "ok")
    dates = [
        {
            "date": str(
                AS_OF + timedelta(days=random.randint(*((1, 29) if one == "inGrace" else (31, 119))))
            ),
            "standing": one,
            "what": random.choice(list(by_type)),
            "count": devices[one],
            "estimate": False,
        }
        for one in ("inGrace", "expiring")
        if devices[one]
    ]
    if not is_read:
        block |= {"coverage": None, "reclaim": None}
        for key in ("coveredByQueue", "atRisk", "atRiskWithin", "atRiskByType"):
            block["expiring"][key] = None
        return block | {"standing": None, "dark": None}
    return block | {"standing": standing, "dark": _dark(dates)}


def _dark(dates: list[Json]) -> Json:
    dates.sort(key=lambda one: one["date"])
    return {"soonest": f"{dates[0]['date']}T00:00:00Z" if dates else None, "dates": dates}


def _license_blocks(random: Random, by_type: dict[str, dict[str, int]]) -> Json:
    by_state = _added(by_type.values())
    expiring, unused, burning = by_state["expiring"], by_state["unused"], by_state["unusedActive"]
    covered = random.randint(0, expiring)
    within = {str(days): expiring * days // 90 for days in WINDOWS}
    standings = Counter(random.choices(STANDINGS[:4], (60, 6, 1, 1), k=by_state["active"] // 8 + 1))
    burnt = {name: one["unusedActive"] for name, one in by_type.items() if one["unusedActive"]}
    at_risk = expiring - covered
    return {
        "licenses": {"total": sum(by_state.values()), "byState": by_state, "byType": by_type},
        "expiring": {
            "total": expiring,
            "within": within,
            "coveredByQueue": covered,
            "atRisk": at_risk,
            "atRiskWithin": {days: min(count, at_risk) for days, count in within.items()},
            "atRiskByType": _shared_out(at_risk, by_type),
        },
        "unused": {
            "total": unused + burning,
            "unused": unused,
            "unusedActive": burning,
            "byType": {
                name: {state: one[state] for state in ("unused", "unusedActive")}
                for name, one in by_type.items()
            },
            "activation": {
                "soonest": "2026-04-11T00:00:00Z" if unused else None,
                "soonestCount": min(unused, 2),
                "within": {str(days): unused * days // 120 for days in WINDOWS},
                "overdue": 0,
                "unknown": 0,
            },
            "burning": {
                **_burnt(burning),
                "undated": 0,
                "byType": {name: _burnt(count) for name, count in burnt.items()},
            },
        },
        "coverage": {
            "devices": {one: standings[one] for one in STANDINGS},
            "networkLicenses": dict.fromkeys(STANDINGS, 0),
        },
        "seats": {"licenses": 0, "total": 0, "byState": {}},
        "reclaim": {"matched": 0, "byType": {}},
        "notes": {},
    }


def _shared_out(at_risk: int, by_type: dict[str, dict[str, int]]) -> dict[str, int]:
    """The licenses at risk by type, no more of one than expire."""
    shares = {}
    for name, states in by_type.items():
        shares[name] = min(at_risk, states.get("expiring", 0))
        at_risk -= shares[name]
    return {name: count for name, count in shares.items() if count}


def _burnt(count: int) -> Json:
    return {"licenses": count, "daysBurned": count * 41, "daysLeft": count * 324}


def _co_term(random: Random, *, is_read: bool) -> Json:
    licensed = {name: random.randint(1, 80) for name in random.sample(FAMILIES, 3)}
    ends = AS_OF + timedelta(days=random.randint(-40, 900))
    ahead = (ends - AS_OF).days
    standing = "ok" if ahead > 90 else "expiring" if ahead > 0 else "inGrace" if ahead > -30 else "dark"
    dark_on = str(ends + timedelta(days=30))
    date_of_all = {"date": dark_on, "standing": standing, "what": None, "count": 1, "estimate": False}
    in_use = {name: count - random.randint(-2, 9) for name, count in licensed.items()}
    use = {
        "estimate": True,
        "inUse": sum(max(0, one) for one in in_use.values()),
        "overLimit": sum(max(0, in_use[name] - count) for name, count in licensed.items()),
        "spare": sum(max(0, count - max(0, in_use[name])) for name, count in licensed.items()),
        "byFamily": {
            name: {"licensed": count, "inUse": max(0, in_use[name])} for name, count in licensed.items()
        },
        "unmatched": {},
    }
    is_dated = standing in {"expiring", "inGrace"}
    return {
        "standing": standing,
        "dark": _dark([date_of_all] if is_dated else []) if is_read else None,
        "coTerm": {
            "status": "OK" if ahead > 0 else "License Expired",
            "expiresAt": f"{ends}T00:00:00Z",
            "devices": {"licensed": sum(licensed.values()), "byModel": licensed},
            "use": use | {"darkAt": None},
            "keys": _keys(random.randint(1, 9), licensed),
        },
        "notes": {},
    }


def _keys(count: int, licensed: Json) -> Json:
    return {
        "total": count + 2,
        "live": count,
        "invalidated": 1,
        "expired": 1,
        "byMode": {"addDevices": count, "renew": 2},
        "byEdition": {"wireless Enterprise": count},
        "devicesByModel": licensed,
    }


def _subscription(random: Random, *, is_read: bool) -> Json:
    seats = {sku: _seats(random.randint(10, 400), random.random()) for sku in random.sample(SKUS, 2)}
    days = random.randint(5, 900)
    identity = f"{random.getrandbits(48):x}"
    one = {
        "id": identity,
        "name": f"Subscription {identity[:4]}",
        "status": "active",
        "type": "termed",
        "startsAt": "2025-03-01T00:00:00Z",
        "endsAt": f"{AS_OF + timedelta(days=days)}T00:00:00Z",
        "renewalRequested": False,
        "organizations": 1,
        "shared": False,
        "seats": seats,
        "violations": [],
    }
    return {
        "standing": "expiring" if days <= 90 else "ok",
        "dark": {"soonest": None, "dates": []} if is_read else None,
        "subscription": {
            **_subscription_sums([one]),
            "endingWithin": {str(window): int(days <= window) for window in WINDOWS},
            "subscriptions": [one],
        },
        "notes": {},
    }


def _seats(limit: int, share: float) -> Json:
    assigned = int(limit * share)
    return {"limit": limit, "assigned": assigned, "available": limit - assigned}


def _subscription_sums(subscriptions: Sequence[Json]) -> Json:
    by_sku = {sku: _added(one["seats"][sku] for one in subscriptions if sku in one["seats"]) for sku in SKUS}
    by_sku = {sku: seats for sku, seats in by_sku.items() if seats}
    return {
        "total": len(subscriptions),
        "shared": 0,
        "byStatus": {"active": len(subscriptions)} if subscriptions else {},
        "byType": {"termed": len(subscriptions)} if subscriptions else {},
        "renewalRequested": 0,
        "seats": {"limit": 0, "assigned": 0, "available": 0, **_added(by_sku.values()), "bySku": by_sku},
        "violations": {"productClasses": 0, "missing": {}},
    }


def _added(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for one in counts:
        for name, count in one.items():
            total[name] = total.get(name, 0) + count
    return total


def _nested_sum(blocks: Sequence[Any]) -> Any:
    """The sum of blocks of one shape, leaf by leaf; null where one is null."""
    if any(one is None for one in blocks):
        return None
    if isinstance(blocks[0], dict):
        keys = dict.fromkeys(key for one in blocks for key in one)
        return {key: _nested_sum([one[key] for one in blocks if key in one]) for key in keys}
    return blocks[0] if isinstance(blocks[0], str | bool) else sum(blocks)


def _totals(blocks: Sequence[Json]) -> Json:
    counted = [one for one in blocks if one["plan"]]
    per_device = [one for one in counted if "licenses" in one]
    co_term = [one["coTerm"] for one in counted if "coTerm" in one]
    subscriptions = [one["subscription"] for one in counted if "subscription" in one]
    licenses = [
        _license_blocks(
            Random(0), {"MR-ENT": dict.fromkeys(("active", "expiring", "unused", "unusedActive"), 0)}
        )
    ]
    licenses = [
        {key: one[key] for key in licenses[0]} for one in per_device if one["standing"] is not None
    ] or licenses
    return {
        "organizations": {
            "byLicensingModel": dict(Counter(one["licensingModel"] for one in counted)),
            "byPlan": {"full": len(counted), "targeted": 0, "counts": 0},
            "expiringWithin": {str(days): len(counted) * days // 300 for days in WINDOWS},
            "byStanding": {
                one: sum((block["standing"] or "unknown") == one for block in counted) for one in STANDINGS
            },
        },
        **_nested_sum([_without_instants(one) for one in licenses]),
        "coTerm": _co_term_totals(co_term),
        "subscription": {
            "organizations": len(subscriptions),
            **_subscription_sums([one["subscriptions"][0] for one in subscriptions]),
            "endingWithin": {
                str(days): sum(one["endingWithin"][str(days)] for one in subscriptions) for days in WINDOWS
            },
        },
    }


def _without_instants(block: Json) -> Json:
    """Every block with the same soonest day, so that blocks can be added."""
    activation = block["unused"]["activation"] | {"soonest": "2026-04-11T00:00:00Z"}
    return block | {"unused": block["unused"] | {"activation": activation}}


def _co_term_totals(blocks: Sequence[Json]) -> Json:
    if not blocks:
        devices = {"licensed": 0, "byModel": {}}
        return {"organizations": 0, "byStatus": {}, "devices": devices, "use": None, "keys": None}
    uses = [{key: value for key, value in one["use"].items() if key != "darkAt"} for one in blocks]
    return {
        "organizations": len(blocks),
        "byStatus": dict(Counter(one["status"] for one in blocks)),
        "devices": _nested_sum([one["devices"] for one in blocks]),
        "use": _nested_sum(uses) | {"organizations": len(blocks)},
        "keys": _nested_sum([one["keys"] for one in blocks]) | {"organizations": len(blocks)},
    }


def _renewals(random: Random, blocks: Sequence[Json]) -> list[Json]:
    kinds = {
        "per-device": ("licenses", TYPES),
        "co-term": ("devices", FAMILIES),
        "subscription": ("seats", SKUS),
    }
    models = {one["licensingModel"] for one in blocks if one["plan"]}
    return [
        {
            "tenant": tenant,
            "licensingModel": model,
            "type": what,
            "unit": unit,
            "byMonth": {month: random.randint(1, 40) for month in sorted(random.sample(MONTHS, 9))},
        }
        for tenant in sorted({one["tenant"] for one in blocks})
        for model, (unit, names) in kinds.items()
        if model in models
        for what in names
    ]


def _report(random: Random, blocks: list[Json]) -> Json:
    statuses = Counter(one["status"] for one in blocks)
    dated = [one for one in blocks if (one.get("dark") or {}).get("soonest")]
    return {
        "schemaVersion": "1.2",
        "tool": {"name": "auditor", "version": "1.2.3"},
        "run": {
            "id": "run-1",
            "startedAt": "2026-03-01T12:00:01Z",
            "finishedAt": "2026-03-01T12:01:05Z",
            "durationSeconds": 64.0,
            "resumed": False,
            "interrupted": None,
            "shard": None,
        },
        "asOf": f"{AS_OF}T00:00:00Z",
        "windowsDays": list(WINDOWS),
        "completeness": {
            "complete": not (statuses["failed"] or statuses["partial"]),
            "organizations": {
                "seen": len(blocks),
                "selected": len(blocks),
                **{one: statuses[one] for one in ("audited", "partial", "failed", "skipped")},
            },
            "skippedByReason": {"apiDisabled": statuses["skipped"]} if statuses["skipped"] else {},
            "failedByClass": {
                one: count
                for one, count in (("server", statuses["failed"]), ("pagination", statuses["partial"]))
                if count
            },
            "reconciled": None,
        },
        "totals": _totals(blocks),
        "darkDates": sorted(map(_soonest, dated), key=lambda one: str(one["darkAt"])),
        "forecast": {
            "organizations": len(blocks),
            "months": list(MONTHS),
            "renewals": _renewals(random, blocks),
        },
        "reclaimHints": _hints(blocks),
        "organizations": blocks,
        "errors": [_error(one) for one in blocks if one["error"]],
        "traffic": _TRAFFIC,
    }


def _soonest(block: Json) -> Json:
    first = block["dark"]["dates"][0]
    return {
        "darkAt": block["dark"]["soonest"],
        "standing": first["standing"],
        "organizationId": block["id"],
        "name": block["name"],
        "tenant": block["tenant"],
        "licensingModel": block["licensingModel"],
        "what": first["what"],
        "count": first["count"],
        "estimate": first["estimate"],
    }


def _hints(blocks: Sequence[Json]) -> list[Json]:
    pairs = [(one, other) for one, other in pairwise(blocks) if one["tenant"] == other["tenant"]]
    return [
        {
            "tenant": one["tenant"],
            "type": TYPES[place % len(TYPES)],
            "from": one["id"],
            "to": other["id"],
            "count": place % 4 + 1,
            "soonestDarkDate": "2026-04-02",
        }
        for place, (one, other) in enumerate(pairs[::40])
    ]


def _error(block: Json) -> Json:
    return {
        "organizationId": block["id"],
        "tenant": block["tenant"],
        "class": block["error"],
        "httpStatus": 503 if block["error"] == "server" else None,
        "message": block["message"],
        "attempts": 5,
        "requestId": f"request-{block['id']}",
    }


_TRAFFIC: Final = {
    "requests": 12_345,
    "pages": 12_345,
    "redirects": 0,
    "refusals": 0,
    "retries": 0,
    "retriesByClass": {},
    "failures": 0,
    "abandoned": 0,
    "rateLimited": 0,
    "bytes": 4096,
    "peakInFlight": 30,
    "effectiveRate": 97.2,
    "budgetUtilization": 0.97,
}


def a_finding(organization_id: str, severity: str = "warning", **changes: Any) -> Json:
    """A finding about an organization."""
    return {
        "id": f"f-{organization_id}-{severity}",
        "rule": "expiring-soon",
        "severity": severity,
        "organizationId": organization_id,
        "tenant": "customer-00",
        "subject": "expiring.within.30",
        "message": "12 licenses end within 30 days; the policy allows 5",
        "due": None,
    } | changes


def a_trend(runs: int) -> list[Json]:
    """So many nightly runs; some were not complete, and one knows nothing of what is at risk."""
    random = Random(3)
    points: list[Json] = []
    for night in range(runs):
        expiring = 820 + night * 6 + random.randint(-30, 30)
        points.append(
            {
                "asOf": f"{date(2025, 12, 1) + timedelta(days=night)}T00:00:00Z",
                "expiring": expiring,
                "atRisk": None if night == runs // 2 else expiring // 3 - night,
                "unused": 1400 - night * 4 + random.randint(-25, 25),
                "completeness": 0.97 if night % 13 == 5 else 1.0,
            }
        )
    return points
