from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from auditor.simulator.budgets import Budget, BudgetLimits, Budgets, Refusal, TokenBucket

LOOSE_ADDRESS = BudgetLimits(address_rate=1e6, address_burst=1e6)


class Clock:
    """A clock that moves when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now


def passed(budgets: Budgets, times: int, organization_id: str | None = None, address: str = "a") -> int:
    """How many of so many requests at once are let through."""
    return sum(budgets.charge(address, organization_id) is None for _ in range(times))


def test_an_organization_has_a_burst_of_ten_and_ten_a_second() -> None:
    """Ten at once, then ten more for each second that passes."""
    clock = Clock()
    budgets = Budgets(LOOSE_ADDRESS, clock)

    assert passed(budgets, 30, "1") == 10
    clock.now += 1
    assert passed(budgets, 30, "1") == 10
    clock.now += 0.5
    assert passed(budgets, 30, "1") == 5
    clock.now += 60
    assert passed(budgets, 30, "1") == 10


def test_organizations_do_not_share_their_budgets() -> None:
    """What one organization used up is no loss to another, nor to calls that name none."""
    budgets = Budgets(LOOSE_ADDRESS, Clock())

    assert passed(budgets, 30, "1") == 10
    assert passed(budgets, 30, "2") == 10
    assert passed(budgets, 30) == 30


def test_an_address_has_no_burst_but_a_tolerance() -> None:
    """Five at once and a hundred a second, over all organizations; another address is another budget."""
    clock = Clock()
    budgets = Budgets(BudgetLimits(), clock)

    assert sum(budgets.charge("a", str(number)) is None for number in range(200)) == 5
    assert passed(budgets, 200, address="b") == 5
    clock.now += 0.03
    assert passed(budgets, 200) == 3


def test_a_refusal_tells_whose_budget_and_whole_seconds() -> None:
    """The seconds are rounded up to whole ones, at least one, and waiting them out is enough."""
    clock = Clock()
    slow = BudgetLimits(organization_rate=0.4, organization_burst=1, address_rate=0.1, address_burst=2)
    budgets = Budgets(slow, clock)

    assert budgets.charge("a", "1") is None
    assert budgets.charge("a", "1") == Refusal(Budget.ORGANIZATION, 3)
    assert budgets.charge("a", "1") == Refusal(Budget.ADDRESS, 10)
    clock.now += 10
    assert budgets.charge("a", "1") is None


def test_what_the_address_refuses_costs_the_organization_nothing() -> None:
    """The organization still has its full burst after a flood was refused in front of it."""
    budgets = Budgets(BudgetLimits(address_burst=1), Clock())
    assert passed(budgets, 50, "1", address="flood") == 1

    assert sum(budgets.charge(f"calm-{number}", "1") is None for number in range(50)) == 9


def test_scaled_limits_are_all_scaled() -> None:
    """A factor makes every rate and burst larger alike, and never forbids everything."""
    assert BudgetLimits().scaled(3) == BudgetLimits(30, 30, 300, 15)
    assert BudgetLimits().scaled(0.01) == BudgetLimits(0.1, 1, 1, 1)


@given(
    st.floats(0.1, 500),
    st.integers(1, 50),
    st.lists(st.floats(0, 3), min_size=1, max_size=200),
)
def test_a_bucket_never_lets_more_through_than_burst_plus_rate(
    rate: float, burst: int, pauses: list[float]
) -> None:
    """Over any span from the start, at most burst + rate x seconds requests pass."""
    bucket = TokenBucket(rate, burst, now=0.0)
    now, let_through = 0.0, 0

    for pause in pauses:
        now += pause
        let_through += bucket.take(now) == 0
        assert let_through <= burst + rate * now + 1e-6


@given(st.floats(0.1, 500), st.integers(1, 20), st.lists(st.floats(0, 1), max_size=50))
def test_waiting_as_long_as_told_is_enough(rate: float, burst: int, pauses: list[float]) -> None:
    """A request repeated after the wait that its refusal told passes."""
    bucket = TokenBucket(rate, burst, now=0.0)
    now = 0.0

    for pause in pauses:
        now += pause
        wait = bucket.take(now)
        if wait:
            now += wait
            assert bucket.take(now) == 0
