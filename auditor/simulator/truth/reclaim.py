"""Which unused licenses fit which devices at risk: inside an organization, then between organizations."""

from __future__ import annotations

from bisect import insort
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from auditor.simulator.truth.coverage import Subject
from auditor.simulator.truth.license import License
from auditor.simulator.truth.moments import GRACE, WINDOWS_DAYS, later

Block = dict[str, Any]

NO_TERM = -1
"""The days of a license whose term nobody can read: it lasts past nothing."""


@dataclass(slots=True)
class Matching:
    """*pairs* are the types of license that fit a device, with the state of the one that it is given.

    *needs* are type and dark day of each device that got none, and how many days a license has to last that
    would help it; *surplus* the types of `unused` ones left, and how many days each lasts.
    """

    pairs: list[tuple[str, str]] = field(default_factory=list)
    needs: list[tuple[str, date, int]] = field(default_factory=list)
    surplus: list[tuple[str, int]] = field(default_factory=list)


def match_inside(licenses: Sequence[License], subjects: Iterable[Subject], as_of: datetime) -> Matching:
    """Give the devices of one organization, the first to end first, what lies unused there."""
    waiting = sorted(
        (one.end, one.serial, one.kind)
        for one in subjects
        if one.serial is not None and one.end is not None and one.standing(as_of) in {"expiring", "inGrace"}
    )
    unused: dict[str, list[int]] = {}
    for one in licenses:
        if one.state == "unused":
            insort(unused.setdefault(one.kind, []), NO_TERM if one.term is None else one.term.days)
    # One that burns already helps for as long as it still lasts: past the longest window, or not at all.
    last_day = as_of + timedelta(days=max(WINDOWS_DAYS))
    burning = [
        one.kind for one in licenses if one.state == "unusedActive" and one.ends and one.ends > last_day
    ]
    matching = Matching()
    for end, _, kind in waiting:
        # And it can only go to a device that has no license any more.
        if end <= as_of and kind in burning:
            burning.remove(kind)
            matching.pairs.append((kind, "unusedActive"))
            continue
        # One that waits begins when the license before it ends, or at once: it has to outlast the window.
        begins = max(end, as_of)
        left = unused.get(kind, [])
        shortest = next((days for days in left if begins + timedelta(days=days) > last_day), None)
        if shortest is not None:
            left.remove(shortest)
            matching.pairs.append((kind, "unused"))
        else:
            lasting = next(days for days in count() if begins + timedelta(days=days) > last_day)
            matching.needs.append((kind, later(end, GRACE).date(), lasting))
    matching.surplus += [(kind, days) for kind, left in unused.items() for days in left]
    return matching


def tell_matching(matching: Matching) -> Block:
    """The block of the report about one organization."""
    kinds = sorted({kind for kind, _ in matching.pairs})
    return {
        "matched": len(matching.pairs),
        "byType": {
            kind: {state: matching.pairs.count((kind, state)) for state in ("unused", "unusedActive")}
            for kind in kinds
        },
    }


def hint_between(matchings: Iterable[tuple[str, Matching]]) -> list[Block]:
    """Give what devices still need out of what other organizations have left, each license once."""
    ordered = list(matchings)
    # What there is, the shortest first; of what lasts as long, that of the first name.
    shelf = Counter((days, name, kind) for name, one in ordered for kind, days in one.surplus)
    left = sorted(shelf)
    moves: dict[tuple[str, str, str], list[date]] = {}
    for day, minus_least, to, kind in sorted(
        (day, -least, name, kind) for name, one in ordered for kind, day, least in one.needs
    ):
        taken = next((one for one in left if one[2] == kind and one[0] + minus_least >= 0), None)
        if taken is not None:
            shelf[taken] -= 1
            if not shelf[taken]:
                left.remove(taken)
            moves.setdefault((kind, taken[1], to), []).append(day)
    return [
        {"type": kind, "from": giver, "to": to, "count": len(days), "soonestDarkDate": min(days).isoformat()}
        for (kind, giver, to), days in sorted(moves.items())
    ]
