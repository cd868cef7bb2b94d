from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.simulator.skus import BY_SKU
from auditor.simulator.subscriptions import BARE_PLACE, Holding, Member, write_cluster

AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
members = st.integers(1, 6).map(lambda count: tuple(Member(str(place), 50 + place) for place in range(count)))
SIX = tuple(Member(str(place), 80) for place in range(6))
EVERY_HOLDING = [one for cluster in range(80) for one in write_cluster(1, cluster, SIX, AS_OF)]


HOLDINGS = [one for one in EVERY_HOLDING if "counts" in one.row]
"""But for those few of which nothing is counted."""


def violations(holding: Holding) -> list[dict[str, Any]]:
    """The product classes that are out of compliance."""
    return list(holding.compliance["violations"]["byProductClass"])


def moment(text: str) -> datetime:
    """A date of the API as a moment."""
    return datetime.fromisoformat(text)


@settings(max_examples=50)
@given(st.integers(), st.integers(0, 1000), members)
def test_a_cluster_is_the_same_every_time(seed: int, cluster: int, able: tuple[Member, ...]) -> None:
    """Ids ascend within the cluster's own range, and only members own anything."""
    holdings = write_cluster(seed, cluster, able, AS_OF)
    ids = [one.id for one in holdings]

    assert holdings == write_cluster(seed, cluster, able, AS_OF)
    assert ids == sorted(set(ids))
    assert all(4_000_000 + cluster * 100 <= one < 4_000_100 + cluster * 100 for one in ids)
    assert {owner for one in holdings for owner in one.owners} <= {one.organization_id for one in able}


def test_every_organization_but_one_of_a_cluster_has_subscriptions() -> None:
    """The fourth has none; subscriptions span one to five of the others."""
    owners = {owner for one in HOLDINGS for owner in one.owners}

    assert owners == {"0", "1", "2", "4", "5"}
    assert str(BARE_PLACE) not in owners
    assert {len(one.owners) for one in HOLDINGS} == {1, 2, 3, 4, 5}


def test_the_count_of_organizations_tells_of_others_too() -> None:
    """At least the owners of this world; a few subscriptions span more."""
    beyond = [one.row["counts"]["organizations"] - len(one.owners) for one in HOLDINGS]

    assert min(beyond) == 0
    assert 0 < sum(more > 0 for more in beyond) / len(beyond) < 0.3


def test_dates_agree_with_the_status() -> None:
    """Expired is over, as are a few that say they are active; the others end ahead, some on an edge."""
    left = {}
    for one in HOLDINGS:
        ends = moment(one.row["endDate"])
        assert moment(one.row["startDate"]) < ends
        assert one.row["status"] != "expired" or ends <= AS_OF
        assert ends > AS_OF or one.row["status"] in {"expired", "active"}
        left[ends - AS_OF] = one

    assert {timedelta(days=30), timedelta(days=60), timedelta(days=90)} <= left.keys()
    assert Counter(one.row["status"] for one in HOLDINGS).keys() == {
        "active",
        "canceled",
        "expired",
        "inactive",
        "out_of_compliance",
    }


def test_seats_add_up() -> None:
    """What is available is what is not assigned, less than nothing at times; sums are those of the SKUs."""
    for one in HOLDINGS:
        seats = [entry["seats"] for entry in one.row["entitlements"]]
        for counts in seats:
            assert counts["available"] in {left := counts["limit"] - counts["assigned"], max(0, left)}
        for name in ("assigned", "limit"):
            assert one.row["counts"]["seats"][name] == sum(counts[name] for counts in seats)


def test_what_is_missing_is_of_the_class_and_used_beyond_the_limit() -> None:
    """Each SKU of a violation is of its product class; as many seats are over the limit as are missing."""
    short = [one for one in HOLDINGS if violations(one)]
    for one in short:
        seats = {entry["sku"]: entry["seats"] for entry in one.row["entitlements"]}
        for violation in violations(one):
            for entry in violation["missing"]["entitlements"]:
                if entry["quantity"] is None:
                    continue
                counts = seats[entry["sku"]]
                assert BY_SKU[entry["sku"]]["productClass"] == violation["productClass"]
                assert counts["assigned"] - counts["limit"] == entry["quantity"] > 0

    statuses = Counter(one.row["status"] for one in short)
    assert statuses.keys() == {"active", "out_of_compliance"}
    assert statuses["out_of_compliance"] == sum(one.row["status"] == "out_of_compliance" for one in HOLDINGS)


def test_a_few_rows_lack_what_clients_have_missed() -> None:
    """Seats and counts, quantities, and what is available of seats that are overdrawn."""
    bare = [one for one in EVERY_HOLDING if "counts" not in one.row]
    seats = [entry["seats"] for one in HOLDINGS for entry in one.row["entitlements"]]
    lacking = [violation["missing"]["entitlements"] for one in HOLDINGS for violation in violations(one)]

    assert 0 < len(bare) < len(EVERY_HOLDING) / 20
    assert all("entitlements" not in one.row for one in bare)
    over = [one["available"] for one in seats if one["assigned"] > one["limit"]]
    assert min(over) < 0 == max(over)
    assert [] in lacking
    assert any(entry["quantity"] is None for entries in lacking for entry in entries)


def test_statuses_leave_some_out() -> None:
    """Many that comply, and a few that do not by their own status; whose violation is told is told of."""
    unmentioned = [one for one in HOLDINGS if not one.is_mentioned]
    left_out = Counter(one.row["status"] for one in unmentioned)

    assert 0 < left_out["out_of_compliance"] < left_out["active"]
    assert {one.row["status"] for one in unmentioned if violations(one)} == {"out_of_compliance"}
    assert any(one.row["status"] == "active" and moment(one.row["endDate"]) <= AS_OF for one in HOLDINGS)


def test_grace_ends_before_after_and_nowhere() -> None:
    """Some product classes are dark already, some have up to thirty days, of some nothing is told."""
    ends = [one["gracePeriodEndsAt"] for holding in HOLDINGS for one in violations(holding)]
    known = [moment(text) - AS_OF for text in ends if text]

    assert None in ends
    assert any(left <= timedelta() for left in known)
    assert any(left > timedelta() for left in known)
    assert max(known) <= timedelta(days=30)


def test_both_kinds_and_some_renewals_occur() -> None:
    """Agreements name their suites, terms do not."""
    kinds = {(one.row["type"], bool(one.row["enterpriseAgreement"]["suites"])) for one in HOLDINGS}

    assert kinds == {("enterpriseAgreement", True), ("termed", False)}
    assert {one.row["renewalRequested"] for one in HOLDINGS} == {True, False}


def test_a_few_subscriptions_lie_idle_or_state_when_they_renew() -> None:
    """Bound to no network, waiting for their Smart Account, or of which nobody says how many networks."""
    networks = [one.row["counts"].get("networks", ...) for one in HOLDINGS]
    pending = sum(one.row["smartAccount"]["status"] == "pending" for one in HOLDINGS)
    renewing = sum("renewalDate" in one.row for one in HOLDINGS)

    assert 0 < networks.count(0) < len(HOLDINGS) / 5
    assert 0 < networks.count(...) < len(HOLDINGS) / 5
    assert 0 < pending < len(HOLDINGS) / 5
    assert 0 < renewing < len(HOLDINGS)
