"""The blocks about subscriptions: what is not known is null, and comes back from a report as unknown."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import jsonschema_rs
import pytest

from auditor.domain.result import OrganizationResult
from auditor.domain.subscription import Seats, SubscriptionAccount, Violation, subscription_outlook
from auditor.render.html_page.detail import parts_of
from auditor.render.html_page.words import sku_in_words
from auditor.report.reading import read_report
from auditor.report.redaction import redact
from auditor.report.schema.report import Report, report_schema
from auditor.report.split import split
from auditor.report.summing import summed_up
from auditor.report.to_json import to_json
from tests.domain.builders import AS_OF, WINDOWS
from tests.report.evidences import a_report, a_subscription, a_subscription_result

BROKEN = a_subscription("8", violations=(), seats={"LIC-MX": None, "LIC-MR": Seats(2, 1, 1)})
VALIDATOR = jsonschema_rs.validator_for(report_schema(), validate_formats=True)


def unread(result: OrganizationResult) -> OrganizationResult:
    """*result* without its compliance."""
    assert result.subscriptions is not None
    account = SubscriptionAccount(result.subscriptions.subscriptions, is_compliance_known=False)
    return replace(result, subscriptions=account, outlook=subscription_outlook(account, WINDOWS))


def block_of(result: OrganizationResult) -> Any:
    (organization,) = a_report(result)["organizations"]
    return organization


def test_violations_are_null_where_compliance_was_not_read() -> None:
    """Of the organization always, of a subscription unless something was told of it elsewhere."""
    told = block_of(unread(a_subscription_result("7", BROKEN, a_subscription("9"))))["subscription"]

    assert told["violations"] is None
    assert [one["violations"] is None for one in told["subscriptions"]] == [True, False]


def test_totals_tell_of_how_many_organizations_compliance_was_not_read() -> None:
    """Beside what the others have."""
    report = a_report(unread(a_subscription_result("7", BROKEN)), a_subscription_result("8"))

    assert report["totals"]["subscription"]["violations"] == {
        "productClasses": 0,
        "missing": {},
        "unknown": 1,
    }


def test_seats_that_cannot_be_read_are_null_and_in_no_sum() -> None:
    """An SKU of which nothing is known is not among the sums at all."""
    told = block_of(a_subscription_result("7", BROKEN))["subscription"]

    assert told["subscriptions"][0]["seats"] == {
        "LIC-MR": {"limit": 2, "assigned": 1, "available": 1, "over": 0},
        "LIC-MX": None,
    }
    assert (told["seats"]["limit"], list(told["seats"]["bySku"])) == (2, ["LIC-MR"])
    assert told["seats"]["unreadable"] == 1


def test_without_a_list_of_seats_there_is_no_sum() -> None:
    """Never a wrong zero: neither of the organization nor in the totals, as long as nothing else is known."""
    lone = a_subscription_result("7", a_subscription("8", seats=None))
    sums = ("limit", "assigned", "available", "over", "unreadable")

    told = block_of(lone)["subscription"]
    assert told["subscriptions"][0]["seats"] is None
    assert [told["seats"][name] for name in sums] == [None, None, None, None, 1]
    seats = a_report(lone)["totals"]["subscription"]["seats"]
    assert [seats[name] for name in sums] == [None, None, None, None, 1]
    seats = a_report(lone, a_subscription_result("8", a_subscription("9")))["totals"]["subscription"]["seats"]
    assert [seats[name] for name in sums] == [3, 2, 1, 0, 1]


def test_skus_are_told_where_they_are_named() -> None:
    """Each that has seats or is missing; null for one that is not listed, and for all without the list."""
    told = block_of(a_subscription_result("7", BROKEN))["subscription"]
    assert told["skus"]["LIC-MR"] is None
    assert told["skus"]["LIC-MX"] == {
        "name": "MX",
        "productType": "appliance",
        "productClass": "MX Small",
        "featureTier": "essentials",
        "isAddOn": False,
        "isFree": False,
    }
    assert block_of(unread(a_subscription_result("7", BROKEN)))["subscription"]["skus"] is None


@pytest.mark.parametrize("numbers", [("5", "6"), ("6", "5")])
def test_the_totals_tell_what_any_organization_was_told(numbers: tuple[str, str]) -> None:
    """Whoever comes first; an SKU of which nobody was told anything is null."""
    read, other = (a_subscription_result(number, BROKEN) for number in numbers)
    report = a_report(read, unread(other))

    assert report["totals"]["subscription"]["skus"] == block_of(read)["subscription"]["skus"]
    alone = a_report(unread(other))["totals"]["subscription"]["skus"]
    assert alone == {"LIC-MR": None, "LIC-MX": None}
    assert summed_up(report, report["organizations"])["totals"] == report["totals"]


def test_what_turns_up_in_two_organizations_is_shared_in_the_totals() -> None:
    """Whoever comes first, and though the vendor does not say so."""
    one, two = (a_subscription("8", organizations=None, name=name) for name in ("one", "two"))
    results = [a_subscription_result(number, held) for number, held in (("5", one), ("6", two), ("7", one))]
    reports = [a_report(*ordered) for ordered in permutations(results)]

    assert {report["totals"]["subscription"]["shared"] for report in reports} == {1}
    assert len({to_json(report) for report in reports}) == 1
    assert a_report(results[0])["totals"]["subscription"]["shared"] == 0


@pytest.mark.parametrize("status", ["active", "out_of_compliance", "expired"])
def test_what_is_not_known_is_valid_and_comes_back(status: str) -> None:
    """The schema has a place for it, and sums that are made anew are the same."""
    ended = a_subscription("9", status=status, ends_at=AS_OF - timedelta(days=1))
    report = a_report(unread(a_subscription_result("7", BROKEN)), a_subscription_result("8", ended, BROKEN))

    assert list(VALIDATOR.iter_errors(report)) == []
    read = Report.model_validate_json(to_json(report))
    assert read.model_dump(mode="json", by_alias=True, exclude_unset=True) == report
    anew = summed_up(report, report["organizations"])["totals"]
    assert anew["subscription"] == report["totals"]["subscription"]
    assert anew["organizations"]["byStanding"] == report["totals"]["organizations"]["byStanding"]


def test_the_page_says_what_is_not_known() -> None:
    """Neither zero seats nor zero violations."""
    block = Report.model_validate_json(
        to_json(a_report(unread(a_subscription_result("7", BROKEN))))
    ).model_dump(mode="json", by_alias=True)["organizations"][0]

    told = {line[0]: line[1] for part in parts_of(block, (), ()) for line in part[1]}

    assert told["LIC-MX"] == told["Product classes in violation"] != "0"
    assert told["LIC-MR"] == "1 of 2 seats assigned"


def test_the_page_tells_what_skus_are() -> None:
    """By name beside the number, wherever one stands; and of each what it is."""
    text = to_json(a_report(a_subscription_result("7", a_subscription("8"))))
    block = Report.model_validate_json(text).model_dump(mode="json", by_alias=True)["organizations"][0]

    parts = dict(parts_of(block, (), ()))

    assert dict(parts["SKUs"]) == {"LIC-MX": "MX Small, appliance, essentials"}
    assert dict(parts["Subscriptions"])["Missing, LIC-MX (MX)"] == "1"
    lines = dict(parts["Subscription Branches"])
    assert lines["LIC-MX (MX)"] == "2 of 3 seats assigned"
    assert lines["Violation, MX Small"].endswith("missing LIC-MX (MX) 1")


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (None, "not known"),
        ({}, "not known"),
        ({"productClass": "MV", "productType": "camera", "isAddOn": True}, "MV, camera, add-on"),
        ({"productType": "switch", "isFree": True, "isAddOn": False}, "switch, free"),
    ],
)
def test_an_sku_is_told_as_far_as_it_is_known(told: dict[str, Any] | None, words: str) -> None:
    """In the vendor's words, and nothing for what it does not say."""
    empty = dict.fromkeys(("productClass", "productType", "featureTier", "isAddOn", "isFree"))

    assert sku_in_words(told if told is None else empty | told) == words


def test_the_page_shows_why_seats_do_not_add_up() -> None:
    """Beside each other, and in words where nothing is known."""
    over = a_subscription("8", violations=(), seats={"LIC-MX": Seats(10, 15, 0, 5)})
    result = a_subscription_result("7", over, a_subscription("9", violations=(), seats=None))
    report = Report.model_validate_json(to_json(a_report(result)))
    (block,) = report.model_dump(mode="json", by_alias=True)["organizations"]

    lines = [line for _, part in parts_of(block, (), ()) for line in part]

    assert ("Seats", "15 of 10 assigned") in lines
    assert ("Seats over the limit", "5") in lines
    assert ("Seats not known of subscriptions", "1") in lines
    assert ("Seats", "not known") in lines


def test_what_is_not_known_comes_back_from_a_report() -> None:
    """Seats without a list, quantities that could not be read, and what is over the limit."""
    violation = Violation("MX Small", AS_OF + timedelta(days=5), {"LIC-MX": None, "LIC-MR": 1})
    one = a_subscription("8", seats=None, violations=(violation,))
    two = a_subscription("9", seats={"LIC-MX": Seats(10, 15, 0, 5)}, violations=())
    report = a_report(a_subscription_result("7", one, two))

    again = summed_up(report, report["organizations"])

    assert to_json(again) == to_json(report)
    assert report["totals"]["subscription"]["violations"]["missing"] == {"LIC-MR": 1, "LIC-MX": None}


IDLE = (
    a_subscription("1", networks=0, smart_account="pending", renews_at=AS_OF, violations=()),
    a_subscription("2", networks=None, violations=()),
    a_subscription("3", starts_at=AS_OF + timedelta(days=1), networks=None, seats=None, violations=()),
    a_subscription("4", violations=()),
)


def test_what_lies_idle_is_told_of_the_organization_and_in_the_totals() -> None:
    """And of each subscription what it is idle by; a shared one once."""
    report = a_report(a_subscription_result("7", *IDLE), a_subscription_result("8", IDLE[0]))
    told = report["organizations"][0]["subscription"]

    assert told["idle"] == {
        "subscriptions": 2,
        "seats": 3,
        "noNetwork": 1,
        "pending": 1,
        "notStarted": 1,
        "unknown": 1,
    }
    assert report["totals"]["subscription"]["idle"] == told["idle"]
    keys = ("networks", "smartAccount", "renewsAt")
    assert [[one[key] for key in keys] for one in told["subscriptions"]] == [
        [0, "pending", "2026-03-01T12:00:00Z"],
        [None, None, None],
        [None, None, None],
        [4, None, None],
    ]


def test_what_lies_idle_comes_back_from_a_report() -> None:
    """When sums are made anew, and for each tenant, masked or not."""
    report = a_report(a_subscription_result("7", *IDLE))
    assert list(VALIDATOR.iter_errors(report)) == []

    again = summed_up(report, report["organizations"])
    ((_, part),) = split(report)
    masked = redact(read_report(to_json(report)), salt=b"salt of a test, long enough")

    assert to_json(again) == to_json(report)
    for document in (part, masked):
        assert document["totals"]["subscription"]["idle"] == report["totals"]["subscription"]["idle"]
        held = document["organizations"][0]["subscription"]["subscriptions"]
        assert sorted(one["smartAccount"] or "" for one in held) == ["", "", "", "pending"]
        assert sorted(one["renewsAt"] or "" for one in held) == ["", "", "", "2026-03-01T12:00:00Z"]


def test_a_report_of_an_earlier_version_knows_nothing_of_what_lies_idle() -> None:
    """Null and no nought, before and after its sums are made anew."""
    report = a_report(a_subscription_result("7", *IDLE))
    del report["totals"]["subscription"]["idle"]
    for block in (one["subscription"] for one in report["organizations"]):
        del block["idle"]
        for one in block["subscriptions"]:
            del one["networks"], one["smartAccount"], one["renewsAt"]

    read = read_report(to_json(report))

    assert read["totals"]["subscription"]["idle"] is None
    anew = summed_up(read, read["organizations"])["totals"]["subscription"]["idle"]
    assert (anew["subscriptions"], anew["notStarted"], anew["unknown"]) == (1, 1, 3)
