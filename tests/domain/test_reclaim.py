from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.domain.license import License
from auditor.domain.outlook import Need, Reclaim, Spare
from auditor.domain.reclaim import DeviceAtRisk, Hint, hints, least_days, match
from auditor.domain.reducer import LicenseFold
from tests.domain.builders import AS_OF, WINDOWS, PageOf, a_license

TYPES = ("MR-ENT", "MX64-ENT")
YEAR = Spare("MX64-ENT", 365)


def after(days: float) -> datetime:
    return AS_OF + timedelta(days=days)


def test_the_least_days_are_the_fewest_that_reach_beyond_the_windows() -> None:
    """Counted from the end of the coverage, or from now."""
    told = {days: least_days(after(days), WINDOWS) for days in (-20, 0, 0.5, 10, 89.5, 90)}

    assert told == {-20: 91, 0: 91, 0.5: 90, 10: 81, 89.5: 1, 90: 1}


def a_device(days: float, serial: str = "A", license_type: str = "MX64-ENT") -> DeviceAtRisk:
    return DeviceAtRisk(after(days), serial, license_type)


def dark_day(days: float) -> date:
    return after(days + 30).date()


def matched(
    *devices: DeviceAtRisk, unused: dict[Spare, int] | None = None, burning: dict[str, int] | None = None
) -> Reclaim:
    return match(devices, windows=WINDOWS, unused=unused or {}, unused_active=burning or {})


def unused_of(*days: int) -> dict[Spare, int]:
    """One unused license of each of these terms."""
    return {Spare("MX64-ENT", each): 1 for each in days}


def reclaim_of(*rows: License) -> Reclaim | None:
    fold = LicenseFold(WINDOWS)
    fold.fold(PageOf(rows))
    return fold.close()[1].reclaim


class TestMatching:
    def test_a_device_in_grace_takes_what_burns_before_what_waits(self) -> None:
        """D10: what burns would be lost, what waits keeps."""
        found = matched(a_device(-1), unused={YEAR: 1}, burning={"MX64-ENT": 1})

        assert found == Reclaim({"MX64-ENT": (0, 1)}, {}, {YEAR: 1})

    def test_a_device_that_is_covered_cannot_take_what_burns(self) -> None:
        """D10: such a license goes to a device without one."""
        found = matched(a_device(5), burning={"MX64-ENT": 1})

        assert found == Reclaim({}, {Need("MX64-ENT", dark_day(5), 86): 1}, {})

    @pytest.mark.parametrize(("days", "burning_fits"), [(0, 1), (1e-5, 0)])
    def test_a_device_is_without_license_from_the_instant_of_its_end(
        self, days: float, burning_fits: int
    ) -> None:
        """D10: grace begins then."""
        found = matched(a_device(days), unused={YEAR: 1}, burning={"MX64-ENT": 1})

        assert found.matched == {"MX64-ENT": (1 - burning_fits, burning_fits)}

    def test_a_license_of_another_type_does_not_fit(self) -> None:
        """D10: types are compared as they are."""
        assert matched(a_device(5), unused={Spare("MR-ENT", 365): 3}).matched == {}

    def test_the_first_to_end_is_served_first(self) -> None:
        """D10: by end, and by serial where two end together."""
        found = matched(a_device(9, "A"), a_device(3, "B"), a_device(5, "C"), unused={YEAR: 2})

        assert found.needs == {Need("MX64-ENT", dark_day(9), 82): 1}

    def test_only_devices_are_served_and_only_what_has_not_ended_serves(self) -> None:
        """D10: network licenses are no devices, dark devices are left out, ended licenses are none."""
        same = {"device_serial": None, "license_type": "MX64-ENT"}
        rows = [
            a_license(id="1", device_serial=None, network_id="N_1", expires_at=after(5)),
            a_license(id="2", device_serial="A", expires_at=after(-31)),
            a_license(id="3", device_serial="B", expires_at=after(-1)),
            a_license(id="4", state="unusedActive", expires_at=after(0), **same),
            a_license(id="5", state="unusedActive", expires_at=None, **same),
            a_license(id="6", state="unused", expires_at=None, term=timedelta(365), **same),
            a_license(id="7", state="unused", expires_at=None, term=timedelta(365), **same),
        ]

        assert reclaim_of(*rows) == Reclaim({"MX64-ENT": (1, 0)}, {}, {YEAR: 1})

    @pytest.mark.parametrize(("days", "fits"), [(1, 0), (90, 0), (90.0001, 1)])
    def test_what_burns_saves_a_device_only_beyond_the_longest_window(self, days: float, fits: int) -> None:
        """D10: with less the device goes dark all the same."""
        rows = [
            a_license(id="1", state="expired", expires_at=after(-1)),
            a_license(id="2", state="unusedActive", device_serial=None, expires_at=after(days)),
        ]
        needs = {} if fits else {Need("MX64-ENT", dark_day(-1), 91): 1}

        assert reclaim_of(*rows) == Reclaim({"MX64-ENT": (0, 1)} if fits else {}, needs, {})

    def test_a_device_with_a_queue_that_lasts_needs_nothing(self) -> None:
        """D10: it is the effective end that counts."""
        rows = [
            a_license(id="1", expires_at=after(5)),
            a_license(id="2", state="recentlyQueued", expires_at=None, term=timedelta(days=365)),
            a_license(id="3", state="unused", device_serial=None, term=timedelta(365)),
        ]

        assert reclaim_of(*rows) == Reclaim({}, {}, {YEAR: 1})

    @pytest.mark.parametrize(("days", "term", "fits"), [(20, 70, 0), (20, 71, 1), (-1, 90, 0), (-1, 91, 1)])
    def test_an_unused_license_fits_where_it_lasts_beyond_the_longest_window(
        self, days: float, term: int, fits: int
    ) -> None:
        """From the end of the coverage, or from now; to the last instant of the window is not beyond it."""
        found = matched(a_device(days), unused=unused_of(term))

        assert found.matched == ({"MX64-ENT": (1, 0)} if fits else {})
        assert found.needs == ({} if fits else {Need("MX64-ENT", dark_day(days), term + 1): 1})
        assert found.surplus == ({} if fits else {Spare("MX64-ENT", term): 1})

    @pytest.mark.parametrize("term", [None, timedelta(1), timedelta(70, hours=23)])
    def test_a_license_of_a_day_or_of_an_unknown_term_saves_no_device(self, term: timedelta | None) -> None:
        """Terms count in whole days; one that cannot be read fits nothing. What fits nothing is left over."""
        rows = [
            a_license(id="1", state="expiring", expires_at=after(20)),
            a_license(id="2", state="unused", device_serial=None, expires_at=None, term=term),
        ]
        left = Spare("MX64-ENT", None if term is None else term.days)

        assert reclaim_of(*rows) == Reclaim({}, {Need("MX64-ENT", dark_day(20), 71): 1}, {left: 1})

    def test_each_takes_the_shortest_that_fits(self) -> None:
        """So that both of two are of use: the long one where the short one does not last."""
        both = matched(a_device(80, "A"), a_device(10, "B"), unused=unused_of(30, 1095))

        assert both == Reclaim({"MX64-ENT": (2, 0)}, {}, {})
        assert matched(a_device(80), unused=unused_of(30, 1095)).surplus == unused_of(1095)
        assert matched(a_device(10), unused=unused_of(30, 1095)).surplus == unused_of(30)


devices_at_risk = st.lists(
    st.builds(
        a_device,
        st.sampled_from([-29.0, -1.0, 0.0, 1.0, 45.0, 90.0]),
        st.integers(0, 30).map(str),
        st.sampled_from(TYPES),
    ),
    max_size=10,
    unique_by=lambda device: device.serial,
)
types = st.sampled_from([*TYPES, "SME"])
supplies = st.dictionaries(types, st.integers(0, 4))
terms = st.sampled_from([None, 0, 1, 45, 46, 90, 91, 365])
stocks = st.dictionaries(st.builds(Spare, types, terms), st.integers(0, 3), max_size=8)


def best(devices: list[DeviceAtRisk], days: list[int], burning: int) -> tuple[int, int]:
    """Of all ways to give the licenses of one type: the most devices served, then the fewest days given."""
    if not devices:
        return 0, 0
    (end, _, _), *others = devices
    ways = [best(others, days, burning)]
    if end <= AS_OF and burning:
        served, spent = best(others, days, burning - 1)
        ways.append((served + 1, spent))
    for each in {each for each in days if max(end, AS_OF) + timedelta(each) > WINDOWS.horizon}:
        left = list(days)
        left.remove(each)
        served, spent = best(others, left, burning)
        ways.append((served + 1, spent - each))
    return max(ways)


class TestMatchingLaws:
    @settings(deadline=None)
    @given(
        st.lists(st.sampled_from([-29.0, -1.0, 0.0, 1.0, 44.5, 45.0, 89.5, 90.0]), max_size=4),
        st.lists(st.sampled_from([0, 1, 2, 45, 46, 90, 91, 365]), max_size=4),
        st.integers(0, 2),
    )
    def test_no_other_way_serves_more_devices_or_gives_fewer_days(
        self, ends: list[float], days: list[int], burning: int
    ) -> None:
        """Against all ways there are; what burns goes to a device without a license, and costs no days."""
        devices = [a_device(end, str(number)) for number, end in enumerate(ends)]
        unused = Counter(Spare("MX64-ENT", each) for each in days)
        found = matched(*devices, unused=dict(unused), burning={"MX64-ENT": burning})
        left = sum((term_days or 0) * count for (_, term_days), count in found.surplus.items())

        served = sum(found.matched.get("MX64-ENT", (0, 0)))
        assert (served, left - sum(days)) == best(devices, days, burning)

    @settings(deadline=None)
    @given(devices_at_risk, stocks, supplies)
    def test_nothing_is_spent_twice_and_nobody_is_forgotten(
        self, devices: list[DeviceAtRisk], unused: dict[Spare, int], burning: dict[str, int]
    ) -> None:
        """Matched and needs are the devices; matched and surplus the unused; no need fits what is left."""
        found = matched(*devices, unused=unused, burning=burning)
        served, lacking = found.matched, Counter[str]()
        for (license_type, _, least), count in found.needs.items():
            lacking[license_type] += count
            assert not [one for one in found.surplus if one[0] == license_type and (one[1] or 0) >= least]

        for license_type, wanted in Counter(device.license_type for device in devices).items():
            assert sum(served.get(license_type, (0, 0))) + lacking[license_type] == wanted
        for license_type in {spare.license_type for spare in unused}:
            before, after_it = (
                sum(count for spare, count in stock.items() if spare.license_type == license_type)
                for stock in (unused, found.surplus)
            )
            assert served.get(license_type, (0, 0))[0] + after_it == before
        assert all(0 < count <= unused[spare] for spare, count in found.surplus.items())
        for license_type, (_, count) in served.items():
            in_grace = [one for one in devices if one.license_type == license_type and one.end <= AS_OF]
            assert count <= min(burning.get(license_type, 0), len(in_grace))

    @settings(deadline=None)
    @given(devices_at_risk, stocks, supplies, st.randoms())
    def test_the_order_of_devices_is_of_no_consequence(
        self, devices: list[DeviceAtRisk], unused: dict[Spare, int], burning: dict[str, int], random: Random
    ) -> None:
        """A list that comes in another order finds the same."""
        shuffled = list(devices)
        random.shuffle(shuffled)

        again = matched(*shuffled, unused=unused, burning=burning)
        assert matched(*devices, unused=unused, burning=burning) == again


DAY_1, DAY_2 = date(2026, 3, 5), date(2026, 3, 9)


class TestHints:
    def test_the_soonest_to_go_dark_takes_from_the_first_organization(self) -> None:
        """Across organizations: by dark day, taken in the order of ids, and never twice."""
        reclaims = [
            ("30", Reclaim(needs={Need("MR-ENT", DAY_2, 5): 2})),
            ("10", Reclaim(surplus={Spare("MR-ENT", 365): 1})),
            ("40", Reclaim(needs={Need("MR-ENT", DAY_1, 9): 2, Need("SME", DAY_1, 9): 1})),
            ("20", Reclaim(surplus={Spare("MR-ENT", 365): 2, Spare("MX64-ENT", 365): 9})),
        ]

        assert hints(reclaims) == [
            Hint("MR-ENT", "10", "40", 1, DAY_1),
            Hint("MR-ENT", "20", "40", 1, DAY_1),
            Hint("MR-ENT", "20", "30", 1, DAY_2),
        ]

    def test_needs_of_two_days_make_one_hint_with_the_sooner_day(self) -> None:
        """One line for each pair of organizations and type."""
        reclaims = [
            ("1", Reclaim(surplus={Spare("MR-ENT", 365): 5})),
            ("2", Reclaim(needs={Need("MR-ENT", DAY_2, 5): 2, Need("MR-ENT", DAY_1, 9): 1})),
        ]

        assert hints(reclaims) == [Hint("MR-ENT", "1", "2", 3, DAY_1)]

    def test_the_shortest_that_fits_goes_whoever_has_it(self) -> None:
        """Of one term the first organization's; what is too short for all of them, or unknown, stays."""
        reclaims = [
            ("3", Reclaim(needs={Need("MR-ENT", DAY_1, 80): 1, Need("MR-ENT", DAY_2, 10): 3})),
            (
                "1",
                Reclaim(surplus={Spare("MR-ENT", 1095): 1, Spare("MR-ENT", 9): 9, Spare("MR-ENT", None): 9}),
            ),
            ("2", Reclaim(surplus={Spare("MR-ENT", 365): 1, Spare("MR-ENT", 10): 1})),
        ]

        assert hints(reclaims) == [
            Hint("MR-ENT", "2", "3", 2, DAY_1),
            Hint("MR-ENT", "1", "3", 1, DAY_2),
        ]

    def test_on_one_day_what_needs_the_longest_is_served_first(self) -> None:
        """It ends first of those that go dark on the day."""
        reclaims = [
            ("1", Reclaim(needs={Need("MR-ENT", DAY_1, 30): 1})),
            ("2", Reclaim(needs={Need("MR-ENT", DAY_1, 31): 1})),
            ("3", Reclaim(surplus={Spare("MR-ENT", 365): 1})),
        ]

        assert hints(reclaims) == [Hint("MR-ENT", "3", "2", 1, DAY_1)]

    def test_nothing_to_spare_is_no_hint(self) -> None:
        """And nothing needed neither."""
        assert hints([("1", Reclaim(needs={Need("MR-ENT", DAY_1, 9): 1})), ("2", Reclaim())]) == []


fleets = st.lists(
    st.builds(lambda devices, unused: matched(*devices, unused=unused), devices_at_risk, stocks),
    max_size=5,
).map(lambda reclaims: [(str(number), one) for number, one in enumerate(reclaims)])


def as_many_as_can_move(fleet: Sequence[tuple[str, Reclaim]], wanted: str) -> int:
    """Of one type: those that need most take first, whichever of what fits them."""
    needs, spare = Counter[int](), Counter[int]()
    for _, one in fleet:
        for (name, _, least), count in one.needs.items():
            needs[least] += count if name == wanted else 0
        for (name, term_days), count in one.surplus.items():
            spare[term_days or 0] += count if name == wanted else 0
    lasting, moved = sorted(spare.elements(), reverse=True), 0
    for least in sorted(needs.elements(), reverse=True):
        moved += any(days >= least for days in lasting[moved:])
    return moved


class TestHintLaws:
    @settings(deadline=None)
    @given(fleets)
    def test_no_license_is_given_twice_and_no_need_is_met_twice(
        self, fleet: Sequence[tuple[str, Reclaim]]
    ) -> None:
        """What is given was to spare, what is taken was needed, and as much moves as can."""
        given_by, taken_by = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
        spare, lacking = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
        for name, one in fleet:
            for (license_type, _), count in one.surplus.items():
                spare[name, license_type] += count
            for (license_type, _, _), count in one.needs.items():
                lacking[name, license_type] += count
        for hint in hints(fleet):
            assert hint.count > 0
            given_by[hint.from_organization, hint.license_type] += hint.count
            taken_by[hint.to_organization, hint.license_type] += hint.count

        assert given_by <= spare
        assert taken_by <= lacking
        for license_type in {name for _, name in [*spare, *lacking]}:
            moved = sum(count for (_, name), count in given_by.items() if name == license_type)
            assert moved == as_many_as_can_move(fleet, license_type)

    @settings(deadline=None)
    @given(fleets, st.randoms())
    def test_the_order_of_organizations_is_of_no_consequence(
        self, fleet: list[tuple[str, Reclaim]], random: Random
    ) -> None:
        """However results come in; and the hints are in the order of the report."""
        shuffled = list(fleet)
        random.shuffle(shuffled)
        found = hints(fleet)

        assert hints(shuffled) == found
        keys = [(one.soonest_dark_day, one.license_type, one.to_organization) for one in found]
        assert keys == sorted(keys)
