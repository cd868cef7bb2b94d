from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given

from auditor.domain.idle import Burning, Idle
from auditor.domain.note import NoteKind
from auditor.domain.overview import SeatUse
from auditor.domain.result import OrganizationResult
from auditor.domain.subscription import Seats
from auditor.report.document import organization_block
from auditor.report.reading import UnreadableReportError, read_report
from auditor.report.results import result_of, windows_of
from auditor.report.summing import SUMS, summed_up
from auditor.report.to_json import to_json
from tests.domain.builders import AS_OF, WINDOWS, a_license
from tests.report.evidences import (
    FEW,
    NOT_ENABLED,
    SERVER,
    a_co_term_result,
    a_report,
    a_result,
    a_subscription,
    a_subscription_result,
    an_abridged_result,
    reports,
)


def again(report: dict[str, Any]) -> dict[str, Any]:
    """*report* with its sums made anew; what they were is forgotten first."""
    kept = {"organizations": {"seen": report["completeness"]["organizations"]["seen"]}}
    forgotten = {
        "completeness": {**kept, "reconciled": report["completeness"]["reconciled"]},
        "totals": {},
        "darkDates": [],
    }
    return summed_up({**report, **forgotten, "organizations": []}, report["organizations"])


@FEW
@given(reports())
def test_sums_from_blocks_are_the_sums_of_the_run(report: dict[str, Any]) -> None:
    """Every byte, whatever was audited and however it ended."""
    assert to_json(again(report)) == to_json(report)


@FEW
@given(reports())
def test_a_report_that_was_written_sums_up_the_same(report: dict[str, Any]) -> None:
    """As a reader has it, in which a block that is missing is null."""
    document = read_report(to_json(report))

    summed = read_report(to_json(again(document)))

    assert summed == document


@FEW
@given(reports())
def test_a_block_makes_a_result_that_makes_the_block(report: dict[str, Any]) -> None:
    """Nothing that it tells is lost."""
    windows = windows_of(report)

    blocks = [organization_block(result_of(one, windows), windows) for one in report["organizations"]]

    assert to_json({"blocks": blocks}) == to_json({"blocks": report["organizations"]})


def results_of_every_kind() -> list[OrganizationResult]:
    """One of each that a block has a figure of its own for."""
    pages = [
        [
            a_license(id="1", state="expiring", expires_at=AS_OF + timedelta(days=20)),
            a_license(id="2", state="unused", device_serial=None, claimed_at=AS_OF - timedelta(days=80)),
            a_license(id="3", state="active", network_id="N_1", device_serial=None, seat_count=40),
            a_license(id="4", state="unusedActive", device_serial=None),
            a_license(id="5", state="unusedActive", device_serial=None, activates_at=None),
            a_license(id="6", state="paused"),
            a_license(id="7", state="recentlyQueued", device_serial=None),
        ]
    ]
    use = SeatUse(total=40, active=30, unassigned=10, enrolled=31)
    return [
        replace(a_result("1", pages), seat_use=use, is_reconciled=True),
        a_result("2", pages, ending=SERVER),
        a_result("3", [], ending=NOT_ENABLED),
        a_co_term_result("4"),
        a_subscription_result("5", a_subscription("7"), a_subscription("8", organizations=2)),
        a_subscription_result("6", a_subscription("8", organizations=2)),
        an_abridged_result("7"),
    ]


def test_every_figure_has_its_part() -> None:
    """Seats, queues, idle and odd ones among them; each subscription counts once."""
    report = a_report(*results_of_every_kind(), seen=9, is_reconciled=True)

    assert report["totals"]["subscription"]["total"] == 2
    assert report["completeness"]["reconciled"] == 1
    assert to_json(again(report)) == to_json(report)


@pytest.mark.parametrize("left_out", range(7))
def test_figures_come_back_when_the_plan_that_lacks_them_is_gone(left_out: int) -> None:
    """What is null for all together is told of those that know it."""
    results = results_of_every_kind()
    whole = a_report(*results, is_reconciled=True)
    del results[left_out]
    expected = a_report(*results, is_reconciled=True)
    kept = [one for one in whole["organizations"] if one["id"] != str(left_out + 1)]

    head = {**expected, "completeness": {**expected["completeness"], "complete": None}, "totals": {}}

    assert to_json(summed_up(head, kept)) == to_json(expected)


def test_undated_licenses_are_counted_whatever_their_type() -> None:
    """Only the sum tells of them."""
    burning = {"MX": Burning(2, 10, 5, undated=1), "MR": Burning(1, 0, 0, undated=1)}
    results = [
        replace(one, tally=replace(one.tally, idle=Idle(burning=burning)))
        for one in (a_result("1"), a_result("2"))
        if one.tally is not None
    ]
    report = a_report(*results)

    assert report["totals"]["unused"]["burning"]["undated"] == 4
    assert to_json(again(report)) == to_json(report)


def test_notes_of_a_shared_subscription_count_once_where_they_are_told() -> None:
    """A reader of blocks can tell them from the organization's own."""
    one = a_subscription("8", organizations=2, notes={NoteKind.UNREADABLE_DATE: 1})
    report = a_report(a_subscription_result("5", one), a_subscription_result("6", one))
    for block in report["organizations"]:
        block["subscription"]["subscriptions"][0]["notes"] = {"unreadableDate": 1}

    assert report["totals"]["notes"] == {"unreadableDate": 1}
    assert again(report)["totals"] == report["totals"]


def test_two_readings_of_one_subscription_are_settled_as_in_the_run() -> None:
    """Whichever organization comes first."""
    readings = [
        a_subscription_result("5", a_subscription("8", organizations=2)),
        a_subscription_result("6", a_subscription("8", organizations=2, violations=())),
        a_subscription_result("7", a_subscription("8", organizations=2, seats={"LIC-MX": Seats(9, 9, 0)})),
    ]

    for ordered in permutations(readings):
        report = a_report(*ordered)
        assert to_json(again(report)) == to_json(report)


def test_what_was_cut_short_is_not_complete() -> None:
    """The head tells it, where no organization does."""
    head = a_report(a_result())

    assert summed_up(head, head["organizations"])["completeness"]["complete"] is True
    interrupted = {**head, "run": {**head["run"], "interrupted": "stopped"}}
    assert summed_up(interrupted, head["organizations"])["completeness"]["complete"] is False
    error = {"organizationId": None, "tenant": "acme", "class": "auth", "message": "no"}
    unlisted = {**head, "errors": [error]}
    assert summed_up(unlisted, head["organizations"])["completeness"]["complete"] is False


def test_all_but_the_sums_stays_as_it_is() -> None:
    """Keys of nobody's knowledge, too."""
    head = {**a_report(a_result()), "verdict": {"outcome": "passed"}}

    summed = summed_up(head, [])

    assert {key for key in head if summed[key] != head[key]} <= {*SUMS, "organizations"}
    assert list(summed) == list(head)


def test_a_note_of_a_newer_version_is_no_silent_loss() -> None:
    """It could not be summed up, so nothing is."""
    report = a_report(a_result())
    report["organizations"][0]["notes"] = {"brandNew": 1}

    with pytest.raises(UnreadableReportError, match="newer version: 'brandNew'"):
        again(report)


def test_a_report_of_the_first_version_is_refused() -> None:
    """It lacks most of what is summed up."""
    with pytest.raises(UnreadableReportError, match=r"version 1\.0"):
        summed_up({**a_report(), "forecast": None}, [])


def test_windows_are_those_of_the_report() -> None:
    """To the second."""
    assert windows_of(a_report()) == WINDOWS
