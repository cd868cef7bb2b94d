"""The headline figures of a report, of the whole and of each tenant: pure.

A figure is named by its path in the report's `totals`. Where a report adds up over organizations, the
figures of a tenant are added up by the same rules: what one organization cannot tell, the sum cannot.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any, Final

from auditor.domain.outcome import Status
from auditor.domain.question import PlanKind

Json = Mapping[str, Any]
Figures = Mapping[str, float | None]
"""Figures by name; None where one is not known. All but `completeness` are whole numbers."""

COMPLETENESS: Final = "completeness"
_STATUSES: Final = tuple(status.value for status in Status)
_STANDINGS: Final = ("ok", "expiring", "inGrace", "dark", "unknown")
_COUNTS: Final = (
    *("licenses.total", "expiring.total", "expiring.atRisk"),
    *("unused.total", "unused.unused", "unused.unusedActive"),
)
_BY_WINDOW: Final = ("expiring.within", "expiring.atRiskWithin")
_SEATS: Final = ("limit", "assigned", "available")
_LICENSED: Final = "coTerm.devices.licensed"
_OVER_LIMIT: Final = "coTerm.use.overLimit"
_SUBSCRIPTIONS: Final = "subscription.total"
_VIOLATIONS: Final = "subscription.violations.productClasses"
_DEPTHS: Final = (PlanKind.COUNTS.value, PlanKind.TARGETED.value, PlanKind.FULL.value)
_DIGEST_CHARACTERS: Final = 16

FIXED: Final = (
    *(COMPLETENESS, *_COUNTS, _LICENSED, _OVER_LIMIT, _SUBSCRIPTIONS),
    *(f"subscription.seats.{name}" for name in _SEATS),
    _VIOLATIONS,
    *(f"organizations.{name}" for name in ("selected", *_STATUSES)),
    *(f"organizations.byStanding.{name}" for name in _STANDINGS),
)
"""The names that every history has; those by window depend on the windows of the runs."""


def value_at(block: Any, path: str) -> Any:
    """What lies in *block* at the dotted *path*; None where a step is missing or null."""
    for key in path.split("."):
        if not isinstance(block, Mapping):
            return None
        block = block.get(key)
    return block


def figures_of_whole(report: Json, *, unknown: Collection[str] = ()) -> dict[str, float | None]:
    """The figures that *report* gives as totals, but for those that are *unknown* of some organization.

    Of a run that read nothing, only how it ended is known.
    """
    completeness = report["completeness"]
    figures = {name: value_at(report["totals"], name) for name in _named(report["windowsDays"])}
    figures |= dict.fromkeys(unknown)
    return _told(figures, completeness["organizations"], is_complete=is_counted_whole(report))


def is_counted_whole(report: Json) -> bool:
    """Whether every count of *report* is exact, so that the next run compares with it.

    That is so too where all that makes it incomplete is an extra that is missing.
    """
    completeness = report["completeness"]
    counts = completeness["organizations"]
    is_cut_off = report["run"]["interrupted"] is not None or bool(counts["failed"] or counts["partial"])
    is_listed = all(one["organizationId"] is not None for one in report["errors"])
    return completeness["complete"] or (bool(completeness.get("missing")) and is_listed and not is_cut_off)


def plan_of(by_plan: Iterable[str | None]) -> str | None:
    """The plan that tells least of those that some organization was read by; None where none was."""
    found = set(by_plan)
    return next((plan for plan in _DEPTHS if plan in found), None)


def digest_of(members: Iterable[tuple[str, str]]) -> str:
    """What tells these organizations, each by tenant and id, from others."""
    text = "\0".join(f"{tenant}\0{organization}" for tenant, organization in sorted(members))
    return sha256(text.encode()).hexdigest()[:_DIGEST_CHARACTERS]


class TenantSums:
    """The figures of one tenant, added up as its organizations come by, in any order."""

    def __init__(self, report: Json) -> None:
        self._totals = report["totals"]
        self._counts: dict[str, float | None] = dict.fromkeys(_of_licenses(report["windowsDays"]), 0)
        self._by_status: Counter[str] = Counter()
        self._by_standing: Counter[str] = Counter()
        self._plans: set[str | None] = set()
        self._subscriptions: dict[str, Json] = {}
        self._licensed = self._over_limit = self._without_use = self._with_use = 0
        self._unreadable: set[str] = set()
        self._is_any_untold = False
        self.ids: list[str] = []
        self.is_listed = True

    def add(self, organization: Json) -> None:
        """Take in an entry of the report's `organizations`."""
        self.ids.append(organization["id"])
        self._by_status[organization["status"]] += 1
        if organization["plan"] is None:
            return
        self._plans.add(organization["plan"])
        self._by_standing[organization.get("standing") or "unknown"] += 1
        blocks = [organization.get(name) for name in ("licenses", "coTerm", "subscription")]
        self._is_any_untold |= not any(blocks)
        if organization.get("licenses") is not None:
            self._add_licenses(organization)
        if organization.get("coTerm") is not None:
            self._add_co_term(organization["coTerm"])
        if organization.get("subscription") is not None:
            self._add_subscriptions(organization["subscription"])

    @property
    def is_complete(self) -> bool:
        """Whether all that is this tenant's was listed, and read to its end."""
        return self.is_listed and not (self._by_status[Status.PARTIAL] or self._by_status[Status.FAILED])

    @property
    def plan(self) -> str | None:
        """See `plan_of`."""
        return plan_of(self._plans)

    @property
    def unknown(self) -> set[str]:
        """The figures that some organization lacks, so that neither its tenant nor the whole has them."""
        is_untold = self._is_any_untold
        seats = {f"subscription.seats.{name}" for name in _SEATS if is_untold or self._seats(name) is None}
        return self._unreadable | seats | ({_LICENSED, _VIOLATIONS} if is_untold else set())

    def figures(self) -> dict[str, float | None]:
        """The figures under the same names as those of the whole."""
        violations = sum(len(one["violations"] or ()) for one in self._subscriptions.values())
        of_models: dict[str, float | None] = {
            _LICENSED: self._licensed,
            _OVER_LIMIT: None if self._without_use and not self._with_use else self._over_limit,
            _SUBSCRIPTIONS: len(self._subscriptions),
            **{f"subscription.seats.{name}": self._seats(name) for name in _SEATS},
            _VIOLATIONS: violations,
            **dict.fromkeys(self._unreadable),
        }
        for name in of_models:  # a report of version 1.0 knows nothing of the other licensing models
            if self._totals.get(name.partition(".")[0]) is None:
                of_models[name] = None
        has_standings = value_at(self._totals, "organizations.byStanding") is not None
        standings = {
            f"organizations.byStanding.{name}": self._by_standing[name] if has_standings else None
            for name in _STANDINGS
        }
        by_status = {name: self._by_status[name] for name in _STATUSES} | {"selected": len(self.ids)}
        counts = self._counts | of_models
        if self._is_any_untold:  # of an organization that was read no figure is there, of whatever model
            counts = dict.fromkeys(counts)
        return _told(counts | standings, by_status, is_complete=self.is_complete)

    def _seats(self, name: str) -> int | None:
        """The seats of all; None where some of one subscription cannot be read."""
        told = [one.get("seats", {}) for one in self._subscriptions.values()]
        seats = [read for by_sku in told for read in ([None] if by_sku is None else by_sku.values())]
        counts = [None if read is None else read[name] for read in seats]
        known = [count for count in counts if count is not None]
        return sum(known) if len(known) == len(counts) else None

    def _add_licenses(self, organization: Json) -> None:
        """A list that broke off cannot tell what is at risk, and adds nothing to a sum that is one."""
        is_part = organization["status"] == Status.PARTIAL
        for name, total in self._counts.items():
            value = value_at(organization, name)
            if value is None and is_part and value_at(self._totals, name) is not None:
                value = 0
            self._counts[name] = None if value is None or total is None else total + value

    def _add_co_term(self, co_term: Json) -> None:
        licensed = co_term["devices"]["licensed"]
        if licensed is None:
            self._unreadable.add(_LICENSED)
        else:
            self._licensed += licensed
        over_limit = value_at(co_term, "use.overLimit")
        if over_limit is None:
            self._without_use += 1
        else:
            self._with_use += 1
            self._over_limit += over_limit

    def _add_subscriptions(self, account: Json) -> None:
        """A shared one counts once, as the reading that knows of more violations has it."""
        if account["violations"] is None:
            self._unreadable.add(_VIOLATIONS)
        for one in account["subscriptions"]:
            if one["violations"] is None:
                self._unreadable.add(_VIOLATIONS)
            kept = self._subscriptions.get(one["id"], one)
            self._subscriptions[one["id"]] = max(kept, one, key=lambda read: len(read["violations"] or ()))


def _of_licenses(windows_days: Iterable[int]) -> Iterator[str]:
    yield from _COUNTS
    yield from (f"{name}.{days}" for name in _BY_WINDOW for days in windows_days)


def _named(windows_days: Iterable[int]) -> Iterator[str]:
    """The names of all figures that stand in `totals`."""
    yield from _of_licenses(windows_days)
    yield from (name for name in FIXED if name.startswith(("coTerm.", "subscription.")))
    yield from (f"organizations.byStanding.{name}" for name in _STANDINGS)


def _told(
    figures: Mapping[str, float | None], by_status: Mapping[str, int], *, is_complete: bool
) -> dict[str, float | None]:
    """*figures* with completeness and how the organizations ended.

    A run that read nothing has zeros for its totals: in a history they would pass for an answer.
    """
    is_blind = not is_complete and not by_status["audited"] + by_status["partial"]
    return {
        COMPLETENESS: share_read(by_status, is_complete=is_complete),
        **{f"organizations.{name}": by_status[name] for name in ("selected", *_STATUSES)},
        **(dict.fromkeys(figures) if is_blind else figures),
    }


def share_read(by_status: Mapping[str, int], *, is_complete: bool) -> float | None:
    """The share of organizations that was read to its end; those left out on purpose are in no sum.

    It is 1 only where the audit is complete. None where all known organizations were read and it still
    is not: a list of organizations broke, and nobody knows how many there are.
    """
    if is_complete:
        return 1.0
    to_read = by_status["audited"] + by_status["partial"] + by_status["failed"]
    return by_status["audited"] / to_read if by_status["audited"] < to_read else None
