"""Which unused licenses fit which devices at risk: inside an organization, then between organizations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from auditor.simulator.truth.coverage import Subject
from auditor.simulator.truth.license import License
from auditor.simulator.truth.moments import GRACE, WINDOWS_DAYS, later

Block = dict[str, Any]


@dataclass(slots=True)
class Matching:
    """*pairs* are the types of license that fit a device, with the state of the one that it is given.

    *needs* are type and dark day of each device that got none; *surplus* the types of `unused` ones left.
    """

    pairs: list[tuple[str, str]] = field(default_factory=list)
    needs: list[tuple[str, date]] = field(default_factory=list)
    surplus: list[str] = field(default_factory=list)


def match_inside(licenses: Sequence[License], subjects: Iterable[Subject], as_of: datetime) -> Matching:
    """Give the devices of one organization, the first to end first, what lies unused there."""
    waiting = sorted(
        (one.end, one.serial, one.kind)
        for one in subjects
        if one.serial is not None and one.end is not None and one.standing(as_of) in {"expiring", "inGrace"}
    )
    unused = [one.kind for one in licenses if one.state == "unused"]
    # One that burns already helps for as long as it still lasts: past the longest window, or not at all.
    last_day = as_of + timedelta(days=max(WINDOWS_DAYS))
    burning = [
        one.kind for one in licenses if one.state == "unusedActive" and one.ends and one.ends > last_day
    ]
    matching = Matching(surplus=unused)
    for end, _, kind in waiting:
        # And it can only go to a device that has no license any more.
        if end <= as_of and kind in burning:
            burning.remove(kind)
            matching.pairs.append((kind, "unusedActive"))
        elif kind in unused:
            unused.remove(kind)
            matching.pairs.append((kind, "unused"))
        else:
            matching.needs.append((kind, later(end, GRACE).date()))
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
    ordered = sorted(matchings, key=lambda one: one[0])
    shelves = {(name, kind): count for name, one in ordered for kind, count in Counter(one.surplus).items()}
    names = [name for name, _ in ordered]
    moves: dict[tuple[str, str, str], list[date]] = {}
    for day, to, kind in sorted((day, name, kind) for name, one in ordered for kind, day in one.needs):
        giver = next((name for name in names if shelves.get((name, kind), 0) > 0), None)
        if giver is not None:
            shelves[giver, kind] -= 1
            moves.setdefault((kind, giver, to), []).append(day)
    return [
        {"type": kind, "from": giver, "to": to, "count": len(days), "soonestDarkDate": min(days).isoformat()}
        for (kind, giver, to), days in sorted(moves.items())
    ]
