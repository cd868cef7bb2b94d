"""What is known of SKUs, of several organizations together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.entitlement import Entitlement, Entitlements, learn
from auditor.domain.license import UNKNOWN
from auditor.domain.subscription import Seats, Violation, entitlements_of, skus_of
from tests.report.evidences import a_subscription

MX, MR = Entitlement("MX"), Entitlement("MR", is_add_on=True)
knowledge = st.dictionaries(st.sampled_from("ABC"), st.sampled_from([None, MX, MR]))


def learned(*told: Entitlements) -> Entitlements:
    known: dict[str, Entitlement | None] = {}
    for one in told:
        learn(known, one)
    return known


@given(st.lists(knowledge, max_size=4))
def test_the_order_of_readings_leaves_no_trace(told: list[Entitlements]) -> None:
    """Nor does reading one twice; and what one tells, another that does not cannot take away."""
    together = learned(*told)

    assert learned(*reversed(told)) == learned(*told, *told) == together
    assert together.keys() == set().union(*told)
    for sku, entitlement in together.items():
        readings = [one[sku] for one in told if sku in one]
        assert entitlement in readings
        assert (entitlement is None) == (set(readings) == {None})


def test_skus_are_those_with_seats_and_those_that_are_missing() -> None:
    """Seats that cannot be read included; neither what is missing none of, nor what has no name."""
    seats = {"A": Seats(1, 1, 0), "B": None, UNKNOWN: Seats()}
    lacking = Violation("MX", None, {"C": 2, "D": 0})

    assert skus_of([a_subscription(seats=seats, violations=(lacking,))]) == {"A", "B", "C"}


def test_an_sku_that_is_not_listed_is_known_to_be_none() -> None:
    """Beside one that is, and without those that nobody has."""
    held = [a_subscription(seats={"A": Seats(), "B": Seats()}, violations=())]

    assert entitlements_of(held, {"A": MX, "C": MR}) == {"A": MX, "B": None}


def test_without_the_list_nothing_is_known_but_of_nothing() -> None:
    """No SKU is as well told without it."""
    assert entitlements_of([a_subscription()], None) is None
    assert entitlements_of([], None) == {}
