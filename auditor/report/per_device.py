"""The blocks of the report that count licenses, under per-device licensing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final

from auditor.domain.coverage import Coverage
from auditor.domain.idle import Burning, Idle
from auditor.domain.license import LicenseState
from auditor.domain.note import NoteKind
from auditor.domain.outlook import Reclaim, Spare
from auditor.domain.overview import SeatUse
from auditor.domain.question import STATES_ASKED_FOR, PlanKind
from auditor.domain.reducer import Tally
from auditor.domain.result import reclaimed
from auditor.domain.standing import Standing
from auditor.report.instant import to_rfc3339_or_none

WHOLE: Final = frozenset({PlanKind.FULL})
"""The plan that reads every license, which alone gives seats by state, and coverage."""

READING: Final = frozenset({PlanKind.FULL, PlanKind.TARGETED})
"""The plans that give types and windows. All plans give counts by state.

Where organizations are summed up, a figure is there only when it is there for each of them: a sum over
some would pass for the whole. Where there is no organization, each sum is zero.
"""

Json = dict[str, Any]


def license_blocks(
    tally: Tally,
    *,
    days: Sequence[int],
    plans: AbstractSet[PlanKind],
    coverage: Coverage | None,
    told_by: int | None = None,
    seats: Json,
) -> Json:
    """The blocks that the totals and every organization under per-device licensing share.

    *plans* are those that gave the figures of *tally*; what one of them cannot tell is null. *coverage* is
    None where a list was not read to its end; of a sum, *told_by* says over how many organizations. *days*
    are the windows in ascending order.
    """
    by_state, by_type = tally.by_state, _by_type(tally, plans)
    is_reading = plans <= READING
    return {
        "licenses": {
            "total": tally.total,
            "byState": by_state,
            "byType": by_type,
        },
        "expiring": {
            "total": by_state[LicenseState.EXPIRING],
            "within": by_window(tally.expiring_within, days) if is_reading else None,
            **_risk(coverage, days),
        },
        "unused": _unused_block(tally.idle if is_reading else None, by_state, by_type, days),
        "coverage": None if coverage is None else coverage_block(coverage, told_by),
        "seats": seats,
        "notes": notes_block(tally.notes),
    }


def notes_block(notes: Mapping[NoteKind, int]) -> Json:
    """What was odd about the data, by kind."""
    return {kind.value: count for kind, count in sorted(notes.items()) if count}


def _by_type(tally: Tally, plans: AbstractSet[PlanKind]) -> Mapping[str, Mapping[str, int]] | None:
    """None where one of *plans* tells no types; without the states that one of them does not read."""
    if plans <= WHOLE:
        return tally.by_type
    if not plans <= READING:
        return None
    asked_for = {
        license_type: {state: count for state, count in states.items() if state in STATES_ASKED_FOR}
        for license_type, states in tally.by_type.items()
    }
    return {license_type: states for license_type, states in asked_for.items() if states}


def _risk(coverage: Coverage | None, days: Sequence[int]) -> Json:
    """Which of the expiring licenses have nothing behind them; nulls where the list is not whole."""
    if coverage is None:
        return dict.fromkeys(("coveredByQueue", "atRisk", "atRiskWithin", "atRiskByType"))
    return {
        "coveredByQueue": coverage.covered_by_queue,
        "atRisk": sum(coverage.at_risk_by_type.values()),
        "atRiskWithin": by_window(coverage.at_risk_within, days),
        "atRiskByType": by_name(coverage.at_risk_by_type),
    }


def _unused_block(
    idle: Idle | None,
    by_state: Mapping[str, int],
    by_type: Mapping[str, Mapping[str, int]] | None,
    days: Sequence[int],
) -> Json:
    unused, unused_active = by_state[LicenseState.UNUSED], by_state[LicenseState.UNUSED_ACTIVE]
    return {
        "total": unused + unused_active,
        "unused": unused,
        "unusedActive": unused_active,
        "byType": None if by_type is None else _unused_by_type(by_type),
        "activation": None if idle is None else _activation_block(idle, days),
        "burning": None if idle is None else _burning_block(idle.burning),
    }


def _unused_by_type(by_type: Mapping[str, Mapping[str, int]]) -> Json:
    wanted = (LicenseState.UNUSED, LicenseState.UNUSED_ACTIVE)
    return {
        license_type: {state.value: states.get(state, 0) for state in wanted}
        for license_type, states in by_type.items()
        if any(states.get(state) for state in wanted)
    }


def _activation_block(idle: Idle, days: Sequence[int]) -> Json:
    return {
        "soonest": to_rfc3339_or_none(idle.soonest),
        "soonestCount": idle.soonest_count,
        "within": by_window(idle.activating_within, days),
        "overdue": idle.overdue,
        "unknown": idle.unclaimed,
    }


def _burning_block(burning: Mapping[str, Burning]) -> Json:
    total = sum(burning.values(), Burning())
    return {
        **_burnt(total),
        "undated": total.undated,
        "byType": {license_type: _burnt(burning[license_type]) for license_type in sorted(burning)},
    }


def _burnt(burning: Burning) -> Json:
    return {
        "licenses": burning.licenses,
        "daysBurned": burning.days_burned,
        "daysLeft": burning.days_left,
    }


def coverage_block(coverage: Coverage, told_by: int | None) -> Json:
    """Where devices stand, and licenses that cover a network: never added to one another."""
    return {
        **({} if told_by is None else {"organizations": told_by}),
        "devices": standings(coverage.devices),
        "networkLicenses": standings(coverage.network_licenses),
    }


def standings(counts: Mapping[Standing | None, int]) -> Json:
    """Counts from the best standing to the worst, then those that nothing is known of."""
    return {one.value: counts.get(one, 0) for one in Standing} | {"unknown": counts.get(None, 0)}


def seats_block(
    tally: Tally, *, plans: AbstractSet[PlanKind], has_all_seats: bool, use: SeatUse | None, told_by: int
) -> Json:
    """Seats by state in the order of states, and their use as *told_by* organizations' overviews tell it."""
    is_whole, seats = plans <= WHOLE, tally.seats_by_state
    return {
        "licenses": tally.seat_licenses if is_whole else None,
        "total": tally.seats if has_all_seats else None,
        "byState": {state: seats[state] for state in tally.by_state if state in seats} if is_whole else None,
        "systemsManager": None if use is None else _use_block(use, told_by),
    }


def _use_block(use: SeatUse, told_by: int) -> Json:
    return {
        "organizations": told_by,
        "totalSeats": use.total,
        "activeSeats": use.active,
        "unassignedSeats": use.unassigned,
        "enrolledDevices": use.enrolled,
    }


def reclaim_block(matched: Mapping[tuple[str, LicenseState], int]) -> Json:
    """Unused licenses that fit devices at risk in the same organization, by license type and state."""
    by_type: Json = {}
    for (license_type, state), count in sorted(matched.items()):
        empty = {LicenseState.UNUSED.value: 0, LicenseState.UNUSED_ACTIVE.value: 0}
        by_type.setdefault(license_type, empty)[state.value] += count
    return {"matched": sum(matched.values()), "byType": by_type}


def own_reclaim_block(reclaim: Reclaim) -> Json:
    """The same of one organization, with what it lacks beyond that and what it could spare."""
    needs = sorted((day, kind, -days, count) for (kind, day, days), count in reclaim.needs.items())
    return {
        **reclaim_block(reclaimed(reclaim)),
        "needs": [
            {"type": kind, "date": day.isoformat(), "count": count, "leastDays": -minus_days}
            for day, kind, minus_days, count in needs
        ],
        **_surplus_blocks(reclaim.surplus),
    }


def _surplus_blocks(surplus: Mapping[Spare, int]) -> Json:
    """What is left over by type, and by type and term as far as that is known: the shortest first."""
    by_type: Counter[str] = Counter()
    by_term: dict[str, dict[int, int]] = {}
    for (license_type, term_days), count in surplus.items():
        by_type[license_type] += count
        if term_days is not None and count:
            by_term.setdefault(license_type, {})[term_days] = count
    return {
        "surplus": by_name(by_type),
        "surplusByTerm": {name: by_window(by_term[name], sorted(by_term[name])) for name in sorted(by_term)},
    }


def by_window(counts: Mapping[int, int], days: Iterable[int]) -> Json:
    """Counts by the length of the window, as text."""
    return {str(length): counts.get(length, 0) for length in days}


def by_name(counts: Mapping[str, int]) -> Json:
    """Counts in the order of their names, without zeros."""
    return {name: counts[name] for name in sorted(counts) if counts[name]}
