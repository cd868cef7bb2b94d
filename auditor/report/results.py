"""Results, read back from the blocks that a report has of organizations.

What comes back makes the same block again, and adds the same to any sum. What no block tells is left empty:
which licenses end in which month (see `summing`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Final

from auditor.domain.co_term import SEATS, CoTermAccount, CoTermKeys, CoTermOverview
from auditor.domain.coverage import Coverage
from auditor.domain.device_use import DeviceUse, FamilyUse
from auditor.domain.entitlement import Entitlement
from auditor.domain.extra import Extra
from auditor.domain.idle import Burning, Idle
from auditor.domain.license import LicenseState
from auditor.domain.note import NoteKind
from auditor.domain.organization import Organization, OrganizationId
from auditor.domain.outcome import Failure, FailureClass, Skip, SkipReason
from auditor.domain.outlook import DarkDate, Need, Outlook, Reclaim, Spare
from auditor.domain.overview import SeatUse
from auditor.domain.question import PlanKind
from auditor.domain.reclaim import least_days
from auditor.domain.reducer import Tally
from auditor.domain.result import OrganizationResult
from auditor.domain.standing import Standing
from auditor.domain.subscription import Seats, Subscription, SubscriptionAccount, Violation, ending_within
from auditor.domain.window import Windows
from auditor.report.ahead import own_renewals_of
from auditor.report.attention import attention_of
from auditor.report.reading import UnreadableReportError
from auditor.report.shared import OTHERS, RENEWALS, tenants_of

Json = Mapping[str, Any]
"""A block, whether its absent keys are left out or null."""

NO_SEATS: Final[Json] = {"licensed": None}
"""What a report of an earlier version, which states no seats, says of them."""


def windows_of(report: Json) -> Windows:
    """The windows that the figures of *report* are about."""
    return Windows(instant_of(report["asOf"]), tuple(report["windowsDays"]))


def instant_of(text: str) -> datetime:
    """The instant that a report writes as *text*."""
    return datetime.fromisoformat(text).astimezone(UTC)


def result_of(block: Json, windows: Windows) -> OrganizationResult:
    """The result that *block*, an entry of `organizations` of a report over *windows*, was made from.

    Raises:
        UnreadableReportError: it has a note that this version does not know, or contradicts itself.
    """
    co_term, account = _co_term_of(block), _subscriptions_of(block)
    plan = PlanKind.FULL if block["plan"] is None else PlanKind(block["plan"])
    depth = _depth_of(block, plan)
    use = (block.get("seats") or {}).get("systemsManager")
    ending = _ending_within(co_term, account, windows)
    result = OrganizationResult(
        _organization_of(block),
        block["tenant"],
        tally=_tally_of(block, depth),
        co_term=co_term,
        subscriptions=account,
        coverage=_coverage_of(block),
        outlook=_with_renewals(_outlook_of(block, ending, windows), block, windows),
        seat_use=use and _seat_use_of(use),
        pages=block["pages"],
        ending=_ending_of(block),
        plan=plan,
        depth=depth,
        attention=attention_of(block.get("attention")),
        missing=dict.fromkeys(map(Extra, block.get("missing") or ())),
    )
    _check(result, block)
    return result


def _check(result: OrganizationResult, block: Json) -> None:
    """Refuse a block in which what says how it ended is null, or all that was counted."""
    place = f"contradicts itself: organization {block['id']} of tenant {block['tenant']}"
    has_plan = block["plan"] is not None
    if result.is_counted != has_plan:
        said = ("null", "it has figures") if result.is_counted else (block["plan"], "it lacks figures")
        raise UnreadableReportError(f"{place}: its plan is {said[0]}, and {said[1]}")
    if result.status != block["status"]:
        raise UnreadableReportError(
            f"{place}: its status is {block['status']}, and what it has is that of one {result.status}"
        )


def _depth_of(block: Json, plan: PlanKind) -> PlanKind:
    """The plan that gives no more figures than *block* has: *plan*, unless some of its figures are null."""
    if any(block.get(key) is None for key in ("licenses", "expiring", "unused", "seats")):
        return plan
    expiring, unused, seats = block["expiring"], block["unused"], block["seats"]
    by_one = (block["licenses"]["byType"], expiring["within"], unused["byType"])
    if None in (*by_one, unused.get("activation"), unused.get("burning")):
        return PlanKind.COUNTS
    is_whole = None not in (seats["licenses"], seats["total"], seats["byState"])
    return plan if is_whole or plan is not PlanKind.FULL else PlanKind.TARGETED


def _organization_of(block: Json) -> Organization:
    others = block.get(OTHERS)
    selected_by = tenants_of(block) if others else ()
    return Organization(
        OrganizationId(block["id"]), block["name"], block["licensingModel"], selected_by=selected_by
    )


def _with_renewals(outlook: Outlook | None, block: Json, windows: Windows) -> Outlook | None:
    """*outlook* with what ends in which month, which an organization of several tenants tells."""
    blocks = block.get(RENEWALS)
    if outlook is None or not blocks:
        return outlook
    return replace(outlook, renewals=own_renewals_of(blocks, windows.as_of))


def _ending_of(block: Json) -> Failure | Skip | None:
    message = block["message"] or ""
    if block["reason"] is not None:
        return Skip(SkipReason(block["reason"]), message)
    return None if block["error"] is None else Failure(FailureClass(block["error"]), message)


def _tally_of(block: Json, depth: PlanKind) -> Tally | None:
    licenses, seats, expiring, unused = map(block.get, ("licenses", "seats", "expiring", "unused"))
    if licenses is None or seats is None or expiring is None or unused is None:
        return None
    types: Mapping[str, Mapping[str, int]] = licenses["byType"] or {}
    kinds = {(kind, state): count for kind, states in types.items() for state, count in states.items()}
    typed: Counter[str] = Counter()
    for (_, state), count in kinds.items():
        typed[state] += count
    is_full = depth is PlanKind.FULL
    return Tally(
        by_type_and_state=kinds,
        untyped={state: count - typed[state] for state, count in licenses["byState"].items()},
        expiring_within=_by_window(expiring["within"]),
        seats_by_state=seats["byState"] or {},
        seat_licenses=seats["licenses"] or 0,
        seats_as_summed=None if is_full else seats["total"],
        idle=_idle_of(unused),
        notes=_notes_of(block),
    )


def _idle_of(unused: Json) -> Idle:
    activation, burning = unused.get("activation"), unused.get("burning")
    if activation is None or burning is None:
        return Idle()
    by_type = {
        kind: Burning(one["licenses"], one["daysBurned"], one["daysLeft"])
        for kind, one in burning["byType"].items()
    }
    for kind in list(by_type)[:1]:  # of which type they are is not told, and no sum tells it either
        by_type[kind] += Burning(undated=burning["undated"])
    return Idle(
        _instant_or_none(activation["soonest"]),
        activation["soonestCount"],
        activating_within=_by_window(activation["within"]),
        overdue=activation["overdue"],
        unclaimed=activation["unknown"],
        burning=by_type,
    )


def _coverage_of(block: Json) -> Coverage | None:
    """None where any of it is: sums are of those that have all of it, and say of how many."""
    coverage, expiring = block.get("coverage"), block.get("expiring")
    if coverage is None or expiring is None or block.get("reclaim") is None:
        return None
    if None in map(expiring.get, ("coveredByQueue", "atRisk", "atRiskWithin", "atRiskByType")):
        return None
    return Coverage(
        covered_by_queue=expiring["coveredByQueue"],
        at_risk_by_type=expiring["atRiskByType"],
        at_risk_within=_by_window(expiring["atRiskWithin"]),
        devices=_standings_of(coverage["devices"]),
        network_licenses=_standings_of(coverage["networkLicenses"]),
    )


def _standings_of(counts: Mapping[str, int]) -> dict[Standing | None, int]:
    return {None: counts["unknown"]} | {standing: counts[standing.value] for standing in Standing}


def _seat_use_of(use: Json) -> SeatUse:
    return SeatUse(use["totalSeats"], use["activeSeats"], use["unassignedSeats"], use["enrolledDevices"])


def _outlook_of(block: Json, ending: Mapping[int, int], windows: Windows) -> Outlook | None:
    dark, reclaim = block.get("dark"), block.get("reclaim")
    if dark is None:
        return None
    standing = block["standing"]
    return Outlook(
        standing=None if standing is None else Standing(standing),
        soonest_dark_at=_instant_or_none(dark["soonest"]),
        dark_dates=tuple(_dark_date_of(one) for one in dark["dates"]),
        reclaim=None if reclaim is None else _reclaim_of(reclaim, windows),
        ending_within=ending,
        is_dark_known=dark["known"] is True,
    )


def _dark_date_of(one: Json) -> DarkDate:
    day = date.fromisoformat(one["date"])
    return DarkDate(day, Standing(one["standing"]), one["what"], one["count"], one["estimate"])


def _reclaim_of(told: Json, windows: Windows) -> Reclaim:
    """Where a need does not state its days, it is taken for that of a device in grace: the longest."""
    needs: Counter[Need] = Counter()
    for one in told.get("needs") or ():
        days = one.get("leastDays")
        days = least_days(windows.as_of, windows) if days is None else days
        needs[Need(one["type"], date.fromisoformat(one["date"]), days)] += one["count"]
    return Reclaim(_matched_of(told["byType"]), needs, _surplus_of(told))


def _surplus_of(told: Json) -> dict[Spare, int]:
    """What is left over; where no term is stated, nobody knows it."""
    by_type, by_term = told.get("surplus") or {}, told.get("surplusByTerm") or {}
    terms = {
        Spare(kind, days): count
        for kind, counts in by_term.items()
        for days, count in _by_window(counts).items()
    }
    rest = {kind: count - sum(by_term.get(kind, {}).values()) for kind, count in by_type.items()}
    return terms | {Spare(kind, None): count for kind, count in rest.items() if count > 0}


def _matched_of(by_type: Mapping[str, Mapping[str, int]]) -> dict[str, tuple[int, int]]:
    unused, unused_active = LicenseState.UNUSED.value, LicenseState.UNUSED_ACTIVE.value
    return {kind: (counts[unused], counts[unused_active]) for kind, counts in by_type.items()}


def _ending_within(
    co_term: CoTermAccount | None, account: SubscriptionAccount | None, windows: Windows
) -> Mapping[int, int]:
    """Of licenses, the tally tells it."""
    if account is not None:
        return ending_within(account.subscriptions, windows)
    end = None if co_term is None else co_term.overview.expires_at
    return {days: int(end is not None and windows.as_of < end <= last) for days, last in windows.ends}


def _co_term_of(block: Json) -> CoTermAccount | None:
    told = block.get("coTerm")
    if told is None:
        return None
    return CoTermAccount(
        CoTermOverview(
            told["status"],
            _instant_or_none(told["expiresAt"]),
            _licensed_of(told),
            knows_devices=None not in (told["devices"]["licensed"], told["devices"]["byModel"]),
            knows_seats=(told.get("seats") or NO_SEATS)["licensed"] is not None,
        ),
        keys=told["keys"] and _keys_of(told["keys"]),
        use=told["use"] and _use_of(told["use"]),
        notes=_notes_of(block),
    )


def _licensed_of(told: Json) -> dict[str, int]:
    """Devices, and seats under a name that is theirs."""
    seats = (told.get("seats") or NO_SEATS)["licensed"]
    return {**(told["devices"]["byModel"] or {}), **({SEATS: seats} if seats else {})}


def _keys_of(keys: Json) -> CoTermKeys:
    return CoTermKeys(
        keys["total"],
        keys["live"],
        keys["invalidated"],
        keys["expired"],
        by_mode=keys["byMode"],
        by_edition=keys["byEdition"],
        devices_by_model=keys["devicesByModel"],
    )


def _use_of(use: Json) -> DeviceUse:
    families = {family: FamilyUse(one["licensed"], one["inUse"]) for family, one in use["byFamily"].items()}
    return DeviceUse(
        families,
        use["unmatched"],
        over_limit=use["overLimit"],
        spare=use["spare"],
        warm_spares=use.get("warmSpares"),
    )


def _subscriptions_of(block: Json) -> SubscriptionAccount | None:
    told = block.get("subscription")
    if told is None:
        return None
    subscriptions = tuple(subscription_of(one) for one in told["subscriptions"])
    own = Counter(_notes_of(block))
    for one in subscriptions:
        own -= Counter(one.notes)
    return SubscriptionAccount(
        subscriptions,
        notes=dict(own),
        is_compliance_known=told["violations"] is not None
        and all(one["violations"] is not None for one in told["subscriptions"]),
        entitlements=_entitlements_of(told.get("skus")),
    )


def _entitlements_of(skus: Json | None) -> dict[str, Entitlement | None] | None:
    return None if skus is None else {sku: one and _entitlement_of(one) for sku, one in skus.items()}


def _entitlement_of(one: Json) -> Entitlement:
    return Entitlement(
        name=one["name"],
        product_type=one["productType"],
        product_class=one["productClass"],
        feature_tier=one["featureTier"],
        is_add_on=one["isAddOn"],
        is_free=one["isFree"],
    )


def subscription_of(one: Json) -> Subscription:
    """The subscription that *one*, an entry of `subscriptions`, states."""
    return Subscription(
        one["id"],
        one["name"],
        one["status"],
        one["type"],
        starts_at=_instant_or_none(one["startsAt"]),
        ends_at=_instant_or_none(one["endsAt"]),
        renewal_requested=one["renewalRequested"],
        organizations=one["organizations"],
        seats=one["seats"] and {sku: seats and _seats_of(seats) for sku, seats in one["seats"].items()},
        violations=tuple(_violation_of(violation) for violation in one["violations"] or ()),
        notes=_notes_of(one),
        is_seen_shared=one["shared"],
        networks=one.get("networks"),  # a report of an earlier version has none of these three
        smart_account=one.get("smartAccount"),
        renews_at=_instant_or_none(one.get("renewsAt")),
    )


def _seats_of(seats: Json) -> Seats:
    limit, assigned = seats["limit"], seats["assigned"]
    return Seats(limit, assigned, seats["available"], max(0, assigned - limit))


def _violation_of(one: Json) -> Violation:
    return Violation(one["productClass"], _instant_or_none(one["graceEndsAt"]), one["missing"])


def _notes_of(block: Json) -> dict[NoteKind, int]:
    """Those of an organization, or of one subscription where these are told for themselves."""
    try:
        return {NoteKind(kind): count for kind, count in (block.get("notes") or {}).items()}
    except ValueError as error:
        raise UnreadableReportError(f"written by a newer version: {error} (notes)") from None


def _by_window(counts: Mapping[str, int] | None) -> dict[int, int]:
    return {int(days): count for days, count in (counts or {}).items()}


def _instant_or_none(text: str | None) -> datetime | None:
    return None if text is None else instant_of(text)
