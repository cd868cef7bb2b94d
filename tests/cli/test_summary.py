from __future__ import annotations

import copy
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from auditor.cli.summary import ADVICE, MAX_ERRORS, summary_lines
from auditor.domain.co_term import CoTermAccount, CoTermOverview
from auditor.domain.extra import Extra
from auditor.domain.finding import disagreement, not_compared
from auditor.domain.outcome import Failure, FailureClass, Skip, SkipReason
from auditor.domain.result import DiscoveryFailure
from auditor.domain.subscription import Seats
from tests.domain.builders import AS_OF, a_license
from tests.report.evidences import (
    FORBIDDEN,
    SERVER,
    a_co_term_result,
    a_report,
    a_result,
    a_subscription,
    a_subscription_result,
    an_abridged_result,
)

SOON = AS_OF + timedelta(days=45)
FLEET = [
    a_license(id="1"),
    a_license(id="2", state="expiring", expires_at=SOON, device_serial="Q2XX-TEST-0002"),
    a_license(id="3", state="unused", term=timedelta(365)),
    a_license(id="4", state="unusedActive"),
    a_license(id="5", license_type="SME", seat_count=25),
    a_license(id="6", state="paused"),
]
CO_TERM = Skip(SkipReason.UNSUPPORTED_MODEL, "licensing model co-term")
REFUSED = Failure(FailureClass.AUTH, "the API key is missing, wrong or revoked", 401, 1)

COMPLETE = """\
3 organizations as of 2026-03-01T12:00:00Z: complete
  2 audited, 1 skipped (1 unsupportedModel)

  licenses  7
            3 active · 1 expiring · 1 unused
            1 unusedActive · 1 paused
  expiring  1: 1 at risk, 0 covered by what is queued
  ending    0 within 30 days, 0 of them at risk
            1 within 60 days, 1 of them at risk
            1 within 90 days, 1 of them at risk
  unused    2: 1 not burning, 1 burning already
            1 fit a device at risk in the same organization
  seats     25 in 1 license
  standing  organizations: 1 expiring, 1 ok
  next dark 2026-05-15 in 1 Example
  notes     1 unknownState

  12 requests in 0:04 (3/s, 3% of the address budget), 2 retries, 1 × 429"""

INCOMPLETE = """\
3 organizations as of 2026-03-01T12:00:00Z: INCOMPLETE, counts are lower bounds
  1 audited, 1 partial, 1 failed (1 pagination, 1 server)
  ended early: stopped by SIGINT

  licenses  2
            2 active
  expiring  0: 0 at risk, 0 covered by what is queued (in 1 organization read to the end)
  ending    0 within 30 days, 0 of them at risk
            0 within 60 days, 0 of them at risk
            0 within 90 days, 0 of them at risk
  unused    0: 0 not burning, 0 burning already
  standing  organizations: 1 ok, 1 not known

  auth: tenant north: the API key is missing, wrong or revoked
  pagination: 2: page 3 names a next page that was read already
  server: 3: the server failed
  -> auth: the API key was refused: check that it is current and enabled
  -> pagination: the vendor's page links cannot be followed: what was read is a lower bound
  -> server: the vendor answers with errors: run again later

  12 requests in 0:04 (3/s, 3% of the address budget), 2 retries, 1 × 429"""


def text_of(report: dict[str, Any]) -> str:
    return "\n".join(summary_lines(report))


def test_a_complete_audit_is_told_like_this() -> None:
    """Verdict first, then what to act on, then what it cost."""
    report = a_report(
        a_result("1", [FLEET]), a_result("2", [[a_license()]]), a_result("3", [], ending=CO_TERM)
    )

    assert text_of(report) == COMPLETE


def test_an_incomplete_audit_is_told_like_this() -> None:
    """What is missing, why, and what to do about it, once per class."""
    loop = Failure(FailureClass.PAGINATION, "page 3 names a next page that was read already")
    report = a_report(
        a_result("1", [[a_license()]]),
        a_result("2", [[a_license()]], ending=loop),
        a_result("3", [], ending=SERVER),
        interrupted="stopped by SIGINT",
        discovery_failures=[DiscoveryFailure("north", REFUSED)],
    )

    assert text_of(report) == INCOMPLETE


LACKING = """\
3 organizations as of 2026-03-01T12:00:00Z: INCOMPLETE, some standings are not known
  3 audited
  missing   seatUse in 1 organization, compliance in 2: the license counts are exact"""


def test_what_is_missing_is_one_line_and_no_lower_bound() -> None:
    """What, in how many organizations, and that nothing else suffers."""
    report = a_report(
        a_result("1", [[a_license()]], missing={Extra.SEAT_USE: FORBIDDEN}),
        a_subscription_result("2", a_subscription("77"), missing={Extra.COMPLIANCE: FORBIDDEN}),
        a_subscription_result("3", a_subscription("78"), missing={Extra.COMPLIANCE: FORBIDDEN}),
    )

    assert text_of(report).startswith(LACKING + "\n\n")
    assert "  forbidden: 2: compliance: no access\n" in text_of(report)


def test_an_extra_that_decides_nothing_leaves_the_audit_complete() -> None:
    """The line is there all the same."""
    report = a_report(a_result("1", [[a_license()]], missing={Extra.SEAT_USE: FORBIDDEN}))

    first, _, third, *_ = text_of(report).splitlines()
    assert first.endswith(": complete")
    assert third == "  missing   seatUse in 1 organization: the license counts are exact"


def test_beside_a_list_that_broke_off_only_whole_lists_are_exact() -> None:
    """And failures that cost figures come before those that cost an extra."""
    report = a_report(
        a_result("1", [[a_license()]], missing={Extra.SEAT_USE: FORBIDDEN}),
        a_result("2", [[a_license()]], ending=SERVER),
    )

    text = text_of(report)
    assert ": INCOMPLETE, counts are lower bounds\n" in text
    assert "seatUse in 1 organization: what was read whole is counted exactly\n" in text
    assert text.index("  server: 2: ") < text.index("  forbidden: 1: seatUse: ")


OTHER_MODELS = """\
2 organizations as of 2026-03-01T12:00:00Z: complete
  2 audited

  co-term   1 organization, 6 devices licensed, 2 in use beyond that (estimate)
            1 OK
  subscr.   2 subscriptions of 1 organization: 6 seats, 2 available
            2 product classes out of compliance
  something ends in organizations: 0 within 30 days, 1 within 60 days, 1 within 90 days
  standing  organizations: 1 in grace, 1 expiring
  next dark 2026-03-06 in 5 Example, then 1 more

  12 requests in 0:04 (3/s, 3% of the address budget), 2 retries, 1 × 429"""


def test_devices_whose_counts_cannot_be_read_are_in_no_sum() -> None:
    """The line says of how many organizations it is, and never zero where nobody knows."""
    unread = CoTermAccount(CoTermOverview("OK", AS_OF, knows_devices=False))
    some = a_report(a_co_term_result("4"), a_co_term_result("5", unread))
    none = a_report(a_co_term_result("5", unread))

    assert "2 organizations, 6 devices licensed (counts of 1 of them could be read)" in text_of(some)
    assert "1 organization, devices licensed not known\n" in text_of(none)


def test_the_other_licensing_models_are_told_like_this() -> None:
    """Devices and seats have lines of their own, and no line tells of licenses where there are none."""
    shared = a_subscription("78", organizations=2)
    report = a_report(a_co_term_result("4"), a_subscription_result("5", a_subscription("77"), shared))

    assert text_of(report) == OTHER_MODELS


ABRIDGED = """\
2 organizations as of 2026-03-01T12:00:00Z: complete
  2 audited

  licenses  24
            14 active · 4 expiring · 2 unused
            2 paused · 2 unknown
  ending    not known: the dates of some organizations were not read
  unused    2: 2 not burning, 0 burning already
  seats     100
  standing  organizations: 2 not known
  notes     2 unknownState
  plan      2 organizations counts

  0 organizations compared with the vendor's overview, 1 could not be; 1 finding: see `findings` in the report

  12 requests in 0:04 (3/s, 3% of the address budget), 2 retries, 1 × 429"""


def test_an_audit_of_overviews_is_told_like_this() -> None:
    """No figure that nobody knows; how the others were come by; that there is something to look into."""
    finding = not_compared("1", "acme", reason="the server failed")
    results = replace(an_abridged_result("1"), findings=(finding,)), an_abridged_result("2")

    assert text_of(a_report(*results, is_reconciled=True)) == ABRIDGED


def test_where_dates_of_one_organization_are_not_known_no_window_is_told() -> None:
    """Neither as a sum over the others, nor as zero."""
    text = text_of(a_report(a_result("1", [FLEET]), an_abridged_result("2")))

    assert "within 30 days" not in text
    assert "ending    not known" in text
    assert "  seats" in text
    assert "None" not in text


def test_what_a_comparison_came_to_is_told() -> None:
    """How many were compared, also where they all agree."""
    finding = disagreement("1", "acme", subject="total", message="the list has 1, the overview says 2")
    agreeing = replace(a_result("1"), is_reconciled=True)
    differing = replace(a_result("2"), is_reconciled=True, findings=(finding,))

    assert "  1 organization compared with the vendor's overview; no finding" in summary_lines(
        a_report(agreeing, an_abridged_result("3"), is_reconciled=True)
    )
    assert (
        "  2 organizations compared with the vendor's overview; 1 finding: see `findings` in the report"
        in summary_lines(a_report(agreeing, differing, is_reconciled=True))
    )


def test_where_nothing_was_read_there_are_no_counts() -> None:
    """Zero licenses would be a figure; this is none."""
    text = text_of(a_report(a_result("1", [], ending=SERVER)))

    assert "licenses" not in text
    assert "server: 1: the server failed" in text


def test_many_errors_are_cut_after_the_first_few() -> None:
    """The report has them all; the advice covers every class, shown or not."""
    results = [a_result(str(number), [], ending=SERVER) for number in range(10, 10 + MAX_ERRORS + 1200)]
    last = a_result("99999", [], ending=Failure(FailureClass.FORBIDDEN, "the API key may not read this"))

    lines = list(summary_lines(a_report(*results, last)))

    assert len([line for line in lines if line.startswith("  server: ")]) == MAX_ERRORS
    assert "  and 1,201 more under `errors` in the report" in lines
    assert [line.partition(":")[0] for line in lines if line.startswith("  ->")] == [
        "  -> server",
        "  -> forbidden",
    ]


def test_nothing_from_the_api_can_command_the_terminal() -> None:
    """Messages, ids and states are the vendor's text, and so are control characters in them."""
    hostile = "\x1b]0;owned\x07\r\n"
    failure = Failure(FailureClass.SERVER, f"said {hostile}")
    report = copy.deepcopy(a_report(a_result(f"1{hostile}", [[a_license(state=hostile)]], ending=failure)))

    lines = list(summary_lines(report))

    assert all(line.isprintable() for line in lines)
    assert "  server: 1?]0;owned???: said ?]0;owned???" in lines
    assert "            1 ?]0;owned???" in lines


@pytest.mark.parametrize("failure_class", FailureClass)
def test_every_class_of_failure_has_advice(failure_class: FailureClass) -> None:
    """Nobody is left alone with a name."""
    assert ADVICE[failure_class]
    assert set(ADVICE) == set(FailureClass)


@pytest.mark.parametrize(
    ("seats", "words"),
    [
        ({"A": Seats(10, 15, 0, 5), "B": Seats(4, 1, 3)}, "14 seats, 3 available, 5 over the limit"),
        ({"A": Seats(4, 1, 3), "B": None}, "4 seats, 3 available, not known of 1 subscription"),
        (None, "seats not known"),
    ],
)
def test_seats_that_do_not_add_up_say_why(seats: dict[str, Seats | None] | None, words: str) -> None:
    """More is assigned than the limit, or some cannot be read; what nobody knows is no nought."""
    report = a_report(a_subscription_result("5", a_subscription("77", seats=seats)))

    assert f"1 subscription of 1 organization: {words}\n" in text_of(report)


def test_what_lies_idle_is_said_below_the_seats() -> None:
    """And of how many nobody knows; nothing where all are in use."""
    unbound, untold = a_subscription("77", networks=0), a_subscription("78", networks=None)
    unread = a_subscription("77", networks=0, seats=None)

    text = text_of(a_report(a_subscription_result("5", unbound, untold)))
    assert "\n            1 idle with 3 seats, 1 with networks not known\n" in text
    text = text_of(a_report(a_subscription_result("5", unread)))
    assert "\n            1 idle with seats not known\n" in text
    assert " idle" not in text_of(a_report(a_subscription_result("5", a_subscription("77"))))
