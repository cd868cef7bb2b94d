"""Counts of licenses one by one: states, types, windows, seats, and what lies idle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from auditor.simulator.truth.license import UNASSIGNED, License
from auditor.simulator.truth.moments import WINDOWS_DAYS, count_within, is_within, write_moment

Block = dict[str, Any]

CLAIM_WINDOW = timedelta(days=90)
DAY = timedelta(days=1)


def count_licenses(licenses: Sequence[License], as_of: datetime) -> Block:
    """Count *licenses* at *as_of*: states as the rows tell them, windows by the dates, each on its own."""
    by_state = Counter(one.state for one in licenses)
    seated = [one for one in licenses if one.seats is not None]
    seats: Counter[str] = Counter()
    for one in seated:
        seats[one.state] += one.seats or 0
    return {
        "licenses": {
            "total": len(licenses),
            "byState": dict(by_state),
            "byType": _by_type(licenses),
        },
        "expiring": {
            "total": by_state["expiring"],
            "within": {
                str(days): sum(ends_within(one, as_of, days) for one in licenses) for days in WINDOWS_DAYS
            },
        },
        "unused": {
            "total": by_state["unused"] + by_state["unusedActive"],
            "unused": by_state["unused"],
            "unusedActive": by_state["unusedActive"],
            "byType": _by_type([one for one in licenses if one.state in UNASSIGNED]),
            "activation": count_activation((one for one in licenses if one.state == "unused"), as_of),
            "burning": count_burning([one for one in licenses if one.state == "unusedActive"], as_of),
        },
        "seats": {"licenses": len(seated), "total": seats.total(), "byState": dict(seats)},
    }


def ends_within(one: License, as_of: datetime, days: int) -> bool:
    """Whether the license is assigned, burns, and ends in (*as_of*, *as_of* + *days*]."""
    return one.is_burning(as_of) and is_within(one.ends, as_of, days)


def count_activation(unused: Iterable[License], as_of: datetime) -> Block:
    """When the *unused* licenses begin to burn: 90 days after they were claimed."""
    listed = list(unused)
    starts = [one.claimed + CLAIM_WINDOW for one in listed if one.claimed is not None]
    ahead = sorted(start for start in starts if start > as_of)
    return {
        "soonest": write_moment(ahead[0]) if ahead else None,
        "soonestCount": sum(start.date() == ahead[0].date() for start in ahead),
        "within": count_within(starts, as_of),
        "overdue": len(starts) - len(ahead),
        "unknown": len(listed) - len(starts),
    }


def count_burning(burning: Sequence[License], as_of: datetime) -> Block:
    """What licenses that nobody uses have burned so far, and what they have left, in whole days."""
    kinds = sorted({one.kind for one in burning})
    return {
        **_burnt(burning, as_of),
        "undated": sum(one.starts is None or one.ends is None for one in burning),
        "byType": {kind: _burnt([one for one in burning if one.kind == kind], as_of) for kind in kinds},
    }


def _burnt(burning: Sequence[License], as_of: datetime) -> Block:
    dated = [(one.starts, one.ends) for one in burning if one.starts is not None and one.ends is not None]
    return {
        "licenses": len(burning),
        "daysBurned": sum(max(0, (as_of - start) // DAY) for start, _ in dated),
        "daysLeft": sum(max(0, (end - as_of) // DAY) for _, end in dated),
    }


def _by_type(licenses: Iterable[License]) -> Block:
    by_type: dict[str, Counter[str]] = {}
    for one in licenses:
        by_type.setdefault(one.kind, Counter())[one.state] += 1
    return {kind: dict(states) for kind, states in by_type.items()}
