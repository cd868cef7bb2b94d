from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.finding import not_compared
from auditor.domain.outcome import Failure
from auditor.domain.result import DiscoveryFailure, OrganizationResult
from auditor.render.html import render
from auditor.report.reading import UnreadableReportError, read_report
from auditor.report.split import ANOTHER, split
from auditor.report.to_json import to_json
from tests.report.evidences import (
    FEW,
    SERVER,
    a_report,
    a_result,
    a_subscription,
    a_subscription_result,
    abridged_results,
    organization_results,
    results_of_other_models,
)
from tests.report.plantings import TENANTS, a_planted_report, store_of, words_of

NAMES = ("acme", "north", "south")


def results() -> st.SearchStrategy[list[OrganizationResult]]:
    """Results of several tenants; none has a message of its own."""
    kinds = organization_results() | abridged_results() | results_of_other_models()
    owned = st.builds(_owned, kinds, st.sampled_from(NAMES))
    return st.lists(owned, max_size=6, unique_by=lambda one: one.organization.id)


def _owned(result: OrganizationResult, tenant: str) -> OrganizationResult:
    ending = result.ending
    if isinstance(ending, Failure):
        ending = replace(ending, message="the server failed")
    return replace(result, tenant=tenant, ending=ending)


def of_tenants(results: Sequence[OrganizationResult], *tenants: str, **changes: Any) -> dict[str, Any]:
    """The report of an audit of *tenants* alone."""
    report = a_report(*(one for one in results if one.tenant in tenants), **changes)
    report["tenants"] = [{"name": one, "tags": [], "contact": ""} for one in tenants]
    return report


@FEW
@given(results())
def test_a_part_is_what_an_audit_of_the_tenant_alone_would_have_written(
    results: list[OrganizationResult],
) -> None:
    """Byte for byte, but for the traffic, of which nobody knows whose it was."""
    parts = dict(split(of_tenants(results, *NAMES)))

    assert list(parts) == sorted({one.tenant for one in results})
    for tenant, part in parts.items():
        alone = of_tenants(results, tenant)
        assert to_json({**part, "traffic": None}) == to_json({**alone, "traffic": None})


@FEW
@given(results())
def test_parts_have_every_organization_once(results: list[OrganizationResult]) -> None:
    """As it stands in the whole."""
    whole = of_tenants(results, *NAMES)

    organizations = [one for _, part in split(whole) for one in part["organizations"]]

    assert organizations == whole["organizations"]


@pytest.mark.parametrize("tenant", TENANTS)
def test_nothing_of_another_tenant_is_in_a_report_or_its_page(tenant: str) -> None:
    """No name, id, message, tag, contact or subscription, in any byte."""
    part = dict(split(a_planted_report(*TENANTS)))[tenant]
    text = to_json(part)
    page = render(read_report(text))

    for other in TENANTS:
        planted = [word.encode() for word in words_of(other)]
        for where in (text, page):
            found = [word for word in planted if word in where]
            assert found == [] if other != tenant else len(found) > 8


def test_everything_of_the_tenant_is_there() -> None:
    """The other half of the promise: nothing was lost on the way."""
    parts = dict(split(a_planted_report(*TENANTS)))

    for tenant in TENANTS:
        text = to_json(parts[tenant]).decode()
        assert [word for word in words_of(tenant) if word not in text] == []
        assert [one["tenant"] for one in parts[tenant]["reclaimHints"]] == [tenant]


def test_messages_that_name_others_do_so_no_more() -> None:
    """What is the tenant's own in them stays."""
    parts = dict(split(a_planted_report(*TENANTS)))

    for tenant in TENANTS:
        (message,) = {one["message"] for one in parts[tenant]["errors"] if one["organizationId"]}
        assert message.count(ANOTHER) == len(TENANTS) - 1
        assert store_of(tenant) in message


def with_a_finding(report: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """*report* with a finding of a policy about the tenant acme, but for *changes*."""
    finding = {
        "id": "f",
        "rule": "r",
        "severity": "error",
        "organizationId": None,
        "tenant": "acme",
        "subject": "tenant acme: x",
        "message": "",
        "due": None,
    }
    return {**report, "findings": [finding | changes]}


def test_others_are_named_in_no_case_and_in_no_rule() -> None:
    """A policy may be spelled as its author likes."""
    whole = of_tenants([a_result(tenant="acme"), a_result("2", tenant="north")], "acme", "north")

    part = dict(split(with_a_finding(whole, rule="north-unused", message="as with NORTH; Acme's")))["acme"]

    assert [(one["rule"], one["message"]) for one in part["findings"]] == [
        (f"{ANOTHER}-unused", f"as with {ANOTHER}; Acme's")
    ]


def test_the_name_of_another_within_ones_own_stays() -> None:
    """It is no mention of the other; outside of that it is."""
    own = a_result("1", tenant="acme", name="Café North GmbH")
    whole = of_tenants([own, a_result("2", tenant="north")], "acme", "north")

    part = dict(split(with_a_finding(whole, message="Café North GmbH: not north")))["acme"]

    assert [one["message"] for one in part["findings"]] == [f"Café North GmbH: not {ANOTHER}"]


def test_a_part_can_be_read_and_tells_the_same_when_split_again() -> None:
    """It is a report like any other, of one tenant."""
    for tenant, part in split(a_planted_report(*TENANTS)):
        document = read_report(to_json(part))
        ((name, again),) = split(document)

        assert name == tenant
        assert to_json(again) == to_json(part)


def test_a_shared_subscription_is_whole_in_the_report_of_each() -> None:
    """Also in the forecast, where the whole report has it with the first tenant only."""
    shared = a_subscription("8", organizations=2)
    held = [
        a_subscription_result(number, shared, tenant=tenant)
        for number, tenant in (("5", "acme"), ("6", "north"))
    ]
    whole = of_tenants(held, "acme", "north")

    parts = dict(split(whole))

    assert [one["tenant"] for one in whole["forecast"]["renewals"]] == ["acme"]
    for tenant, part in parts.items():
        assert [one["tenant"] for one in part["forecast"]["renewals"]] == [tenant]
        assert part["totals"]["subscription"]["seats"]["limit"] == 3


def test_lists_that_were_not_compared_are_not_counted_as_such() -> None:
    """The number of those that were is each tenant's own."""
    compared = replace(a_result("1", tenant="acme"), is_reconciled=True)
    alone = replace(a_result("2", tenant="acme"), findings=(not_compared("2", "acme", reason="no answer"),))
    partial = a_result("3", tenant="acme", ending=SERVER)
    other = replace(a_result("4", tenant="north"), is_reconciled=True)
    results = [compared, alone, partial, other]

    parts = dict(split(of_tenants(results, "acme", "north", is_reconciled=True)))

    assert {name: one["completeness"]["reconciled"] for name, one in parts.items()} == {"acme": 1, "north": 1}
    assert [one["organizationId"] for one in parts["acme"]["findings"]] == ["2"]
    assert parts["north"]["findings"] == []


def test_a_tenant_that_could_not_be_listed_has_a_report_that_says_so() -> None:
    """Though it has no organization; and whoever else was audited is complete."""
    failure = DiscoveryFailure("acme", SERVER)
    owned = [a_result(tenant="north")]

    parts = dict(split(a_report(*owned, discovery_failures=[failure])))

    assert {name: one["completeness"]["complete"] for name, one in parts.items()} == {
        "acme": False,
        "north": True,
    }
    assert (parts["acme"]["organizations"], len(parts["acme"]["errors"])) == ([], 1)


def test_a_tenant_with_nothing_to_tell_has_none() -> None:
    """An audit of it would have written no report, either."""
    ((name, _),) = split(of_tenants([a_result(tenant="acme")], "acme", "north"))

    assert name == "acme"
    assert list(split(of_tenants([], "acme"))) == []


@FEW
@given(results())
def test_a_wanted_tenant_has_a_report_whatever_there_is_of_it(results: list[OrganizationResult]) -> None:
    """That which all would be split into, or one of nothing; the others are not made."""
    report = read_report(to_json(of_tenants(results, *NAMES)))
    everyone = dict(split(report))

    wanted = dict(split(report, wanted={"north", "nobody"}))

    assert list(wanted) == ["nobody", "north"]
    assert wanted["nobody"]["organizations"] == []
    assert wanted["nobody"]["completeness"]["organizations"]["selected"] == 0
    assert wanted["north"] == everyone.get("north", wanted["north"])


def test_what_is_about_all_together_is_in_none() -> None:
    """The verdict, findings of no tenant, and keys that nobody knows."""
    whole = of_tenants([a_result(tenant="acme"), a_result("2", tenant="north")], "acme", "north")
    finding = {
        "id": "f",
        "rule": "r",
        "severity": "error",
        "subject": "total: x",
        "message": "north",
        "due": None,
    }
    place = {"organizationId": None, "tenant": None}
    whole |= {
        "findings": [finding | place, finding | place | {"tenant": "acme"}],
        "verdict": {},
        "extra": "north",
    }
    whole["run"] |= {"extra": "north", "question": "hash of north"}

    part = dict(split(whole))["acme"]

    assert [one["message"] for one in part["findings"]] == [ANOTHER]
    assert b"north" not in to_json(part)
    assert "verdict" not in part


def test_an_interrupted_run_leaves_no_tenant_complete() -> None:
    """What was not even listed shows nowhere else."""
    whole = of_tenants(
        [a_result(tenant="acme"), a_result("2", tenant="north")], "acme", "north", interrupted="stopped"
    )

    for _, part in split(whole):
        assert part["completeness"]["complete"] is False
        assert part["run"] == whole["run"]


def test_traffic_is_zero_and_seen_is_what_was_selected() -> None:
    """Neither is known by tenant; of a single one, all that was seen is its."""
    owned = [a_result(tenant="acme"), a_result("2", tenant="north")]

    part = dict(split(of_tenants(owned, "acme", "north", seen=9)))["acme"]
    ((_, alone),) = split(of_tenants(owned[:1], "acme", seen=9))

    assert set(map(str, part["traffic"].values())) == {"0", "0.0", "{}"}
    assert part["traffic"].keys() == of_tenants([], "acme")["traffic"].keys()
    assert part["completeness"]["organizations"]["seen"] == 1
    assert alone["completeness"]["organizations"]["seen"] == 9


def test_a_report_of_the_first_version_is_refused_at_once() -> None:
    """Before any part of it is asked for."""
    with pytest.raises(UnreadableReportError, match=r"version 1\.0"):
        split({**a_report(), "forecast": None})
