from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.license import UNKNOWN, License
from auditor.domain.note import NoteKind
from auditor.domain.overview import Overview, completed
from auditor.domain.reducer import LicenseFold, Tally
from tests.domain.builders import WINDOWS, PageOf, a_license, licenses, overviews


def read(rows: list[License]) -> Tally:
    fold = LicenseFold(WINDOWS)
    fold.fold(PageOf(rows))
    return fold.tally


@given(overviews())
def test_an_overview_alone_gives_its_own_counts(overview: Overview) -> None:
    """By state as it tells them; whatever it counts beyond its states is of an unknown state."""
    tally = completed(Tally(), overview)

    assert tally.total == overview.total
    assert {state: tally.by_state[state] for state in overview.by_state} == overview.by_state
    assert tally.by_state.get(UNKNOWN, 0) == overview.total - sum(overview.by_state.values())
    assert (tally.by_type, tally.expiring_within, tally.seats_as_summed) == ({}, {}, overview.seats)


@given(st.lists(licenses(), max_size=8), overviews())
def test_a_state_that_was_read_to_its_end_is_what_was_read(rows: list[License], overview: Overview) -> None:
    """The licenses that were looked at count more than a number from a moment before."""
    tally = read(rows)
    finished = set(tally.by_state)

    assert completed(tally, overview, finished=finished).by_type == tally.by_type
    assert {
        state: completed(tally, overview, finished=finished).by_state[state] for state in finished - {UNKNOWN}
    } == {state: tally.by_state[state] for state in finished - {UNKNOWN}}


@given(st.lists(licenses(), max_size=8), overviews())
def test_a_state_that_was_not_read_to_its_end_is_never_less_than_the_overview_says(
    rows: list[License], overview: Overview
) -> None:
    """What a failure cuts off is still a number."""
    tally = completed(read(rows), overview)

    assert all(tally.by_state[state] >= count for state, count in overview.by_state.items())


def test_seats_are_the_overviews_and_never_counted_twice() -> None:
    """Some of them were read on the way."""
    rows = [a_license(state="expiring", license_type="SME", seat_count=25)]

    assert completed(read(rows), Overview({"active": 1}, seats=70), finished={"expiring"}).seats == 70


def test_a_state_of_tomorrow_is_counted_and_noted() -> None:
    """As in a list."""
    tally = completed(Tally(), Overview({"hibernating": 3}, 3))

    assert tally.by_state["hibernating"] == 3
    assert tally.notes[NoteKind.UNKNOWN_STATE] == 3
