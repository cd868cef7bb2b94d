from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.organization import Organization
from auditor.domain.outcome import Failure, FailureClass, Skip, SkipReason, Status
from auditor.domain.plan import SUBSCRIPTION_BATCH, Assignment, Listing, errands_of, plan_audit
from tests.domain.builders import an_organization


def everything(_: Organization) -> bool:
    return True


def a_listing(*organizations: Organization, tenant: str = "north", failure: Failure | None = None) -> Listing:
    return Listing(tenant, organizations, everything, failure)


def test_organizations_of_every_licensing_model_are_asked_unless_their_api_is_disabled() -> None:
    """No request is spent on an organization that says it would not answer."""
    plan = plan_audit(
        [
            a_listing(
                an_organization("1"),
                an_organization("2", licensing_model="co-term"),
                an_organization("3", licensing_model="subscription"),
                an_organization("4", api_enabled=False),
            )
        ]
    )

    assert [one.organization.id for one in plan.assignments] == ["1", "2", "3"]
    reasons = {one.organization.id: one.ending.reason for one in plan.settled if isinstance(one.ending, Skip)}
    assert reasons == {"4": SkipReason.API_DISABLED}
    assert {one.status for one in plan.settled} == {Status.SKIPPED}


@pytest.mark.parametrize("model", [None, "per-site"])
def test_an_organization_of_an_unknown_model_is_asked(model: str | None) -> None:
    """Its answer settles what it is; guessing would lose it."""
    plan = plan_audit([a_listing(an_organization("1", licensing_model=model))])

    assert len(plan.assignments) == 1


def test_an_organization_whose_api_state_is_unstated_is_asked() -> None:
    """Only an explicit no is a no."""
    plan = plan_audit([a_listing(an_organization("1", api_enabled=None))])

    assert len(plan.assignments) == 1


def test_an_organization_that_two_keys_see_is_audited_once_by_the_first() -> None:
    """Counting it twice would inflate the totals."""
    shared = an_organization("1")
    plan = plan_audit([a_listing(shared, tenant="north"), a_listing(shared, tenant="south")])

    assert [one.tenant for one in plan.assignments] == ["north"]
    assert plan.seen == 1


def test_assignments_are_ordered_by_tenant_then_id() -> None:
    """The order of the report does not depend on the order of the vendor's list."""
    plan = plan_audit(
        [
            a_listing(an_organization("3"), an_organization("1"), tenant="south"),
            a_listing(an_organization("2"), tenant="north"),
        ]
    )

    assert [(one.tenant, one.organization.id) for one in plan.assignments] == [
        ("north", "2"),
        ("south", "1"),
        ("south", "3"),
    ]


def test_an_id_that_no_key_lists_is_reported_as_not_found() -> None:
    """A typo in --org must not look like a clean audit of nothing."""
    plan = plan_audit([a_listing(an_organization("1"))], wanted_ids={"1": None, "2": None})

    (missing,) = plan.settled
    assert (missing.organization.id, missing.status) == ("2", Status.FAILED)
    assert isinstance(missing.ending, Failure)
    assert missing.ending.failure_class is FailureClass.NOT_FOUND
    assert "1 organization" in missing.ending.message


def test_an_id_that_could_not_be_listed_fails_for_the_lists_reason() -> None:
    """Not found is said only where the whole list was read."""
    broken = a_listing(failure=Failure(FailureClass.AUTH, "Invalid API key", http_status=401))
    plan = plan_audit([broken], wanted_ids={"2": None})

    (missing,) = plan.settled
    assert isinstance(missing.ending, Failure)
    assert missing.ending.failure_class is FailureClass.AUTH


def test_an_id_that_was_left_out_on_purpose_is_no_failure() -> None:
    """`--orgs-file` with `--exclude`: the excluded one is there, and not wanted."""
    listing = Listing("north", (an_organization("1"), an_organization("2")), lambda one: one.id == "1")
    plan = plan_audit([listing], wanted_ids={"1": None, "2": None})

    assert plan.settled == ()
    assert [one.organization.id for one in plan.assignments] == ["1"]


def test_an_id_of_one_tenants_list_fails_under_that_tenant() -> None:
    """Another tenant's dead key has nothing to do with it."""
    dead = a_listing(tenant="south", failure=Failure(FailureClass.AUTH, "refused"))
    plan = plan_audit([dead, a_listing(an_organization("1"), tenant="north")], wanted_ids={"9": "north"})

    (missing,) = plan.settled
    assert isinstance(missing.ending, Failure)
    assert (missing.tenant, missing.ending.failure_class) == ("north", FailureClass.NOT_FOUND)


def test_the_same_id_in_two_clouds_is_two_organizations() -> None:
    """China and the others count for themselves."""
    listings = [
        Listing(tenant, [an_organization("501")], everything, cloud=cloud)
        for tenant, cloud in (("north", "a"), ("south", "b"), ("west", "a"))
    ]

    plan = plan_audit(listings)

    assert plan.seen == 2
    assert [(one.tenant, one.others) for one in plan.assignments] == [("north", ("west",)), ("south", ())]


class TestErrands:
    def test_subscription_organizations_of_a_tenant_are_read_together(self) -> None:
        """One call tells the subscriptions of many; a batch stands where its first member stood."""
        models = ["per-device", "subscription", "co-term", "subscription", None]
        work = [
            Assignment(an_organization(str(place), licensing_model=model), "acme")
            for place, model in enumerate(models)
        ]

        errands = errands_of(work)

        assert [[one.organization.id for one in errand] for errand in errands] == [
            ["0"],
            ["1", "3"],
            ["2"],
            ["4"],
        ]

    def test_another_tenant_has_another_batch(self) -> None:
        """Each is read with its own key."""
        work = [
            Assignment(an_organization(name, licensing_model="subscription"), tenant)
            for name, tenant in (("1", "acme"), ("2", "north"), ("3", "acme"))
        ]

        assert [len(errand) for errand in errands_of(work)] == [2, 1]

    @given(st.integers(0, 300))
    def test_no_batch_is_larger_than_a_url_can_hold_and_nobody_is_lost(self, count: int) -> None:
        """A full batch is followed by another one."""
        work = [
            Assignment(an_organization(str(place), licensing_model="subscription"), "acme")
            for place in range(count)
        ]

        errands = errands_of(work)

        assert [one for errand in errands for one in errand] == work
        assert all(0 < len(errand) <= SUBSCRIPTION_BATCH for errand in errands)
