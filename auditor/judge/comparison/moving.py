"""What happened to licenses, as far as counts and dates tell.

Under per-device licensing by state and type, net; under co-termination by the one date of an organization;
of subscriptions by the end of each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal, TypeAlias

from auditor.domain.license import LicenseState
from auditor.domain.outcome import Status
from auditor.domain.question import PlanKind
from auditor.judge.comparison.counting import Delta, delta_of
from auditor.judge.comparison.difference import DateChange, Kind, Licenses, Move
from auditor.judge.comparison.pairing import Pair
from auditor.judge.figure import Figure
from auditor.judge.figure import Kind as FigureKind
from auditor.judge.observation import Json, instant_of
from auditor.judge.undated import why_dark_is_not_known

_OVER: Final = frozenset({"canceled", "expired"})

Told: TypeAlias = tuple[Kind, Move]


@dataclass(frozen=True, slots=True)
class Horizon:
    """The reference time of one report, and the last instant that its longest shared window reaches."""

    as_of: datetime
    last: datetime

    def is_ending(self, end: str | None) -> bool:
        """Whether *end* lies ahead and within the window."""
        return end is not None and self.as_of < instant_of(end) <= self.last

    def is_over(self, end: str | None) -> bool:
        """Whether *end* has come."""
        return end is not None and instant_of(end) <= self.as_of


def horizon_of(report: Json, windows: Sequence[int]) -> Horizon:
    """That of *report*; without a window that both have, nothing is ending."""
    as_of = instant_of(report["asOf"])
    return Horizon(as_of, as_of + timedelta(days=max(windows, default=0)))


def licenses_of(pairs: Sequence[Pair], old: Horizon, new: Horizon) -> Licenses:
    """Everything that happened, by kind."""
    found: dict[Kind, list[Move]] = {kind: [] for kind in Kind}
    seen: set[str] = set()
    for pair in pairs:
        for kind, move in (
            *_licenses(pair),
            *_co_term(pair, old, new),
            *_subscriptions(pair, old, new, seen),
        ):
            found[kind].append(move)
    return Licenses(
        became_expiring=found[Kind.BECAME_EXPIRING],
        expired=found[Kind.EXPIRED],
        renewed=found[Kind.RENEWED],
        became_unused=found[Kind.BECAME_UNUSED],
        began_to_burn=found[Kind.BEGAN_TO_BURN],
        reclaimed=found[Kind.RECLAIMED],
    )


def dates_of(pairs: Iterable[Pair]) -> Iterator[DateChange]:
    """Dates that moved. One that is estimated anew in every report is none."""
    seen: set[str] = set()
    for pair in pairs:
        if pair.both is None:
            continue
        before, after = pair.both
        if before["coTerm"] is not None and after["coTerm"] is not None:
            ends = (before["coTerm"]["expiresAt"], after["coTerm"]["expiresAt"])
            if None not in ends:
                yield from _moved(pair, "coTerm.expiresAt", None, *ends)
        if _has_firm_dates(before) and _has_firm_dates(after):
            soonest = (before["dark"]["soonest"], after["dark"]["soonest"])
            yield from _moved(pair, "dark.soonest", None, *soonest)
        for one, other in _shared_subscriptions(pair, seen):
            yield from _moved(pair, "subscription.endsAt", one["id"], one["endsAt"], other["endsAt"])


def _licenses(pair: Pair) -> Iterator[Told]:
    """Rises of a state are what they say; of falls, only what neither expired nor went away."""
    if pair.both is None:
        return
    for license_type in _types(*pair.both):
        deltas = {state: delta_of(_figure(license_type, state), pair) for state in LicenseState}
        unused = _unused(license_type, deltas, pair)
        for kind, delta in _by_kind(deltas, unused, _total(license_type, pair)):
            if delta.rise > 0:
                yield kind, _move(pair, license_type, "licenses", delta.rise, at_least=delta.at_least)


def _by_kind(
    deltas: dict[LicenseState, Delta | None], unused: Delta | None, total: Delta | None
) -> Iterator[tuple[Kind, Delta]]:
    rises = {
        Kind.BECAME_EXPIRING: deltas[LicenseState.EXPIRING],
        Kind.EXPIRED: deltas[LicenseState.EXPIRED],
        Kind.BEGAN_TO_BURN: deltas[LicenseState.UNUSED_ACTIVE],
        Kind.BECAME_UNUSED: unused,
    }
    falls = {
        Kind.RENEWED: _added(deltas[LicenseState.EXPIRING], deltas[LicenseState.EXPIRED]),
        Kind.RECLAIMED: unused,
    }
    yield from ((kind, delta) for kind, delta in rises.items() if delta is not None)
    for kind, delta in falls.items():
        if delta is not None and total is not None and not (delta.at_least or total.at_least):
            yield kind, Delta(delta.after, delta.before - max(0, -total.rise))


def _types(before: Json, after: Json) -> list[str | None]:
    """The license types to be told apart; None alone where one side did not read them all."""
    whole = all(
        one["plan"] == PlanKind.FULL and one["status"] == Status.AUDITED and _has_types(one)
        for one in (before, after)
    )
    if not whole:
        return [None]
    return sorted({*before["licenses"]["byType"], *after["licenses"]["byType"]})


def _has_types(organization: Json) -> bool:
    licenses = organization["licenses"]
    return licenses is not None and licenses["byType"] is not None


def _figure(license_type: str | None, state: str) -> Figure:
    path = (
        ("licenses", "byState", state)
        if license_type is None
        else ("licenses", "byType", license_type, state)
    )
    return Figure(path, FigureKind.COUNT)


def _total(license_type: str | None, pair: Pair) -> Delta | None:
    if license_type is None or pair.both is None:
        return delta_of(Figure(("licenses", "total"), FigureKind.COUNT), pair)
    before, after = (sum(one["licenses"]["byType"].get(license_type, {}).values()) for one in pair.both)
    return Delta(before, after)


def _unused(license_type: str | None, deltas: dict[LicenseState, Delta | None], pair: Pair) -> Delta | None:
    """Of both states, burning or not."""
    if license_type is None:
        return delta_of(Figure(("unused", "total"), FigureKind.COUNT), pair)
    return _added(deltas[LicenseState.UNUSED], deltas[LicenseState.UNUSED_ACTIVE])


def _added(one: Delta | None, other: Delta | None) -> Delta | None:
    """Both together; None where one of them is not known exactly."""
    if one is None or other is None or one.at_least or other.at_least:
        return None
    return Delta(one.before + other.before, one.after + other.after)


def _co_term(pair: Pair, old: Horizon, new: Horizon) -> Iterator[Told]:
    if pair.both is None or any(one["coTerm"] is None for one in pair.both):
        return
    before, after = (one["coTerm"] for one in pair.both)
    devices = after["devices"]["licensed"]  # null where a count cannot be read: then it is some number
    for kind in _by_date(before["expiresAt"], after["expiresAt"], old, new):
        yield kind, _move(pair, None, "devices", devices or 0, at_least=devices is None)


def _subscriptions(pair: Pair, old: Horizon, new: Horizon, seen: set[str]) -> Iterator[Told]:
    for before, after in _shared_subscriptions(pair, seen):
        limits = [None if of is None else of["limit"] for of in (after["seats"] or {"": None}).values()]
        seats = sum(limit for limit in limits if limit is not None)
        if after["status"] in _OVER:
            was_over = before["status"] in _OVER or old.is_over(before["endsAt"])
            kinds = [] if was_over else [Kind.EXPIRED]
        else:
            kinds = list(_by_date(before["endsAt"], after["endsAt"], old, new))
        for kind in kinds:
            yield kind, _move(pair, after["id"], "seats", seats, at_least=None in limits)


def _by_date(before: str | None, after: str | None, old: Horizon, new: Horizon) -> Iterator[Kind]:
    if before is None or after is None:
        return
    if instant_of(after) > instant_of(before):
        yield Kind.RENEWED
    if new.is_ending(after) and not old.is_ending(before):
        yield Kind.BECAME_EXPIRING
    if new.is_over(after) and not old.is_over(before):
        yield Kind.EXPIRED


def _shared_subscriptions(pair: Pair, seen: set[str]) -> Iterator[tuple[Json, Json]]:
    """The subscriptions that both sides have, each with the first organization that has it."""
    if pair.both is None or any(one["subscription"] is None for one in pair.both):
        return
    before, after = ({one["id"]: one for one in of["subscription"]["subscriptions"]} for of in pair.both)
    for subscription_id, one in before.items():
        if subscription_id in after and subscription_id not in seen:
            seen.add(subscription_id)
            yield one, after[subscription_id]


def _has_firm_dates(organization: Json) -> bool:
    """Whether its dark date is one, or certainly none: not known is no change to nothing."""
    dark = organization["dark"]
    if dark is None or any(one["estimate"] for one in dark["dates"][:1]):
        return False
    return dark["soonest"] is not None or not why_dark_is_not_known(organization)


def _moved(
    pair: Pair,
    figure: Literal["coTerm.expiresAt", "dark.soonest", "subscription.endsAt"],
    what: str | None,
    before: str | None,
    after: str | None,
) -> Iterator[DateChange]:
    if before != after:
        values: dict[str, Any] = {"before": before, "after": after}
        yield DateChange(**dict(pair.entry), figure=figure, what=what, **values)


def _move(
    pair: Pair,
    what: str | None,
    unit: Literal["licenses", "devices", "seats"],
    count: int,
    *,
    at_least: bool,
) -> Move:
    return Move(**dict(pair.entry), what=what, unit=unit, count=count, at_least=at_least)
