"""What is kept of a report: the headline figures, in all and by tenant, and a row for each organization.

No names of organizations, no license types, no findings: the reports have these.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from auditor.history.sums import (
    Figures,
    TenantSums,
    digest_of,
    figures_of_whole,
    is_counted_whole,
    plan_of,
    value_at,
)

Json = Mapping[str, Any]


class Member(NamedTuple):
    """One organization of a run. The counts are None where they are not known, or of another model."""

    tenant: str
    id: str
    status: str
    standing: str | None
    plan: str | None
    expiring: int | None
    at_risk: int | None
    unused: int | None
    licenses: int | None


@dataclass(frozen=True, slots=True)
class Part:
    """The whole of a run, or what is one tenant's. *digest* tells its organizations from others.

    *plan* is the one that tells least of those in use; None where nothing was read.
    """

    is_complete: bool
    plan: str | None
    digest: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class Record:
    """One run. Instants are RFC 3339 in UTC."""

    run_id: str
    as_of: str
    finished_at: str
    tool_version: str
    windows_days: tuple[int, ...]
    whole: Part
    tenants: Mapping[str, Part]
    members: Sequence[Member]


def record_of(report: Json, organizations: Iterable[Json] | None = None) -> Record:
    """What is kept of *report*, whose entries of `organizations` may be given apart, one by one."""
    sums: dict[str, TenantSums] = {}
    members: dict[tuple[str, str], Member] = {}
    for one in report["organizations"] if organizations is None else organizations:
        members[one["tenant"], one["id"]] = _member(one)
        for tenant in (one["tenant"], *(one.get("alsoSelectedBy") or ())):
            _of_tenant(sums, tenant, report).add(one)
    for error in report["errors"]:
        if error["organizationId"] is None:
            _of_tenant(sums, error["tenant"], report).is_listed = False
    unknown = {name for one in sums.values() for name in one.unknown}
    return Record(
        run_id=report["run"]["id"],
        as_of=_utc(report["asOf"]),
        finished_at=_utc(report["run"]["finishedAt"]),
        tool_version=report["tool"]["version"],
        windows_days=tuple(report["windowsDays"]),
        whole=Part(
            is_complete=is_counted_whole(report),
            plan=plan_of(one.plan for one in members.values()),
            digest=digest_of(members),
            figures=figures_of_whole(report, unknown=unknown),
        ),
        tenants={name: _part(name, sums[name]) for name in sorted(sums)},
        members=[members[key] for key in sorted(members)],
    )


def _of_tenant(sums: dict[str, TenantSums], name: str, report: Json) -> TenantSums:
    if name not in sums:
        sums[name] = TenantSums(report)
    return sums[name]


def _part(name: str, sums: TenantSums) -> Part:
    digest = digest_of((name, organization_id) for organization_id in sums.ids)
    return Part(sums.is_complete, sums.plan, digest, sums.figures())


def _member(organization: Json) -> Member:
    return Member(
        tenant=organization["tenant"],
        id=organization["id"],
        status=organization["status"],
        standing=organization.get("standing"),
        plan=organization["plan"],
        expiring=value_at(organization, "expiring.total"),
        at_risk=value_at(organization, "expiring.atRisk"),
        unused=value_at(organization, "unused.total"),
        licenses=value_at(organization, "licenses.total"),
    )


def _utc(text: str) -> str:
    """*text*, RFC 3339, with the offset `Z`."""
    return datetime.fromisoformat(text).astimezone(UTC).isoformat().replace("+00:00", "Z")
