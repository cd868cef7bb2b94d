from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given

from auditor.judge.comparison.compare import difference_of
from auditor.judge.comparison.difference import Difference, difference_schema
from tests.judge.drawn import FEW, reports
from tests.judge.reports import (
    a_co_term,
    a_document,
    a_subscriber,
    a_subscription,
    an_organization,
    failed,
    partial,
    skipped,
    unlisted,
)

LATER = "2026-03-31T12:00:00Z"


def by_type(
    expiring: int = 0, *, expired: int = 0, unused: int = 0, burning: int = 0, active: int = 9
) -> dict[str, Any]:
    """An organization with so many MX64-ENT in each state."""
    states = {
        "active": active,
        "expiring": expiring,
        "expired": expired,
        "unused": unused,
        "unusedActive": burning,
    }
    figures = {
        "licenses.byType": {"MX64-ENT": states},
        "licenses.byState": states,
        "licenses.total": sum(states.values()),
    }
    return an_organization("1", figures)


def compare(old: Any, new: Any) -> Difference:
    """The difference between two reports, or reports on single organizations."""
    documents = [one if "organizations" in one else a_document(one) for one in (old, new)]
    documents[1] = documents[1] | {"asOf": LATER}
    return difference_of(*documents)


def moves(difference: Difference) -> dict[str, list[tuple[str | None, int, bool]]]:
    """What happened to licenses, by kind: type, count, whether it is a lower bound."""
    return {
        kind: [(one.what, one.count, one.at_least) for one in found]
        for kind, found in difference.licenses
        if found
    }


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (by_type(), by_type(3, active=6), {"became_expiring": 3}),
        (by_type(3), by_type(0, active=12), {"renewed": 3}),
        (by_type(3), by_type(0, expired=3), {"expired": 3}),
        (by_type(5), by_type(0, expired=2, active=12), {"expired": 2, "renewed": 3}),
        (by_type(expired=2), by_type(active=11), {"renewed": 2}),
        (by_type(5), by_type(0), {}),
        (by_type(5), by_type(2), {}),
        (by_type(2, expired=1), by_type(1, expired=2), {"expired": 1}),
        (by_type(), by_type(unused=4), {"became_unused": 4}),
        (by_type(unused=4), by_type(burning=4), {"began_to_burn": 4}),
        (by_type(unused=4), by_type(unused=1, active=12), {"reclaimed": 3}),
        (by_type(unused=4), by_type(unused=1), {}),
        (by_type(burning=4), by_type(burning=1, active=12), {"reclaimed": 3}),
    ],
)
def test_counts_by_state_tell_what_happened_net(old: Any, new: Any, told: dict[str, int]) -> None:
    """What went away altogether was neither renewed nor reclaimed."""
    assert moves(compare(old, new)) == {kind: [("MX64-ENT", count, False)] for kind, count in told.items()}


def test_types_are_told_apart_where_both_sides_read_them() -> None:
    """Three of one kind renewed and three of another expiring are two events, not none."""
    old = an_organization("1", {"licenses.byType": {"MR": {"expiring": 3}, "MS": {"active": 3}}})
    new = an_organization("1", {"licenses.byType": {"MR": {"active": 3}, "MS": {"expiring": 3}}})

    assert moves(compare(old, new)) == {"became_expiring": [("MS", 3, False)], "renewed": [("MR", 3, False)]}


def test_types_are_told_in_order() -> None:
    """The same reports give the same bytes."""
    types = [f"MX{n}" for n in range(20)]
    old, new = (
        an_organization("1", {"licenses.byType": {one: {state: 1} for one in types}})
        for state in ("active", "expiring")
    )

    assert [what for what, _, _ in moves(compare(old, new))["became_expiring"]] == sorted(types)


def test_without_types_all_are_told_together() -> None:
    """An overview counts by state alone."""
    old = an_organization("1", {"licenses.byType": None, "licenses.byState": {"expiring": 1}}, plan="counts")
    new = an_organization("1", {"licenses.byState": {"expiring": 3}})

    assert moves(compare(old, new)) == {"became_expiring": [(None, 2, False)]}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (by_type(1), partial("1", {"licenses.byState.expiring": 3}), {"became_expiring": [(None, 2, True)]}),
        (by_type(5), partial("1", {"licenses.byState.expiring": 3}), {}),
        (by_type(), partial("1", {"unused.total": 3}), {"became_unused": [(None, 3, True)]}),
        (partial("1", {"licenses.byState.unused": 5, "licenses.byState.expiring": 2}), by_type(5), {}),
        (by_type(), failed("1"), {}),
        (failed("1"), by_type(9), {}),
    ],
)
def test_of_what_was_read_in_part_only_certain_rises_are_told(
    old: Any, new: Any, told: dict[str, Any]
) -> None:
    """A fall may be what was not read."""
    assert moves(compare(old, new)) == told


def test_counts_of_a_partial_side_are_told_where_they_prove_a_change() -> None:
    """A lower bound above what was, or below which what is lies."""
    old = a_document(by_type(), partial("2", {"unused.unused": 5}), partial("3"))
    new = a_document(
        partial("1", {"unused.unused": 4}), an_organization("2"), partial("3", {"unused.unused": 4})
    )

    counts = [one for one in compare(old, new).counts if one.figure == "unused.unused"]

    assert [(one.organization_id, one.before, one.after, one.at_least) for one in counts] == [
        ("1", 0, 4, True),
        ("2", 5, 0, True),
    ]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z", ["renewed"]),
        ("2026-06-15T00:00:00Z", "2026-06-15T00:00:00Z", ["became_expiring"]),
        ("2026-05-15T00:00:00Z", "2026-05-15T00:00:00Z", []),
        ("2026-03-09T00:00:00Z", "2026-03-09T00:00:00Z", ["expired"]),
        ("2026-02-09T00:00:00Z", "2026-02-09T00:00:00Z", []),
        ("2026-03-31T12:00:00Z", "2026-03-31T12:00:00Z", ["expired"]),
        ("2026-03-09T00:00:00Z", "2026-04-09T00:00:00Z", ["renewed"]),
        ("2026-02-09T00:00:00Z", "2026-04-09T00:00:00Z", ["became_expiring", "renewed"]),
        (None, "2026-04-09T00:00:00Z", []),
        ("2026-04-09T00:00:00Z", None, []),
    ],
)
def test_under_co_termination_the_date_tells(before: str | None, after: str | None, told: list[str]) -> None:
    """All devices of the organization together."""
    difference = compare(*(a_co_term("1", {"coTerm.expiresAt": end}) for end in (before, after)))

    assert moves(difference) == {kind: [(None, 7, False)] for kind in told}
    assert bool(difference.dates) is (before != after and None not in (before, after))


def test_under_co_termination_devices_that_cannot_be_read_are_renewed_all_the_same() -> None:
    """Some number of them, of which nothing is known but that it is not below zero."""
    unread = {
        "coTerm.devices": {"licensed": None, "byModel": None},
        "coTerm.expiresAt": "2028-01-01T00:00:00Z",
    }
    difference = compare(a_co_term("1", {"coTerm.expiresAt": "2027-01-01T00:00:00Z"}), a_co_term("1", unread))

    assert moves(difference) == {"renewed": [(None, 0, True)]}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"endsAt": "2027-03-21T12:00:00Z"}, ["renewed"]),
        ({}, ["expired"]),
        ({"endsAt": "2027-03-21T12:00:00Z", "status": "canceled"}, ["expired"]),
        ({"endsAt": None, "status": "expired"}, ["expired"]),
        ({"endsAt": None}, []),
    ],
)
def test_subscriptions_are_told_by_their_end(changes: dict[str, Any], told: list[str]) -> None:
    """Each once, with all its seats, though two organizations share it."""
    old, new = (
        a_document(a_subscriber("1", one), a_subscriber("2", one))
        for one in (a_subscription(), a_subscription(**changes))
    )

    assert moves(compare(old, new)) == {kind: [("s-1", 10, False)] for kind in told}


@pytest.mark.parametrize("seats", [None, {"LIC-MR-E": None}])
def test_a_subscription_whose_seats_cannot_be_read_is_renewed_all_the_same(seats: Any) -> None:
    """Of some number of seats, which is not below zero."""
    later = a_subscription(endsAt="2027-03-21T12:00:00Z")
    new = a_subscriber("1", later)
    new["subscription"]["subscriptions"][0]["seats"] = seats

    assert moves(compare(a_subscriber("1", a_subscription()), new)) == {"renewed": [("s-1", 0, True)]}


@pytest.mark.parametrize("before", [{"status": "canceled"}, {"endsAt": "2026-02-01T00:00:00Z"}])
def test_what_was_over_does_not_expire_again(before: dict[str, Any]) -> None:
    """Though its status says so only now."""
    old, new = a_subscription(**before), a_subscription(**before | {"status": "expired"})

    assert moves(compare(a_subscriber("1", old), a_subscriber("1", new))) == {}


def test_organizations_come_and_go() -> None:
    """Told apart: not there any more, there and not readable, readable again."""
    old = a_document(*(an_organization(one) for one in ("1", "2", "3")), failed("4"), skipped("5"))
    new = a_document(
        an_organization("1"), failed("2"), skipped("3"), an_organization("4"), an_organization("6")
    )

    found = compare(old, new).organizations

    assert [(one.organization_id, one.status) for one in found.appeared] == [("6", "audited")]
    assert [(one.organization_id, one.status) for one in found.vanished] == [("5", "skipped")]
    assert [(one.organization_id, one.after, one.reason) for one in found.lost_access] == [
        ("2", "failed", "server"),
        ("3", "skipped", "apiDisabled"),
    ]
    assert [(one.organization_id, one.before, one.reason) for one in found.came_back] == [
        ("4", "failed", "server")
    ]


@pytest.mark.parametrize("is_interrupted", [True, False])
def test_what_could_not_be_listed_did_not_vanish(*, is_interrupted: bool) -> None:
    """Nor did it appear, where the older report could not list it."""
    whole = a_document(an_organization("1"), an_organization("2", tenant="north"))
    lacking = a_document(an_organization("1"), errors=[] if is_interrupted else [unlisted("north")])
    if is_interrupted:
        lacking["run"]["interrupted"] = "stopped by SIGINT"

    gone, come = compare(whole, lacking), compare(lacking, whole)

    assert [(one.organization_id, one.missing_from) for one in gone.organizations.unknown] == [("2", "new")]
    assert [(one.organization_id, one.missing_from) for one in come.organizations.unknown] == [("2", "old")]
    assert gone.organizations.vanished == come.organizations.appeared == []


def test_what_is_not_known_is_no_change() -> None:
    """A gate on changes does not go off because a list could not be read."""
    whole = a_document(an_organization("1"), an_organization("2", tenant="north"))
    lacking = a_document(an_organization("1"), errors=[unlisted("north")])

    difference = compare(whole, lacking | {"completeness": whole["completeness"]})

    assert difference.organizations.unknown
    assert not difference.changed


def test_an_organization_that_went_to_another_tenant_is_the_same() -> None:
    """Its counts are compared, and the move is told."""
    difference = compare(an_organization("1"), an_organization("1", {"unused.unused": 2}, tenant="north"))

    assert [(one.what, one.before, one.after) for one in difference.changes] == [("tenant", "acme", "north")]
    assert [(one.figure, one.after) for one in difference.counts] == [("unused.unused", 2)]
    assert difference.organizations.appeared == difference.organizations.vanished == []


def test_an_id_that_two_tenants_have_is_two_organizations() -> None:
    """Regions count on their own."""
    twins = a_document(an_organization("1"), an_organization("1", tenant="north"))

    difference = compare(twins, a_document(an_organization("1"), an_organization("1", tenant="south")))

    assert [one.what for one in difference.changes] == ["tenant"]
    assert difference_of(twins, twins).changed is False


@pytest.mark.parametrize(
    ("what", "before", "after"),
    [
        ("licensingModel", "co-term", "subscription"),
        ("standing", "ok", "inGrace"),
        ("name", "North", "South"),
        ("status", "audited", "partial"),
    ],
)
def test_texts_that_changed_are_told(what: str, before: str, after: str) -> None:
    """Not where one side does not know."""
    old, new = (an_organization("1") | {what: value} for value in (before, after))

    assert [(one.what, one.before, one.after) for one in compare(old, new).changes] == [(what, before, after)]
    if what in {"licensingModel", "standing"}:
        assert compare(old, an_organization("1") | {what: None}).changes == []


def test_another_licensing_model_is_not_compared_in_counts() -> None:
    """Licenses did not vanish: they are counted in another way."""
    difference = compare(an_organization("1"), a_co_term("1"))

    assert [one.what for one in difference.changes] == ["licensingModel"]
    assert difference.counts == []
    assert moves(difference) == {}


@pytest.mark.parametrize(
    ("before", "after", "is_told"),
    [
        (("2026-04-01", False), ("2026-04-02", False), True),
        (None, ("2026-04-02", False), True),
        (("2026-04-01", True), ("2026-04-02", True), False),
        (("2026-04-01", False), ("2026-04-01", False), False),
    ],
)
def test_dark_dates_that_moved_are_told(before: Any, after: Any, *, is_told: bool) -> None:
    """Not those that every report estimates anew."""

    def dark(day: tuple[str, bool] | None) -> dict[str, Any]:
        if day is None:
            return {"soonest": None, "dates": []}
        one = {"date": day[0], "standing": "inGrace", "what": None, "count": 1, "estimate": day[1]}
        return {"soonest": f"{day[0]}T00:00:00Z", "dates": [one]}

    difference = compare(*(an_organization("1", dark=dark(one)) for one in (before, after)))

    assert [one.figure for one in difference.dates] == ["dark.soonest"] * is_told


def test_windows_are_compared_that_both_have() -> None:
    """And that they differ is told."""
    old = a_document(an_organization("1", {"expiring.within.30": 1, "expiring.within.60": 1}))
    new = a_document(
        an_organization("1", {"expiring.within.30": 2, "expiring.within.60": 2}), windowsDays=[30]
    )

    difference = compare(old, new)

    assert [one.figure for one in difference.counts] == ["expiring.within.30"]
    assert any("the windows differ, 30,60,90 and 30 days" in one for one in difference.warnings)


@pytest.mark.parametrize(
    ("old", "new", "warning"),
    [
        (
            a_document(asOf="2027-01-01T00:00:00Z"),
            a_document(),
            "OLD (2027-01-01T00:00:00Z) is newer than NEW",
        ),
        (a_document(failed()), a_document(), "OLD is incomplete"),
        (a_document(), a_document(failed()), "NEW is incomplete"),
        (a_document(an_organization()), a_document(), "only OLD has the tenants acme"),
        (a_document(), a_document(an_organization()), "only NEW has the tenants acme"),
        (
            a_document(an_organization(), plan="x"),
            a_document(an_organization(plan="counts")),
            "1 organization was read under another plan",
        ),
    ],
)
def test_what_may_mislead_is_told(old: Any, new: Any, warning: str) -> None:
    """A warning each, and the comparison all the same."""
    assert [one for one in compare(old, new).warnings if warning in one]


def test_a_tenant_whose_organizations_another_one_was_read_for_is_no_missing_tenant() -> None:
    """Which of the tenants an organization was read for says nothing of what was selected."""
    of_one = a_document(an_organization(alsoSelectedBy=["north"]))
    of_the_other = a_document(an_organization(tenant="north", alsoSelectedBy=["acme"]))

    assert compare(of_one, of_the_other).warnings == []


def test_a_part_of_what_the_keys_see_is_told() -> None:
    """The nearest to a selection that a report tells."""
    part = a_document(an_organization())
    part["completeness"]["organizations"]["seen"] = 9

    assert compare(part, a_document(an_organization())).warnings == [
        "OLD audited only a part of what its keys see: the selections may differ"
    ]


def test_totals_that_changed_are_told() -> None:
    """Those of an incomplete side are lower bounds."""
    old, new = a_document(an_organization("1")), a_document(an_organization("1"), failed("2"))
    old["totals"]["unused"]["unused"], new["totals"]["unused"]["unused"] = 1, 4
    old["totals"]["licenses"]["total"] = 7

    totals = {one.figure: (one.before, one.after, one.at_least) for one in compare(old, new).totals}

    assert totals == {
        "completeness.organizations.selected": (1, 2, False),
        "completeness.organizations.failed": (0, 1, False),
        "totals.unused.unused": (1, 4, True),
    }


@FEW
@given(reports())
def test_a_report_does_not_differ_from_itself(report: dict[str, Any]) -> None:
    """Also where half of it is missing."""
    difference = difference_of(report, report)

    assert not difference.changed
    assert (difference.totals, difference.counts, difference.dates, difference.changes) == ([], [], [], [])
    assert all(not found for _, found in [*difference.licenses, *difference.organizations])


@FEW
@given(reports(), reports())
def test_seen_from_the_other_side_everything_is_mirrored(old: dict[str, Any], new: dict[str, Any]) -> None:
    """What appeared has vanished, what rose fell, by the same."""
    there, back = difference_of(old, new), difference_of(new, old)

    def ids(found: Any) -> list[str]:
        return sorted(one.organization_id for one in found)

    assert ids(there.organizations.appeared) == ids(back.organizations.vanished)
    assert ids(there.organizations.lost_access) == ids(back.organizations.came_back)
    assert ids(there.organizations.unknown) == ids(back.organizations.unknown)
    assert [(one.figure, one.before, one.after, one.at_least) for one in there.totals] == [
        (one.figure, one.after, one.before, one.at_least) for one in back.totals
    ]
    for one, other in ((there, back), (back, there)):
        assert {(c.organization_id, c.figure, c.before, c.after, c.at_least) for c in one.counts} == {
            (c.organization_id, c.figure, c.after, c.before, c.at_least) for c in other.counts
        }
        assert {(c.organization_id, c.what, c.before, c.after) for c in one.changes} == {
            (c.organization_id, c.what, c.after, c.before) for c in other.changes
        }
    assert there.changed is back.changed


@FEW
@given(reports(), reports())
def test_the_json_is_what_its_schema_says(old: dict[str, Any], new: dict[str, Any]) -> None:
    """Judged by an implementation that shares nothing with the models; the same for the same reports."""
    told = difference_of(old, new).to_json()

    assert jsonschema_rs.Draft202012Validator(difference_schema()).is_valid(told)
    assert told == difference_of(old, new).to_json()
