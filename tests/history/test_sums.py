from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.result import DiscoveryFailure, OrganizationResult
from auditor.history.record import record_of
from auditor.history.sums import FIXED, digest_of, plan_of, share_read
from auditor.report.reading import read_report
from tests.history.runs import a_run, an_organization
from tests.judge import reports as made
from tests.report.evidences import (
    FEW,
    SERVER,
    a_report,
    abridged_results,
    organization_results,
    results_of_other_models,
)


def fleets(*tenants: str) -> st.SearchStrategy[list[OrganizationResult]]:
    """Organizations of all licensing models, read by all plans, each of one of *tenants*."""
    drawn = organization_results() | abridged_results() | results_of_other_models()
    of_tenant = st.builds(lambda one, tenant: replace(one, tenant=tenant), drawn, st.sampled_from(tenants))
    return st.lists(of_tenant, min_size=1, max_size=5, unique_by=lambda one: one.organization.id)


@FEW
@given(fleets("acme"), st.sampled_from([(), (DiscoveryFailure("acme", SERVER),)]))
def test_a_fleet_of_one_tenant_is_that_tenant(
    results: list[OrganizationResult], failures: tuple[DiscoveryFailure, ...]
) -> None:
    """Its figures are those that the report itself gives as totals, null where these are."""
    record = record_of(a_report(*results, discovery_failures=failures))

    assert record.tenants["acme"] == record.whole


@FEW
@given(fleets("acme", "north"))
def test_counts_of_all_tenants_add_up_to_those_of_the_whole(results: list[OrganizationResult]) -> None:
    """But for subscriptions, which tenants may share."""
    record = record_of(a_report(*results))
    for name, total in record.whole.figures.items():
        values = [part.figures[name] for part in record.tenants.values()]
        known = [value for value in values if value is not None]
        if total is not None and len(known) == len(values) and not name.startswith(("compl", "subscr")):
            assert sum(known) == total, name


@FEW
@given(fleets("acme", "north"))
def test_a_report_that_was_read_back_is_kept_the_same(results: list[OrganizationResult]) -> None:
    """Whether a run just ended or its report is added later; and whether it comes whole or piece by piece."""
    report = a_report(*results)
    head, organizations = report | {"organizations": []}, iter(report["organizations"])

    assert record_of(read_report(orjson.dumps(report))) == record_of(report)
    assert record_of(head, organizations) == record_of(report)


def test_every_record_has_the_fixed_figures_and_those_of_its_windows() -> None:
    """Users can ask for them by name."""
    record = record_of(a_run())
    by_window = {f"expiring.{name}.{days}" for name in ("within", "atRiskWithin") for days in (30, 60, 90)}

    assert set(record.whole.figures) == {*FIXED, *by_window}
    assert set(record.tenants["acme"].figures) == set(record.whole.figures)


def test_a_run_that_read_nothing_knows_nothing() -> None:
    """Its report has zeros as totals; in a trend they would look as if all had been renewed."""
    record = record_of(a_run(0, made.failed("501")))

    for part in (record.whole, record.tenants["acme"]):
        assert part.figures["expiring.total"] is None
        assert part.figures["organizations.failed"] == 1
        assert part.figures["completeness"] == 0


def test_a_tenant_whose_list_broke_is_there_and_not_complete() -> None:
    """Even where not one of its organizations is known."""
    record = record_of(a_run(0, an_organization(), errors=[made.unlisted("north")]))

    assert set(record.tenants) == {"acme", "north"}
    assert record.tenants["acme"].is_complete
    assert not record.tenants["north"].is_complete
    assert record.tenants["north"].figures["completeness"] is None
    assert record.whole.figures["completeness"] is None


def test_a_subscription_of_several_organizations_counts_once() -> None:
    """Whole, and as the reading that knows of more violations tells it."""
    one = made.a_subscription()
    organizations = [
        made.a_subscriber(organization_id, one | {"violations": violations})
        for organization_id, violations in (("1", []), ("2", one["violations"]), ("3", []))
    ]
    figures = record_of(a_run(0, *organizations)).tenants["acme"].figures

    assert figures["subscription.total"] == 1
    assert figures["subscription.seats.limit"] == 10
    assert figures["subscription.violations.productClasses"] == 1


def test_a_report_of_the_first_version_lacks_what_it_never_told() -> None:
    """Nothing is made up for it, neither in all nor by tenant."""
    report = a_run()
    report["totals"] |= {"coTerm": None, "subscription": None}
    report["totals"]["organizations"] |= {"byStanding": None}
    report["totals"]["expiring"] |= {"atRisk": None}
    report["organizations"][0]["expiring"] |= {"atRisk": None}
    record = record_of(report)

    for part in (record.whole, record.tenants["acme"]):
        lacking = {name for name, value in part.figures.items() if value is None}
        assert {"expiring.atRisk", "coTerm.use.overLimit", "organizations.byStanding.dark"} <= lacking
        assert "expiring.total" not in lacking


@pytest.mark.parametrize(
    ("counts", "is_complete", "share"),
    [
        ((8, 0, 0, 2), True, 1.0),
        ((8, 1, 1, 0), False, 0.8),
        ((0, 0, 3, 1), False, 0.0),
        ((4, 0, 0, 0), False, None),
        ((0, 0, 0, 0), False, None),
        ((0, 0, 0, 0), True, 1.0),
    ],
)
def test_only_what_is_complete_is_read_in_full(
    counts: tuple[int, ...],
    is_complete: bool,  # noqa: FBT001
    share: float | None,
) -> None:
    """What is left out on purpose does not count; where a list broke, the share is not known."""
    by_status = dict(zip(("audited", "partial", "failed", "skipped"), counts, strict=True))

    assert share_read(by_status, is_complete=is_complete) == share


def test_the_plan_that_tells_least_is_the_plan_of_the_run() -> None:
    """`targeted` reads small organizations in full: that must not look like another plan each night."""
    assert plan_of(["full", "counts", None]) == "counts"
    assert plan_of(["full", "targeted"]) == "targeted"
    assert plan_of(["full"]) == "full"
    assert plan_of([None]) is None


@given(st.lists(st.tuples(st.text(max_size=3), st.text(max_size=3)), unique=True, max_size=5), st.randoms())
def test_the_digest_tells_organizations_apart_in_any_order(
    members: list[tuple[str, str]], random: Any
) -> None:
    """It says whether two runs were about the same ones."""
    shuffled = random.sample(members, len(members))

    assert digest_of(members) == digest_of(shuffled)
    assert digest_of([*members, ("new", "9999")]) != digest_of(members)


def test_compliance_that_one_organization_lacks_is_not_known_of_all() -> None:
    """Neither of its tenant nor of the whole: a lower bound would look like a mended violation."""
    read = made.a_subscriber("1", made.a_subscription("s-1"))
    refused = made.a_subscriber("2", made.a_subscription("s-2"), tenant="north")
    refused["subscription"] |= {"violations": None}
    refused["subscription"]["subscriptions"][0] |= {"violations": None}
    record = record_of(a_run(0, read, refused))
    name = "subscription.violations.productClasses"

    assert record.whole.figures[name] is None
    assert record.tenants["north"].figures[name] is None
    assert record.tenants["acme"].figures[name] == 1
    assert record.tenants["north"].figures["subscription.seats.limit"] == 10


@pytest.mark.parametrize("read_first", [True, False])
def test_violations_that_one_organization_could_read_stay_with_a_shared_subscription(
    *, read_first: bool
) -> None:
    """The figure is not known all the same, for the other organization may have more of them."""
    known = made.a_subscriber("1", made.a_subscription("s-1"))
    refused = made.a_subscriber("2", made.a_subscription("s-1", violations=[]))
    refused["subscription"] |= {"violations": None}
    refused["subscription"]["subscriptions"][0] |= {"violations": None}
    figures = (
        record_of(a_run(0, *((known, refused) if read_first else (refused, known)))).tenants["acme"].figures
    )

    assert figures["subscription.total"] == 1
    assert figures["subscription.violations.productClasses"] is None


@pytest.mark.parametrize("seats", [None, {"limit": None, "assigned": 12, "available": 0}])
def test_seats_of_which_some_cannot_be_read_are_not_known(seats: Any) -> None:
    """They are never 0, which would look as if the seats had been given back."""
    odd = made.a_subscriber("1", made.a_subscription("s-1"), made.a_subscription("s-2"))
    report = a_run(0, odd)
    report["organizations"][0]["subscription"]["subscriptions"][1]["seats"] = {"LIC-MR-E": seats}
    record = record_of(report)

    for part in (record.whole, record.tenants["acme"]):
        assert part.figures["subscription.seats.limit"] is None
        assert part.figures["subscription.total"] is not None
    assert record.tenants["acme"].figures["subscription.seats.assigned"] == (None if seats is None else 24)


def test_devices_whose_licensed_count_cannot_be_read_are_not_known() -> None:
    """An organization without a readable count makes no sum smaller."""
    report = a_run(0, an_organization("1"), an_organization("2"))
    for one, licensed in zip(report["organizations"], (4, None), strict=True):
        one |= {"licenses": None, "coTerm": {"devices": {"licensed": licensed}, "use": None}}
    record = record_of(report)

    assert record.whole.figures["coTerm.devices.licensed"] is None
    assert record.tenants["acme"].figures["coTerm.devices.licensed"] is None
