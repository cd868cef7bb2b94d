from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from auditor.simulator.truth.coverage import lay_out
from auditor.simulator.truth.license import License, read_license
from auditor.simulator.truth.reclaim import Matching, hint_between, match_inside, tell_matching
from auditor.simulator.world import World, WorldSpec
from tests.simulator.truth.rows import AS_OF, a_license, burning, day, queued, unused

WORLD = World(WorldSpec(organizations=1, licenses=2000, seed=9, as_of=AS_OF, profile="uniform"))
LICENSES = [read_license(row) for row in WORLD.licenses_of(WORLD.organizations[0]["id"])]


def match(*licenses: License) -> Matching:
    """What fits what among these licenses."""
    return match_inside(licenses, lay_out(licenses).subjects, AS_OF)


def device(serial: str, days: float, **changes: Any) -> License:
    """The license of a device that ends so many days from now."""
    return a_license(serial, deviceSerial=serial, expirationDate=day(days), **changes)


def test_the_first_to_end_is_served_first() -> None:
    """Two unused licenses for three devices; the one that ends last needs more."""
    told = match(device("A", 60), device("B", 5), device("C", 20), unused("8"), unused("9"))

    assert told.pairs == [("MV", "unused")] * 2
    assert told.needs == [("MV", date(2026, 5, 30))]
    assert told.surplus == []


def test_a_license_that_burns_fits_a_device_in_grace_alone() -> None:
    """There it is taken before an unused one; one that does not last beyond the windows fits nothing."""
    grace, soon = device("A", -1), device("B", 5)

    assert match(grace, soon, burning("8"), unused("9")).pairs == [("MV", "unusedActive"), ("MV", "unused")]
    assert match(soon, burning("8")).needs == [("MV", date(2026, 4, 5))]
    assert match(grace, burning("8", expirationDate=day(90))).needs == [("MV", date(2026, 3, 30))]
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

    assert (told.pairs, told.needs, told.surplus) == ([], [("MT", date(2026, 4, 5))], ["MV"])


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
            ("3", Matching(needs=[("MV", second), ("MV", third), ("MT", first)])),
            ("2", Matching(needs=[("MV", first), ("MX", first)], surplus=["MT"])),
            ("1", Matching(surplus=["MV", "MV"])),
            ("4", Matching(surplus=["MV"])),
        ]
    )

    assert hints == [
        {"type": "MT", "from": "2", "to": "3", "count": 1, "soonestDarkDate": "2026-04-01"},
        {"type": "MV", "from": "1", "to": "2", "count": 1, "soonestDarkDate": "2026-04-01"},
        {"type": "MV", "from": "1", "to": "3", "count": 1, "soonestDarkDate": "2026-04-02"},
        {"type": "MV", "from": "4", "to": "3", "count": 1, "soonestDarkDate": "2026-04-03"},
    ]


def test_in_a_world_each_license_is_given_once_and_each_device_gets_one() -> None:
    """Pairs and needs are the devices at risk; pairs of unused ones and the surplus are what lies unused."""
    subjects = lay_out(LICENSES).subjects
    told = match_inside(LICENSES, subjects, AS_OF)
    at_risk = [one for one in subjects if one.serial and one.standing(AS_OF) in {"expiring", "inGrace"}]
    given_away = Counter(kind for kind, state in told.pairs if state == "unused")
    unused_kinds = Counter(one.kind for one in LICENSES if one.state == "unused")

    assert len(told.pairs) + len(told.needs) == len(at_risk)
    assert given_away + Counter(told.surplus) == unused_kinds
    assert not {kind for kind, _ in told.needs} & set(told.surplus)
    assert {state for _, state in told.pairs} == {"unused", "unusedActive"}


needs = st.lists(
    st.tuples(st.sampled_from(["MV", "MT"]), st.dates(date(2026, 3, 1), date(2026, 6, 30))), max_size=6
)
matchings = st.builds(Matching, needs=needs, surplus=st.lists(st.sampled_from(["MV", "MT"]), max_size=6))


@given(st.lists(matchings, max_size=6))
def test_hints_never_give_more_than_there_is_and_leave_nothing_that_fits(found: list[Matching]) -> None:
    """What is given is the smaller of what is needed and what is left over, type by type."""
    named = [(str(place), one) for place, one in enumerate(found)]
    hints = hint_between(named)

    for kind in ("MV", "MT"):
        needed = sum(name == kind for one in found for name, _ in one.needs)
        spare = sum(one.surplus.count(kind) for one in found)
        assert sum(hint["count"] for hint in hints if hint["type"] == kind) == min(needed, spare)
    for place, one in named:
        for kind in ("MV", "MT"):
            spent = [hint["count"] for hint in hints if (hint["from"], hint["type"]) == (place, kind)]
            assert sum(spent) <= one.surplus.count(kind)
