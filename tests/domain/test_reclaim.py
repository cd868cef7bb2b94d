from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.domain.license import License
from auditor.domain.outlook import Reclaim
from auditor.domain.reclaim import DeviceAtRisk, Hint, hints, match
from auditor.domain.reducer import LicenseFold
from tests.domain.builders import AS_OF, WINDOWS, PageOf, a_license

TYPES = ("MR-ENT", "MX64-ENT")


def after(days: float) -> datetime:
    return AS_OF + timedelta(days=days)


def a_device(days: float, serial: str = "A", license_type: str = "MX64-ENT") -> DeviceAtRisk:
    return DeviceAtRisk(after(days), serial, license_type)


def dark_day(days: float) -> date:
    return after(days + 30).date()


def matched(
    *devices: DeviceAtRisk, unused: dict[str, int] | None = None, burning: dict[str, int] | None = None
) -> Reclaim:
    return match(devices, as_of=AS_OF, unused=unused or {}, unused_active=burning or {})


def reclaim_of(*rows: License) -> Reclaim | None:
    fold = LicenseFold(WINDOWS)
    fold.fold(PageOf(rows))
    return fold.close()[1].reclaim


class TestMatching:
    def test_a_device_in_grace_takes_what_burns_before_what_waits(self) -> None:
        """D10: what burns would be lost, what waits keeps."""
        found = matched(a_device(-1), unused={"MX64-ENT": 1}, burning={"MX64-ENT": 1})

        assert found == Reclaim({"MX64-ENT": (0, 1)}, {}, {"MX64-ENT": 1})

    def test_a_device_that_is_covered_cannot_take_what_burns(self) -> None:
        """D10: such a license goes to a device without one."""
        found = matched(a_device(5), burning={"MX64-ENT": 1})

        assert found == Reclaim({}, {("MX64-ENT", dark_day(5)): 1}, {})

    @pytest.mark.parametrize(("days", "burning_fits"), [(0, 1), (1e-5, 0)])
    def test_a_device_is_without_license_from_the_instant_of_its_end(
        self, days: float, burning_fits: int
    ) -> None:
        """D10: grace begins then."""
        found = matched(a_device(days), unused={"MX64-ENT": 1}, burning={"MX64-ENT": 1})

        assert found.matched == {"MX64-ENT": (1 - burning_fits, burning_fits)}

    def test_a_license_of_another_type_does_not_fit(self) -> None:
        """D10: types are compared as they are."""
        assert matched(a_device(5), unused={"MR-ENT": 3}).matched == {}

    def test_the_first_to_end_is_served_first(self) -> None:
        """D10: by end, and by serial where two end together."""
        found = matched(a_device(9, "A"), a_device(3, "B"), a_device(5, "C"), unused={"MX64-ENT": 2})

        assert found.needs == {("MX64-ENT", dark_day(9)): 1}

    def test_only_devices_are_served_and_only_what_has_not_ended_serves(self) -> None:
        """D10: network licenses are no devices, dark devices are left out, ended licenses are none."""
        same = {"device_serial": None, "license_type": "MX64-ENT"}
        rows = [
            a_license(id="1", device_serial=None, network_id="N_1", expires_at=after(5)),
            a_license(id="2", device_serial="A", expires_at=after(-31)),
            a_license(id="3", device_serial="B", expires_at=after(-1)),
            a_license(id="4", state="unusedActive", expires_at=after(0), **same),
            a_license(id="5", state="unusedActive", expires_at=None, **same),
            a_license(id="6", state="unused", expires_at=None, activates_at=None, **same),
            a_license(id="7", state="unused", expires_at=None, activates_at=None, **same),
        ]

        assert reclaim_of(*rows) == Reclaim({"MX64-ENT": (1, 0)}, {}, {"MX64-ENT": 1})

    @pytest.mark.parametrize(("days", "fits"), [(1, 0), (90, 0), (90.0001, 1)])
    def test_what_burns_saves_a_device_only_beyond_the_longest_window(self, days: float, fits: int) -> None:
        """D10: with less the device goes dark all the same."""
        rows = [
            a_license(id="1", state="expired", expires_at=after(-1)),
            a_license(id="2", state="unusedActive", device_serial=None, expires_at=after(days)),
        ]
        needs = {} if fits else {("MX64-ENT", dark_day(-1)): 1}

        assert reclaim_of(*rows) == Reclaim({"MX64-ENT": (0, 1)} if fits else {}, needs, {})

    def test_a_device_with_a_queue_that_lasts_needs_nothing(self) -> None:
        """D10: it is the effective end that counts."""
        rows = [
            a_license(id="1", expires_at=after(5)),
            a_license(id="2", state="recentlyQueued", expires_at=None, term=timedelta(days=365)),
            a_license(id="3", state="unused", device_serial=None, expires_at=None),
        ]

        assert reclaim_of(*rows) == Reclaim({}, {}, {"MX64-ENT": 1})


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
supplies = st.dictionaries(st.sampled_from([*TYPES, "SME"]), st.integers(0, 4))


class TestMatchingLaws:
    @settings(deadline=None)
    @given(devices_at_risk, supplies, supplies)
    def test_nothing_is_spent_twice_and_nobody_is_forgotten(
        self, devices: list[DeviceAtRisk], unused: dict[str, int], burning: dict[str, int]
    ) -> None:
        """Matched and needs are the devices; matched and surplus the unused; a need means an empty shelf."""
        found = matched(*devices, unused=unused, burning=burning)
        served, lacking = found.matched, Counter[str]()
        for (license_type, _), count in found.needs.items():
            lacking[license_type] += count

        for license_type, wanted in Counter(device.license_type for device in devices).items():
            assert sum(served.get(license_type, (0, 0))) + lacking[license_type] == wanted
        for license_type, count in unused.items():
            assert served.get(license_type, (0, 0))[0] + found.surplus.get(license_type, 0) == count
        for license_type, (_, count) in served.items():
            in_grace = [one for one in devices if one.license_type == license_type and one.end <= AS_OF]
            assert count <= min(burning.get(license_type, 0), len(in_grace))
        assert not lacking.keys() & found.surplus.keys()

    @settings(deadline=None)
    @given(devices_at_risk, supplies, supplies, st.randoms())
    def test_the_order_of_devices_is_of_no_consequence(
        self, devices: list[DeviceAtRisk], unused: dict[str, int], burning: dict[str, int], random: Random
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
            ("30", Reclaim(needs={("MR-ENT", DAY_2): 2})),
            ("10", Reclaim(surplus={"MR-ENT": 1})),
            ("40", Reclaim(needs={("MR-ENT", DAY_1): 2, ("SME", DAY_1): 1})),
            ("20", Reclaim(surplus={"MR-ENT": 2, "MX64-ENT": 9})),
        ]

        assert hints(reclaims) == [
            Hint("MR-ENT", "10", "40", 1, DAY_1),
            Hint("MR-ENT", "20", "40", 1, DAY_1),
            Hint("MR-ENT", "20", "30", 1, DAY_2),
        ]

    def test_needs_of_two_days_make_one_hint_with_the_sooner_day(self) -> None:
        """One line for each pair of organizations and type."""
        reclaims = [
            ("1", Reclaim(surplus={"MR-ENT": 5})),
            ("2", Reclaim(needs={("MR-ENT", DAY_2): 2, ("MR-ENT", DAY_1): 1})),
        ]

        assert hints(reclaims) == [Hint("MR-ENT", "1", "2", 3, DAY_1)]

    def test_nothing_to_spare_is_no_hint(self) -> None:
        """And nothing needed neither."""
        assert hints([("1", Reclaim(needs={("MR-ENT", DAY_1): 1})), ("2", Reclaim())]) == []


fleets = st.lists(
    st.builds(lambda devices, unused: matched(*devices, unused=unused), devices_at_risk, supplies),
    max_size=5,
).map(lambda reclaims: [(str(number), one) for number, one in enumerate(reclaims)])


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
            spare.update({(name, license_type): count for license_type, count in one.surplus.items()})
            for (license_type, _), count in one.needs.items():
                lacking[name, license_type] += count
        for hint in hints(fleet):
            assert hint.count > 0
            given_by[hint.from_organization, hint.license_type] += hint.count
            taken_by[hint.to_organization, hint.license_type] += hint.count

        assert given_by <= spare
        assert taken_by <= lacking
        for license_type in {name for _, name in [*spare, *lacking]}:
            supply = sum(count for (_, name), count in spare.items() if name == license_type)
            demand = sum(count for (_, name), count in lacking.items() if name == license_type)
            moved = sum(count for (_, name), count in given_by.items() if name == license_type)
            assert moved == min(supply, demand)

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
