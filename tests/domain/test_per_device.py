"""The figures of whole organizations: coverage, dark dates, renewals; order and paging never matter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.domain.coverage import Coverage
from auditor.domain.license import License
from auditor.domain.note import NoteKind
from auditor.domain.outlook import DarkDate, Outlook, Renewal, Unit
from auditor.domain.reducer import LicenseFold, Tally
from auditor.domain.standing import Standing
from tests.domain import reference
from tests.domain.builders import AS_OF, WINDOWS, PageOf, Taken, a_license, licenses, mergers

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
MERGED = frozenset({"3", "7"})


def after(days: float, seconds: float = 0) -> datetime:
    return AS_OF + timedelta(days=days, seconds=seconds)


def a_queued_license(**changes: object) -> License:
    """One that waits on the device of `a_license` for a year, without dates."""
    fields: dict[str, object] = {
        "id": "2001",
        "state": "recentlyQueued",
        "activates_at": None,
        "expires_at": None,
        "term": 365 * DAY,
    }
    return a_license(**fields | changes)


def closed(
    *pages: Sequence[License],
    merged_ids: frozenset[str] = frozenset(),
    taken: Mapping[str, Taken] | None = None,
) -> tuple[Coverage, Outlook, Tally]:
    fold = LicenseFold(WINDOWS)
    for page in pages:
        fold.fold(PageOf(page, elsewhere=merged_ids, taken=taken or {}))
    coverage, outlook = fold.close()
    return coverage, outlook, fold.tally


def device_standing(*rows: License) -> Standing | None:
    """Where the only device stands."""
    coverage = closed(rows)[0]
    (standing,) = coverage.devices
    assert coverage.devices[standing] == 1
    return standing


class TestSubjects:
    def test_a_device_with_two_licenses_is_one_device(self) -> None:
        """D1, D5: it is covered until the last of them ends."""
        rows = [a_license(id="1", expires_at=after(-40)), a_license(id="2", expires_at=after(400))]

        assert closed(rows)[0].devices == {Standing.OK: 1}

    @pytest.mark.parametrize(
        ("first", "second", "standings"),
        [
            ({"seat_count": 7}, {"seat_count": 100}, {Standing.OK: 2}),
            ({"license_type": "SM"}, {"license_type": "SME"}, {Standing.OK: 2}),
            ({"license_type": "VMX"}, {"license_type": "VMX"}, {Standing.OK: 2}),
            ({"license_type": "VMX"}, {"license_type": "SME"}, {Standing.DARK: 1, Standing.OK: 1}),
            ({}, {"network_id": "N_2"}, {Standing.DARK: 1, Standing.OK: 1}),
        ],
    )
    def test_licenses_of_one_network_that_cover_the_same_cover_each_other(
        self, first: dict[str, object], second: dict[str, object], standings: dict[Standing, int]
    ) -> None:
        """D1: of Systems Manager, or of one type: what is over lies beside what goes on."""
        on_network: dict[str, object] = {"device_serial": None, "network_id": "N_1"}
        rows = [
            a_license(**on_network | {"id": "1", "state": "expired", "expires_at": after(-40)} | first),
            a_license(**on_network | {"id": "2", "expires_at": after(400)} | second),
        ]
        coverage, outlook, _ = closed(rows)

        assert coverage.network_licenses == standings
        assert coverage.devices == {}
        assert outlook.standing is (Standing.DARK if Standing.DARK in standings else Standing.OK)

    def test_what_ends_of_a_network_is_renewed_though_the_network_is_covered(self) -> None:
        """D1, D12: its seats end all the same, and only then."""
        on_network: dict[str, object] = {"device_serial": None, "network_id": "N_1", "license_type": "SME"}
        rows = [
            a_license(id="1", expires_at=after(20), seat_count=50, **on_network),
            a_license(id="2", expires_at=after(400), seat_count=100, **on_network),
        ]
        outlook = closed(rows)[1]

        assert outlook.dark_dates == ()
        assert {(one.unit, one.month): count for one, count in outlook.renewals.items()} == {
            (Unit.LICENSES, 0): 1,
            (Unit.SEATS, 0): 50,
            (Unit.LICENSES, 13): 1,
            (Unit.SEATS, 13): 100,
        }

    def test_a_device_with_nothing_but_a_license_behind_nothing_is_unknown(self) -> None:
        """D2: no license states an end; beside a device that is well the standing is not known."""
        lone = a_queued_license(head_license_id="404")
        coverage, outlook, tally = closed([lone])

        assert coverage.devices == {None: 1}
        assert (outlook.standing, tally.notes) == (None, {NoteKind.ORPHANED_QUEUE: 1})
        assert closed([lone, a_license(device_serial="B")])[1].standing is None
        assert (
            closed([lone, a_license(device_serial="B", expires_at=after(5))])[1].standing is Standing.EXPIRING
        )

    def test_a_network_with_nothing_but_a_license_behind_nothing_is_unknown(self) -> None:
        """D2: beside another license it is as if it were not there."""
        on_network: dict[str, object] = {"device_serial": None, "network_id": "N_1"}
        lone = a_queued_license(head_license_id="404", **on_network)

        assert closed([lone])[0].network_licenses == {None: 1}
        assert closed([lone])[1].standing is None
        assert closed([lone, a_license(**on_network)])[0].network_licenses == {Standing.OK: 1}

    @pytest.mark.parametrize(
        ("state", "begins", "rest", "at_risk"),
        [
            ("suspended", after(-365), (), 1),
            ("suspended", after(-365), (a_license(id="2", expires_at=after(400)),), 0),
            ("suspended", after(-365), (a_license(id="2", expires_at=after(40)),), 0),
            ("suspended", after(-365), (a_license(id="2", expires_at=after(25)),), 1),
            ("recentlyQueued", after(-1), (), 1),
        ],
    )
    def test_what_ends_in_a_window_is_at_risk_unless_something_is_known_to_carry_its_device_on(
        self, state: str, begins: datetime, rest: tuple[License, ...], at_risk: int
    ) -> None:
        """D7: by its definition, whatever the state says or fails to say."""
        ending = a_license(state=state, activates_at=begins, expires_at=after(20))
        coverage, _, tally = closed([ending, *rest])

        assert tally.expiring_within[30] - coverage.at_risk_within[30] == (1 if not at_risk else 0)

    @pytest.mark.parametrize("state", ["unused", "unusedActive"])
    def test_what_waits_or_idles_makes_no_device(self, state: str) -> None:
        """D2: such a license covers nothing by itself."""
        coverage, outlook, _ = closed([a_license(state=state)])

        assert (coverage.devices, coverage.network_licenses) == ({}, {})
        assert outlook.standing is Standing.OK

    def test_a_license_on_nothing_makes_no_subject(self) -> None:
        """D2: it has to be assigned."""
        assert closed([a_license(device_serial=None)])[0].network_licenses == {}

    def test_a_device_without_any_end_is_unknown_and_counted_in_nothing_else(self) -> None:
        """D2: it spoils no figure, and no standing."""
        rows = [a_license(expires_at=None), a_queued_license()]
        coverage, outlook, _ = closed(rows)

        assert coverage.devices == {None: 1}
        assert (outlook.standing, outlook.dark_dates, outlook.renewals) == (None, (), {})

    def test_one_head_without_date_does_not_hide_the_other(self) -> None:
        """D2: only where all lack a date nothing is known."""
        rows = [a_license(id="1", expires_at=None), a_license(id="2", expires_at=after(10))]

        assert device_standing(*rows) is Standing.EXPIRING

    def test_a_device_in_an_unknown_state_alone_is_unknown(self) -> None:
        """D2: whatever date it tells; and nothing can be queued behind it."""
        stray = a_license(id="1", state="revoked", expires_at=after(400))
        queue = [
            a_queued_license(id="2"),
            a_queued_license(id="3", device_serial=None, head_license_id="1"),
        ]
        coverage, outlook, tally = closed([stray, *queue])

        assert coverage.devices == {None: 1}
        assert (outlook.standing, outlook.dark_dates, outlook.renewals) == (None, (), {})
        assert tally.notes == {NoteKind.UNKNOWN_STATE: 1, NoteKind.ORPHANED_QUEUE: 2}

    def test_a_network_license_in_an_unknown_state_is_unknown(self) -> None:
        """D1, D2: each of them is a subject, and heads nothing."""
        stray = a_license(id="1", state="revoked", device_serial=None, network_id="N_1")
        queued = a_queued_license(id="2", device_serial=None, network_id="N_1", head_license_id="1")
        coverage, outlook, tally = closed([stray, queued])

        assert coverage.network_licenses == {None: 1}
        assert (outlook.standing, outlook.renewals) == (None, {})
        assert tally.notes[NoteKind.ORPHANED_QUEUE] == 1

    @pytest.mark.parametrize("days", [-400, 5, 400])
    def test_an_unknown_state_changes_nothing_beside_a_known_one(self, days: float) -> None:
        """D2: it neither saves the device nor puts it at risk."""
        known = a_license(id="1", state="expiring", expires_at=after(10))
        stray = a_license(id="2", state="revoked", expires_at=after(days), license_type="AA")

        both, alone = closed([known, stray])[0], closed([known])[0]
        assert both == closed([stray, known])[0]
        assert replace(both, at_risk_within={}) == replace(alone, at_risk_within={})
        assert both.at_risk_within[30] == (2 if days == 5 else 1)  # it is counted as a license that ends
        assert closed([known, stray])[1].renewals == closed([known])[1].renewals


class TestQueues:
    @pytest.mark.parametrize("serial", ["Q2XX-TEST-0001", None, "Q2XX-TEST-GONE"])
    @pytest.mark.parametrize("links", ["head", "predecessor"])
    def test_a_queue_is_found_by_device_and_by_either_kind_of_link(
        self, serial: str | None, links: str
    ) -> None:
        """D3: the row may name the head of the queue, or the license just before it."""
        head = a_license(id="1", state="expiring", expires_at=after(10))
        first = a_queued_license(id="2", device_serial=serial, head_license_id="1", term=30 * DAY)
        last = a_queued_license(
            id="3",
            device_serial=serial,
            head_license_id="1" if links == "head" else "2",
            term=50 * DAY + SECOND,
        )
        coverage, _, tally = closed([last, first, head])

        assert coverage.covered_by_queue == 1
        assert coverage.devices == {Standing.OK: 1}
        assert NoteKind.ORPHANED_QUEUE not in tally.notes

    def test_a_network_license_is_carried_on_by_its_own_queue_alone(self) -> None:
        """D3: there is no serial to go by, and a neighbour in the network of another type gets nothing."""
        ending = {"state": "expiring", "device_serial": None, "network_id": "N_1", "expires_at": after(10)}
        rows = [
            a_license(id="1", **ending),
            a_license(id="2", license_type="SME", **ending),
            a_queued_license(id="3", device_serial=None, network_id="N_1", head_license_id="1"),
        ]
        coverage = closed(rows)[0]

        assert coverage.network_licenses == {Standing.OK: 1, Standing.EXPIRING: 1}
        assert coverage.covered_by_queue == 1

    @pytest.mark.parametrize(
        ("links", "orphans"),
        [
            ({"2": "2"}, 1),  # behind itself
            ({"2": "3", "3": "2"}, 2),
            ({"2": "3", "3": "4", "4": "3"}, 3),
            ({"2": None}, 1),
            ({"2": "404"}, 1),
        ],
    )
    def test_a_queue_behind_nothing_covers_nothing(self, links: dict[str, str | None], orphans: int) -> None:
        """D3: circles end the search, and each such row is noted once."""
        head = a_license(id="1", expires_at=after(10))
        queue = [
            a_queued_license(id=own, device_serial=None, head_license_id=front)
            for own, front in links.items()
        ]
        coverage, _, tally = closed([*queue, head])

        assert coverage.devices == {Standing.EXPIRING: 1}
        assert tally.notes[NoteKind.ORPHANED_QUEUE] == orphans

    def test_an_idle_license_heads_no_queue(self) -> None:
        """D3: not even one that a device is named of."""
        rows = [
            a_license(id="1", expires_at=after(10)),
            a_license(id="2", state="unused", expires_at=None),
            a_queued_license(id="3", device_serial=None, head_license_id="2"),
        ]
        coverage, _, tally = closed(rows)

        assert coverage.devices == {Standing.EXPIRING: 1}
        assert tally.notes[NoteKind.ORPHANED_QUEUE] == 1

    def test_a_queued_license_that_tells_no_term_adds_none_and_is_noted(self) -> None:
        """D4: what cannot be read is not guessed."""
        coverage, _, tally = closed([a_license(expires_at=after(10)), a_queued_license(term=None)])

        assert coverage.devices == {Standing.EXPIRING: 1}
        assert tally.notes[NoteKind.UNREADABLE_DURATION] == 1

    def test_what_was_merged_for_good_is_not_added_again(self) -> None:
        """D4: it is in the date of the license that it was merged into, whichever row says so."""
        rows = [a_license(expires_at=after(10)), a_queued_license(id="2")]

        assert closed(rows)[0].devices == {Standing.OK: 1}
        assert closed(rows, merged_ids=frozenset({"2"}))[0].devices == {Standing.EXPIRING: 1}

    def test_what_is_merged_and_not_listed_adds_the_days_of_each_row(self) -> None:
        """D4: of 730 days 365 may be those of the other row, and nothing tells that they are not."""
        head = a_license(expires_at=after(10))
        first, second = a_queued_license(id="2", term=30 * DAY), a_queued_license(id="3", term=15 * DAY)
        taken = {"2": Taken(15)}

        for rows in ([head, first, second], [second, first, head]):
            assert closed(rows, taken=taken)[1].soonest_dark_at == after(10 + 15 + 15 + 30)
        assert closed([head, first], taken=taken)[1].soonest_dark_at == after(10 + 30 + 30)

    def test_what_is_merged_and_listed_is_in_the_total(self) -> None:
        """D4: the row of its own adds nothing, and that of another license its own days."""
        head = a_license(expires_at=after(10))
        queue = [
            a_queued_license(id="2", term=30 * DAY),
            a_queued_license(id="3", term=15 * DAY),
            a_queued_license(id="4", term=5 * DAY),
        ]
        taken = {"2": Taken(15, frozenset({"3"}))}

        assert closed([head, *queue], taken=taken)[1].soonest_dark_at == after(10 + 30 + 5 + 30)

    @pytest.mark.parametrize(("own_days", "added"), [(15, 0), (10, 0), (40, 25)])
    def test_what_a_head_holds_and_does_not_list_is_not_queued_once_more(
        self, own_days: int, added: int
    ) -> None:
        """D4: 15 days of the date are those of some license, and the queue may be that one."""
        rows = [a_license(id="1", expires_at=after(10)), a_queued_license(id="2", term=own_days * DAY)]

        outlook = closed(rows, taken={"1": Taken(15)})[1]

        assert outlook.soonest_dark_at == after(10 + added + 30)

    @pytest.mark.parametrize(
        ("listed", "queued", "ends"),
        [
            (frozenset({"2", "3"}), ["2", "3"], 10 + 40),  # their rows tell their terms
            (frozenset({"2", "404"}), ["2"], 10 + 35),  # and the total the rest
            (frozenset({"404"}), [], 10 + 35),
            (frozenset({"404"}), ["2"], 10 + 35 + 20),
            (frozenset[str](), [], 10 + 35),
            (frozenset[str](), ["2"], 10 + 20),  # which may be the one
        ],
    )
    @pytest.mark.parametrize("is_on_device", [True, False])
    def test_what_is_merged_counts_where_the_date_does_not_hold_it(
        self,
        listed: frozenset[str],
        queued: list[str],
        ends: int,
        is_on_device: bool,  # noqa: FBT001 - a column of the table
    ) -> None:
        """D4: by its row or by the total, once."""
        place: dict[str, object] = {"device_serial": "A" if is_on_device else None, "network_id": "N_1"}
        head = a_license(id="1", expires_at=after(10), **place)
        rows = [a_queued_license(id=one, term=20 * DAY, head_license_id="1", **place) for one in queued]

        outlook = closed([*rows, head], taken={"1": Taken(35, listed, is_apart=True)})[1]

        assert outlook.soonest_dark_at == after(ends + 30)

    def test_what_was_merged_into_a_license_that_is_over_is_not_added_to_the_next(self) -> None:
        """D5: it prolonged the license that it was merged into, and not the device."""
        rows = [
            a_license(id="1", state="expired", expires_at=after(-100), license_type="MR-ENT"),
            a_license(id="2", expires_at=after(10)),
        ]
        taken = {"1": Taken(60, is_apart=True)}

        assert closed(rows, taken=taken)[1] == closed(rows)[1]
        prolonged = closed(rows, taken={"1": Taken(120, is_apart=True)})[1]
        assert prolonged.soonest_dark_at == after(-100 + 120 + 30)
        assert {one.what for one in prolonged.dark_dates} == {"MR-ENT"}

    def test_a_term_counts_once_though_its_row_comes_twice(self) -> None:
        """D5: a list that shifts while it is read covers nothing longer."""
        head, queued = a_license(expires_at=after(10)), a_queued_license(term=45 * DAY)

        coverage, outlook, _ = closed([head, queued], [queued])

        assert coverage.devices == {Standing.EXPIRING: 1}
        assert outlook.soonest_dark_at == after(10 + 45 + 30)

    def test_an_endless_queue_ends_with_the_calendar(self) -> None:
        """D5: a century each, as many as you like."""
        queue = [a_queued_license(id=str(number), term=36_500 * DAY) for number in range(30)]

        assert device_standing(a_license(id="head"), *queue) is Standing.OK

    def test_a_long_chain_takes_time_in_proportion(self) -> None:
        """D3: every link is walked once, and no stack is used up."""
        links = 20_000
        queue = [
            a_queued_license(id=str(one), device_serial=None, head_license_id=str(one + 1), term=DAY)
            for one in range(links)
        ]
        head = a_license(id=str(links), device_serial="Q2XX-TEST-0001", expires_at=after(1))

        assert closed([*queue, head])[1].standing is Standing.OK


class TestStandings:
    @pytest.mark.parametrize(
        ("end", "standing"),
        [
            (after(90, 1), Standing.OK),
            (after(90), Standing.EXPIRING),
            (after(0, 1), Standing.EXPIRING),
            (after(0), Standing.IN_GRACE),
            (after(-30, 1), Standing.IN_GRACE),
            (after(-30), Standing.DARK),
        ],
    )
    def test_the_end_decides_to_the_second(self, end: datetime, standing: Standing) -> None:
        """D6: beyond the longest window, in it, in the 30 days after, and dark."""
        coverage, outlook, _ = closed([a_license(expires_at=end)])

        assert coverage.devices == {standing: 1}
        assert outlook.standing is standing

    def test_an_organization_stands_where_its_worst_subject_does(self) -> None:
        """One dark device among many is what it is about."""
        rows = [
            a_license(id="1", device_serial="A"),
            a_license(id="2", device_serial="B", expires_at=after(-31)),
            a_license(id="3", device_serial=None, network_id="N_1", expires_at=after(5)),
        ]

        assert closed(rows)[1].standing is Standing.DARK


class TestAtRisk:
    @pytest.mark.parametrize(("term", "covered"), [(80 * DAY, 0), (80 * DAY + SECOND, 1), (30 * DAY, 0)])
    def test_a_queue_covers_an_expiring_license_only_beyond_the_longest_window(
        self, term: timedelta, covered: int
    ) -> None:
        """D7: one that is too short leaves the device at risk."""
        coverage = closed([a_license(state="expiring", expires_at=after(10)), a_queued_license(term=term)])[0]

        assert coverage.covered_by_queue == covered
        assert coverage.at_risk_by_type == ({} if covered else {"MX64-ENT": 1})

    def test_a_license_is_not_covered_by_itself(self) -> None:
        """D7: `expiring` too early, and nothing behind it."""
        assert closed([a_license(state="expiring", expires_at=after(100))])[0].covered_by_queue == 0

    def test_an_expiring_license_without_date_is_covered_by_what_lasts(self) -> None:
        """D7: nothing says that it ends later than that."""
        rows = [a_license(id="1", state="expiring", expires_at=None), a_license(id="2")]

        assert closed(rows)[0].covered_by_queue == 1

    def test_an_expiring_license_on_nothing_is_at_risk(self) -> None:
        """D7: the two counts add up to all of them."""
        coverage = closed([a_license(state="expiring", device_serial=None)])[0]

        assert (coverage.covered_by_queue, coverage.at_risk_by_type) == (0, {"MX64-ENT": 1})

    def test_at_risk_within_a_window_is_what_nothing_carries_past_it(self) -> None:
        """D7: each window for itself, and by dates, whatever the state says."""
        rows = [a_license(expires_at=after(10)), a_queued_license(term=50 * DAY)]  # until day 60 at noon
        coverage, outlook, tally = closed(rows)

        assert tally.expiring_within == outlook.ending_within == {30: 1, 60: 1, 90: 1}
        assert coverage.at_risk_within == {30: 0, 60: 1, 90: 1}


class TestAhead:
    def test_dark_dates_are_counted_by_day_standing_and_type(self) -> None:
        """D11: 30 days after the end; what is dark already, or fine, is not in it."""
        ends = {"A": -31, "B": -29, "C": 0, "D": 10, "E": 10.25, "F": 91}
        rows = [a_license(id=name, device_serial=name, expires_at=after(days)) for name, days in ends.items()]
        outlook = closed(rows)[1]

        assert outlook.dark_dates == (
            DarkDate(date(2026, 3, 2), Standing.IN_GRACE, "MX64-ENT", 1),
            DarkDate(date(2026, 3, 31), Standing.IN_GRACE, "MX64-ENT", 1),
            DarkDate(date(2026, 4, 10), Standing.EXPIRING, "MX64-ENT", 2),
        )
        assert outlook.soonest_dark_at == after(1)

    @pytest.mark.parametrize(
        ("end", "month"),
        [
            (after(0), None),
            (after(0, 1), 0),
            (datetime(2026, 3, 31, 23, 59, 59, tzinfo=AS_OF.tzinfo), 0),
            (datetime(2026, 4, 1, tzinfo=AS_OF.tzinfo), 1),
            (datetime(2029, 2, 28, 23, 59, 59, tzinfo=AS_OF.tzinfo), 35),
            (datetime(2029, 3, 1, tzinfo=AS_OF.tzinfo), None),
        ],
    )
    def test_a_renewal_is_due_in_the_month_of_the_end(self, end: datetime, month: int | None) -> None:
        """D12: 36 months, the first of which is that of the reference time."""
        expected = {} if month is None else {Renewal("MX64-ENT", Unit.LICENSES, month): 1}

        assert closed([a_license(expires_at=end)])[1].renewals == expected

    def test_a_renewal_waits_for_the_end_of_the_queue(self) -> None:
        """D12: what is queued has been renewed already."""
        rows = [a_license(expires_at=after(10)), a_queued_license(term=365 * DAY)]

        assert closed(rows)[1].renewals == {Renewal("MX64-ENT", Unit.LICENSES, 12): 1}

    def test_seats_are_renewed_beside_their_license(self) -> None:
        """D12: in their own unit, never added to licenses."""
        row = a_license(device_serial=None, network_id="N_1", license_type="SME", seat_count=25)

        assert closed([row])[1].renewals == {
            Renewal("SME", Unit.LICENSES, 12): 1,
            Renewal("SME", Unit.SEATS, 12): 25,
        }

    @pytest.mark.parametrize(("first", "second"), [("MR-ENT", "MX64-ENT"), ("MX64-ENT", "MR-ENT")])
    def test_the_type_of_a_device_is_that_of_the_license_that_ends_last(
        self, first: str, second: str
    ) -> None:
        """D10, D12: where two end together it is the first by name."""
        same = [
            a_license(id="1", license_type=first, expires_at=after(5)),
            a_license(id="2", license_type=second, expires_at=after(5)),
        ]
        later = [same[0], same[1]._replace(expires_at=after(6))]

        assert {one.what for one in closed(same)[1].renewals} == {"MR-ENT"}
        assert {one.what for one in closed(later)[1].renewals} == {second}

    def test_nothing_at_all_is_fine(self) -> None:
        """D13: a list that was read to its end and is empty."""
        coverage, outlook, _ = closed([])

        assert coverage == Coverage(at_risk_within={30: 0, 60: 0, 90: 0})
        assert (outlook.standing, outlook.dark_dates, outlook.soonest_dark_at) == (Standing.OK, (), None)


rows_of_any_kind = st.lists(licenses(), max_size=14)
distinct_rows = st.lists(licenses(), max_size=14, unique_by=lambda one: one.id or object())


@settings(deadline=None)
@given(rows_of_any_kind, st.sampled_from([frozenset[str](), MERGED]), mergers())
def test_the_figures_are_those_of_a_plain_reckoning(
    rows: list[License], merged: frozenset[str], taken: dict[str, Taken]
) -> None:
    """Whatever queues behind whatever and is merged into it: the same as a second, naive implementation."""
    coverage, outlook, tally = closed(rows, merged_ids=merged, taken=taken)

    assert {
        "covered": coverage.covered_by_queue,
        "at risk": Counter(coverage.at_risk_by_type),
        "within": coverage.at_risk_within,
        "devices": Counter(coverage.devices),
        "network licenses": Counter(coverage.network_licenses),
        "orphans": tally.notes.get(NoteKind.ORPHANED_QUEUE, 0),
        "unreadable": tally.notes.get(NoteKind.UNREADABLE_DURATION, 0),
    } == reference.coverage_of(rows, WINDOWS, taken, merged)
    assert {
        "standing": outlook.standing,
        "soonest": outlook.soonest_dark_at,
        "dark": Counter({(one.day, one.standing, one.what): one.count for one in outlook.dark_dates}),
        "renewals": Counter({(one.what, one.unit, one.month): n for one, n in outlook.renewals.items()}),
    } == reference.outlook_of(rows, WINDOWS, taken, merged)


@settings(deadline=None)
@given(distinct_rows, mergers(), st.randoms(), st.data())
def test_neither_order_nor_paging_changes_anything(
    rows: list[License], taken: dict[str, Taken], random: Random, data: st.DataObject
) -> None:
    """Rows and pages in any order, cut anywhere: equal coverage, outlook, idle counts."""
    shuffled = list(rows)
    random.shuffle(shuffled)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(rows)), max_size=4)))
    pages = [shuffled[start:end] for start, end in pairwise([0, *cuts, len(rows)])]

    together = closed(rows, merged_ids=MERGED, taken=taken)
    split = closed(*pages, merged_ids=MERGED, taken=taken)

    assert together[:2] == split[:2]
    assert together[2].idle == split[2].idle
    assert together[2].notes == split[2].notes


@settings(deadline=None)
@given(distinct_rows)
def test_a_queue_never_shortens_and_never_counts_twice(rows: list[License]) -> None:
    """One device: at least as long as each head, at most as long as the last head and all terms together."""
    rows = [one._replace(device_serial="A", network_id="N_1") for one in rows]
    heads = [one for one in rows if one.state in reference.IN_USE and one.expires_at is not None]
    ends = [one.expires_at for one in heads if one.expires_at is not None]
    terms = [one.term for one in rows if one.state == "recentlyQueued" and one.term is not None]
    outlook = closed(rows)[1]

    if not ends:
        return
    longest = max(ends) + sum(terms, timedelta())
    if outlook.soonest_dark_at is not None:
        assert max(ends) <= outlook.soonest_dark_at - 30 * DAY <= longest
    if outlook.standing is Standing.OK:
        assert longest > WINDOWS.horizon


coverages = st.builds(lambda rows: closed(rows)[0], rows_of_any_kind) | st.just(Coverage())


def plain(coverage: Coverage) -> tuple[object, ...]:
    """Without zeros, for a count that is missing and a zero are the same."""
    maps = (coverage.at_risk_by_type, coverage.at_risk_within, coverage.devices, coverage.network_licenses)
    return coverage.covered_by_queue, *({k: v for k, v in one.items() if v} for one in maps)


@settings(deadline=None)
@given(coverages, coverages, coverages)
def test_coverages_add_up_in_any_grouping_and_order(a: Coverage, b: Coverage, c: Coverage) -> None:
    """Nothing added to something is that something."""
    assert (a + b) + c == a + (b + c)
    assert plain(a + b) == plain(b + a)
    assert plain(a + Coverage()) == plain(a) == plain(Coverage() + a)
