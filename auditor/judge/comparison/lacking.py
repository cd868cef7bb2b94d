"""Whether two reports lack the same: then what they both read is compared like any two complete reports."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from auditor.domain.outcome import Status
from auditor.judge.observation import Json

Place = tuple[str, str]
"""Tenant and id of an organization."""


@dataclass(frozen=True, slots=True)
class Lack:
    """What one report did not read: whole organizations, extras of others, and the lists of tenants.

    *listed* are all organizations of a report whose lists may be cut; None where they are whole.
    """

    failed: AbstractSet[Place]
    missing: AbstractSet[tuple[Place, tuple[str, ...]]]
    unlisted: AbstractSet[str]
    listed: AbstractSet[Place] | None


def lack_of(report: Json) -> Lack | None:
    """What *report* lacks; None where a list of licenses broke off, so that nobody knows how much."""
    blocks = {(one["tenant"], one["id"]): one for one in report["organizations"]}
    if any(one["status"] == Status.PARTIAL for one in blocks.values()):
        return None
    unlisted = {one["tenant"] for one in report["errors"] if one["organizationId"] is None}
    is_cut = bool(unlisted) or report["run"]["interrupted"] is not None
    return Lack(
        failed={place for place, one in blocks.items() if one["status"] == Status.FAILED},
        missing={
            (place, tuple(sorted(one["missing"]))) for place, one in blocks.items() if one.get("missing")
        },
        unlisted=unlisted,
        listed=blocks.keys() if is_cut else None,
    )


def lack_the_same(old: Json, new: Json) -> bool:
    """Whether the totals of *old* and *new* leave out the same organizations, new and vanished ones aside."""
    before = lack_of(old)
    return before is not None and before == lack_of(new)
