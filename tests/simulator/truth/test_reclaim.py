from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from auditor.simulator.truth.coverage import lay_out
from auditor.simulator.truth.license import License, read_license
from auditor.simulator.truth.reclaim import NO_TERM, Matching, hint_between, match_inside, tell_matching
from auditor.simulator.world import World, WorldSpec
from tests.simulator.truth.rows import AS_OF, a_license, burning, day, queued, unused

WORLD = World(WorldSpec(organizations=1, licenses=2000, seed=9, as_of=AS_OF, profile="uniform"))
LICENSES = [read_license(row) for row in WORLD.licenses_of(WORLD.organizations[0]["id"])]


def match(*licenses: License) -> Matching:
    """What fits what among these licenses."""
    return match_inside(licenses, lay_out(licenses).subjects, AS_OF)


def lasting(own_id: str, days: int | None) -> License:
    """An unused license that lasts so many days; None where that is not told."""
    return unused(own_id, totalDurationInDays=days, durationInDays=days)


def device(serial: str, days: float, **changes: Any) -> License:
    """The license of a device that ends so many days from now."""
    return a_license(serial, deviceSerial=serial, expirationDate=day(days), **changes)


def test_the_first_to_end_is_served_first() -> None:
    """Two unused licenses for three devices; the one that ends last needs more."""
    told = match(device("A", 60), device("B", 5), device("C", 20), unused("8"), unused("9"))

    assert told.pairs == [("MV", "unused")] * 2
    assert told.needs == [("MV", date(2026, 5, 30), 31)]
    assert told.surplus == []


def test_an_unused_license_fits_where_it_lasts_past_the_longest_window() -> None:
    """From the end of the device's license, or from now in grace, and for its whole days; else it is left."""
    day_long, month_long = lasting("7", 1), lasting("8", 30)

    assert match(device("A", 20), day_long).needs == [("MV", date(2026, 4, 20), 71)]
    assert match(device("A", 20), day_long).surplus == [("MV", 1)]
    assert match(device("A", 60), month_long).pairs == []
    assert match(device("A", 61), month_long).pairs == [("MV", "unused")]
    assert match(device("A", -1), lasting("9", 90)).needs == [("MV", date(2026, 3, 30), 91)]
    assert match(device("A", -1), lasting("9", 91)).pairs == [("MV", "unused")]
    assert match(device("A", 89), lasting("9", None)).surplus == [("MV", NO_TERM)]


def test_each_device_takes_the_shortest_that_fits() -> None:
    """Both of two are of use: the long one where the short one does not last."""
    told = match(device("A", 80), device("B", 10), lasting("7", 1095), lasting("8", 30))

    assert (told.pairs, told.needs, told.surplus) == ([("MV", "unused")] * 2, [], [])
    assert match(device("A", 80), lasting("7", 1095), lasting("8", 30)).surplus == [("MV", 1095)]


def test_a_license_that_burns_fits_a_device_in_grace_alone() -> None:
    """There it is taken before an unused one; one that does not last beyond the windows fits nothing."""
    grace, soon = device("A", -1), device("B", 5)

    assert match(grace, soon, burning("8"), unused("9")).pairs == [("MV", "unusedActive"), ("MV", "unused")]
    assert match(soon, burning("8")).needs == [("MV", date(2026, 4, 5), 86)]
    assert match(grace, burning("8", expirationDate=day(90))).needs == [("MV", date(2026, 3, 30), 91)]
    assert match(grace, unused("9")).pairs == [("MV", "unused")]


def test_only_the_same_type_fits_a_device_at_risk() -> None:
    """Not what is covered, dark or a network; not another type; and what is left over is told."""
    told = match(
        device("A", 91),
        device("B", -30),
        device("C", 5, licenseType="MT"),
        a_license("D", deviceSerial=None, networkId="N_1"),
        device("E", 5),
        queued("F", "E", 365, deviceSerial="E"),
        unused("9"),
    )

    assert (told.pairs, told.needs, told.surplus) == ([], [("MT", date(2026, 4, 5), 86)], [("MV", 365)])


def test_the_block_counts_by_type_and_state() -> None:
    """Both states of each type that fits something."""
    matching = Matching(pairs=[("MV", "unused"), ("MT", "unusedActive"), ("MV", "unused")])

    assert tell_matching(matching) == {
        "matched": 3,
        "byType": {"MT": {"unused": 0, "unusedActive": 1}, "MV": {"unused": 2, "unusedActive": 0}},
    }


def test_hints_serve_the_first_dark_day_and_spend_nothing_twice() -> None:
    """By day, organization and type; from the first organization that has any left."""
    first, second, third = date(2026, 4, 1), date(2026, 4, 2), date(2026, 4, 3)
    hints = hint_between(
        [
            ("3", Matching(needs=[("MV", second, 60), ("MV", third, 59), ("MT", first, 61)])),
            ("2", Matching(needs=[("MV", first, 61), ("MX", first, 61)], surplus=[("MT", 365)])),
            ("1", Matching(surplus=[("MV", 365), ("MV", 365)])),
            ("4", Matching(surplus=[("MV", 365)])),
        ]
    )

    assert hints == [
        {"type": "MT", "from": "2", "to": "3", "count": 1, "soonestDarkDate": "2026-04-01"},
        {"type": "MV", "from": "1", "to": "2", "count": 1, "soonestDarkDate": "2026-04-01"},
        {"type": "MV", "from": "1", "to": "3", "count": 1, "soonestDarkDate": "2026-04-02"},
        {"type": "MV", "from": "4", "to": "3", "count": 1, "soonestDarkDate": "2026-04-03"},
    ]


def test_hints_give_the_shortest_that_fits() -> None:
    """Whoever has it; on one day the device that needs the longest one is served first."""
    first, second = date(2026, 4, 1), date(2026, 6, 20)
    hints = hint_between(
        [
            ("3", Matching(needs=[("MV", first, 80), ("MV", second, 10), ("MV", second, 11)])),
            ("1", Matching(surplus=[("MV", 10), ("MV", 1095), ("MV", NO_TERM)])),
            ("2", Matching(surplus=[("MV", 365), ("MV", 9)])),
        ]
    )

    assert hints == [
        {"type": "MV", "from": "1", "to": "3", "count": 2, "soonestDarkDate": "2026-06-20"},
        {"type": "MV", "from": "2", "to": "3", "count": 1, "soonestDarkDate": "2026-04-01"},
    ]


def test_in_a_world_each_license_is_given_once_and_each_device_gets_one() -> None:
    """Pairs and needs are the devices at risk; pairs of unused ones and the surplus are what lies unused."""
    subjects = lay_out(LICENSES).subjects
    told = match_inside(LICENSES, subjects, AS_OF)
    at_risk = [one for one in subjects if one.serial and one.standing(AS_OF) in {"expiring", "inGrace"}]
    given_away = Counter(kind for kind, state in told.pairs if state == "unused")
    unused_kinds = Counter(one.kind for one in LICENSES if one.state == "unused")

    assert len(told.pairs) + len(told.needs) == len(at_risk)
    assert given_away + Counter(kind for kind, _ in told.surplus) == unused_kinds
    assert not [
        kind
        for kind, _, least in told.needs
        if any(one[0] == kind and one[1] >= least for one in told.surplus)
    ]
    assert {days for _, days in told.surplus} & {1, 30}
    assert {state for _, state in told.pairs} == {"unused", "unusedActive"}


kinds = st.sampled_from(["MV", "MT"])
needs = st.lists(
    st.tuples(kinds, st.integers(0, 60)).map(
        lambda one: (one[0], date(2026, 4, 1) + timedelta(days=one[1]), 91 - one[1])
    ),
    max_size=6,
)
terms = st.sampled_from([NO_TERM, 1, 30, 60, 90, 91, 365])
matchings = st.builds(Matching, needs=needs, surplus=st.lists(st.tuples(kinds, terms), max_size=6))


@given(st.lists(matchings, max_size=6))
def test_hints_never_give_more_than_there_is_and_leave_nothing_that_fits(found: list[Matching]) -> None:
    """As many are served as can be: those that need the longest take first, whichever of those that fit."""
    named = [(str(place), one) for place, one in enumerate(found)]
    hints = hint_between(named)

    for kind in ("MV", "MT"):
        needed = sorted(
            (least for one in found for name, _, least in one.needs if name == kind), reverse=True
        )
        spare = sorted((days for one in found for name, days in one.surplus if name == kind), reverse=True)
        served = 0
        for least in needed:
            served += any(days >= least for days in spare[served:])
        assert sum(hint["count"] for hint in hints if hint["type"] == kind) == served
    for place, one in named:
        for kind in ("MV", "MT"):
            spent = [hint["count"] for hint in hints if (hint["from"], hint["type"]) == (place, kind)]
            assert sum(spent) <= sum(name == kind for name, _ in one.surplus)
