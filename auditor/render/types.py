"""Counts by kind of what is licensed, one at a time: license types, device models, SKUs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from auditor.render.columns import value_at
from auditor.report.reading import Document

SYSTEMS_MANAGER: Final = "Systems Manager"
"""The type of seats of co-termination, of which the vendor tells one number."""


@dataclass(frozen=True, slots=True)
class TypeCount:
    """*count* of *type* in *state*. *unit* is `licenses`, `devices` or `seats`."""

    unit: str
    type: str
    state: str
    count: int | None


def counts_of(organization: Mapping[str, Any]) -> Iterator[TypeCount]:
    """All counts by type of an organization.

    Licenses by their state. Devices of co-termination: `licensed` by model, `inUse` by family (an
    estimate), `unmatched` by model; its seats of Systems Manager, `licensed`. Seats of subscriptions:
    `limit`, `assigned`, `available`, `over` where there are any, and `missing`.
    """
    yield from _states("licenses", value_at(organization, ("licenses", "byType")))
    for path, state in (("devices.byModel", "licensed"), ("use.unmatched", "unmatched")):
        yield from _one_state("devices", value_at(organization, ("coTerm", *path.split("."))), state)
    seats = value_at(organization, ("coTerm", "seats", "licensed"))
    families = value_at(organization, ("coTerm", "use", "byFamily")) or {}
    yield from _one_state("devices", {name: use["inUse"] for name, use in families.items()}, "inUse")
    yield from _one_state("seats", {SYSTEMS_MANAGER: seats} if seats else None, "licensed")
    yield from _states("seats", _seats_by_sku(value_at(organization, ("subscription", "seats", "bySku"))))
    missing = value_at(organization, ("subscription", "violations", "missing"))
    yield from _one_state("seats", missing, "missing")


def expiring_and_unused(
    report: Document,
) -> Iterator[tuple[Mapping[str, Any], str, tuple[int | None, ...]]]:
    """Organization, license type, and its licenses that are expiring, at risk and unused: see `unused_of`.

    Per-device licensing only. What is not known is None; a type with nothing of it all is left out.
    """
    for organization in report["organizations"]:
        by_type = value_at(organization, ("licenses", "byType")) or {}
        at_risk = value_at(organization, ("expiring", "atRiskByType"))
        for license_type, states in by_type.items():
            risk = None if at_risk is None else at_risk.get(license_type, 0)
            expiring, unused = states.get("expiring", 0), unused_of(states)
            if expiring or any(unused):
                yield organization, license_type, (expiring, risk, *unused)


def unused_of(states: Mapping[str, int]) -> tuple[int, int, int]:
    """Of counts by state: the unused licenses, and of these those not burning, and burning already."""
    idle, burning = states.get("unused", 0), states.get("unusedActive", 0)
    return idle + burning, idle, burning


def _seats_by_sku(by_sku: Mapping[str, Mapping[str, int]] | None) -> Mapping[str, Mapping[str, int]]:
    return {
        sku: {state: count for state, count in seats.items() if state != "over" or count}
        for sku, seats in (by_sku or {}).items()
    }


def _states(unit: str, by_type: Mapping[str, Mapping[str, int]] | None) -> Iterator[TypeCount]:
    for kind, states in (by_type or {}).items():
        for state, count in states.items():
            yield TypeCount(unit, kind, state, count)


def _one_state(unit: str, counts: Mapping[str, int | None] | None, state: str) -> Iterator[TypeCount]:
    for kind, count in (counts or {}).items():
        yield TypeCount(unit, kind, state, count)
