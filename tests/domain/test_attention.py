from __future__ import annotations

from collections import Counter
from dataclasses import fields
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.attention import Attention
from auditor.domain.license import License
from auditor.domain.reducer import LicenseFold
from auditor.domain.window import is_burning
from tests.domain.builders import AS_OF, WINDOWS, PageOf, a_license, licenses

UNIQUE = st.lists(licenses(), max_size=20, unique_by=lambda one: one.id or object())


def folded(*pages: list[License], detail: bool = True, is_whole: bool = True) -> LicenseFold:
    """A fold that was given *pages*, and closed where that is the whole list."""
    fold = LicenseFold(WINDOWS, detail=detail)
    for page in pages:
        fold.fold(PageOf(page))
    if is_whole:
        fold.close()
    return fold


def attention_to(*rows: License, is_whole: bool = True) -> tuple[Attention, ...]:
    told = folded(list(rows), is_whole=is_whole).attention
    assert told is not None
    return told


def at(days: float, *, seconds: int = 0) -> datetime:
    return AS_OF + timedelta(days=days, seconds=seconds)


@given(UNIQUE)
def test_whoever_asks_for_no_detail_gets_none_and_nothing_else_changes(rows: list[License]) -> None:
    """The figures are the same with and without, notes included."""
    quiet, detailed = folded(rows, detail=False), folded(rows)

    assert quiet.attention is None
    assert quiet.tally == detailed.tally


def test_without_detail_no_page_is_asked_for_single_licenses(monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody asked for costs nothing."""
    asked: list[list[int]] = []

    def note(_: PageOf, rows: list[int]) -> list[tuple[License, None]]:
        asked.append(rows)
        return []

    monkeypatch.setattr(PageOf, "details_at", note)
    soon = a_license(state="expiring", expires_at=at(5))

    folded([soon], detail=False)
    assert asked == []
    folded([soon])
    assert asked == [[0]]


@given(UNIQUE)
def test_each_figure_has_its_licenses(rows: list[License]) -> None:
    """As many are named in each state as are counted in it, and the days burned add up."""
    fold = folded(rows)
    told = fold.attention or ()
    by_state = Counter(one.state for one in told)

    for state in ("expired", "expiring", "unused", "unusedActive"):
        assert by_state[state] == fold.tally.by_state[state]
    burning = fold.tally.idle.burning.values()
    assert sum(one.days_burned or 0 for one in told) == sum(one.days_burned for one in burning)
    assert sum(one.days_left or 0 for one in told) == sum(one.days_left for one in burning)


@given(UNIQUE)
def test_what_ends_within_the_longest_window_is_named(rows: list[License]) -> None:
    """Those in use and running, whatever their state says."""
    fold = folded(rows)
    ending = [
        one
        for one in fold.attention or ()
        if one.expires_at is not None
        and AS_OF < one.expires_at <= at(90)
        and (one.device_serial or one.network_id)
        and (one.activates_at is not None or one.state in {"active", "expiring", "expired"})
        and (one.activates_at is None or one.activates_at <= AS_OF)
    ]

    assert len(ending) == fold.tally.expiring_within[90]


@given(UNIQUE)
def test_each_count_of_risk_is_that_of_the_licenses_named(rows: list[License]) -> None:
    """Of those expiring by what each says, by window by the dates of each."""
    fold = LicenseFold(WINDOWS, detail=True)
    fold.fold(PageOf(rows))
    coverage, _ = fold.close()
    named = fold.attention or ()

    assert sum(one.at_risk is True for one in named) == sum(coverage.at_risk_by_type.values())
    assert sum(one.at_risk is False for one in named) == coverage.covered_by_queue
    for days, last in WINDOWS.ends:
        ending = [
            one
            for one in named
            if (one.device_serial is not None or one.network_id is not None)
            and is_burning(one.state, one.activates_at, AS_OF)
            and one.expires_at is not None
            and AS_OF < one.expires_at <= last
        ]
        at_risk = [one for one in ending if one.covered_until is None or one.covered_until <= last]
        assert len(ending) == fold.tally.expiring_within[days]
        assert len(at_risk) == coverage.at_risk_within[days]


@given(UNIQUE, st.data(), st.randoms(use_true_random=False))
def test_neither_pages_nor_order_change_the_list(
    rows: list[License], data: st.DataObject, rng: Random
) -> None:
    """Wherever the vendor cuts its pages, and in whatever order rows come."""
    shuffled = list(rows)
    rng.shuffle(shuffled)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(rows)), max_size=4)))
    pages = [shuffled[start:end] for start, end in pairwise([0, *cuts, len(rows)])]

    assert folded(*pages).attention == folded(rows).attention


@given(UNIQUE)
def test_what_goes_dark_comes_first(rows: list[License]) -> None:
    """By its date; the others follow by theirs, and what has none is last."""
    told = attention_to(*rows)
    dark = [one.dark_at for one in told if one.dark_at is not None]
    others = [one.expires_at or one.burns_at for one in told[len(dark) :]]

    assert dark == sorted(dark)
    assert all(one.dark_at is None for one in told[len(dark) :])
    known = [one for one in others if one is not None]
    assert others == [*sorted(known), *[None] * (len(others) - len(known))]


@pytest.mark.parametrize(
    ("ends", "is_told"),
    [(at(90), True), (at(90, seconds=1), False), (at(0), True), (at(-400), True), (None, False)],
)
def test_a_license_in_use_is_told_once_it_ends_by_the_longest_window(
    ends: datetime | None, *, is_told: bool
) -> None:
    """The last instant belongs to the window; one that is over is told though its state lags."""
    assert bool(attention_to(a_license(expires_at=ends, activates_at=at(-900)))) is is_told


def test_a_license_with_a_year_to_go_is_not_told() -> None:
    """Nor one that is queued, and so has not begun."""
    queued = a_license(id="2", state="recentlyQueued", activates_at=None, expires_at=None)

    assert attention_to(a_license(), queued) == ()


def test_a_license_that_is_listed_twice_is_told_once() -> None:
    """A list that shifts while it is read must not name it again."""
    soon = a_license(expires_at=at(5))

    told = folded([soon], [soon]).attention
    assert told is not None
    assert [one.id for one in told] == ["1001"]


def test_a_queue_tells_until_when_the_device_is_covered() -> None:
    """With enough behind it nothing goes dark, and the license is told all the same."""
    soon = a_license(state="expiring", expires_at=at(5))
    short = a_license(id="2", state="recentlyQueued", activates_at=None, expires_at=None, term=timedelta(30))

    (alone,) = attention_to(soon)
    (behind,) = attention_to(soon, short)
    (saved,) = attention_to(soon, short._replace(term=timedelta(365)))

    assert (alone.covered_until, alone.dark_at) == (at(5), at(35))
    assert (behind.covered_until, behind.dark_at) == (at(35), at(65))
    assert (saved.covered_until, saved.dark_at) == (at(370), None)


def test_a_license_of_a_network_goes_dark_as_one_of_a_device_does() -> None:
    """Systems Manager has no devices of the list."""
    (told,) = attention_to(a_license(device_serial=None, network_id="N_1", expires_at=at(5)))

    assert (told.network_id, told.covered_until, told.dark_at) == ("N_1", at(5), at(35))


def test_before_the_list_is_read_to_its_end_nobody_knows_what_is_covered() -> None:
    """A queue may be on a page to come."""
    (told,) = attention_to(a_license(expires_at=at(5)), is_whole=False)

    assert (told.id, told.covered_until, told.dark_at) == ("1001", None, None)


def test_unused_licenses_tell_when_they_burn_and_what_is_burned() -> None:
    """Whole days, as the figures of all together count them; they cover nothing."""
    idle = a_license(
        id="1",
        state="unused",
        device_serial=None,
        activates_at=None,
        expires_at=None,
        claimed_at=at(-80),
    )
    burning = a_license(
        id="2", state="unusedActive", device_serial=None, activates_at=at(-10.5), expires_at=at(354.5)
    )

    first, second = attention_to(burning, idle)

    assert (first.burns_at, first.days_burned, first.days_left) == (at(10), None, None)
    assert (second.burns_at, second.days_burned, second.days_left) == (None, 10, 354)
    assert {first.covered_until, second.dark_at} == {None}


def test_there_is_no_place_for_a_key() -> None:
    """Neither under its name nor under another."""
    assert not [one.name for one in fields(Attention) if "key" in one.name]
