from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.simulator.faults import TRANSIENT, FaultKind, FaultPlan, Misfortune

URL = "/api/v1/organizations/1/licenses?perPage=1000"


def strikes(plan: FaultPlan, times: int, target: str = URL) -> list[FaultKind | None]:
    """What so many requests of one URL meet."""
    misfortune = Misfortune(plan)
    return [misfortune.strike(target, "1") for _ in range(times)]


@given(st.floats(0, 1), st.integers(), st.integers(0, 4))
def test_the_same_plan_strikes_the_same_requests(rate: float, seed: int, most: int) -> None:
    """Seed, URL and turn decide, nothing else."""
    plan = FaultPlan(rate=rate, seed=seed, max_consecutive=most)

    assert strikes(plan, 20) == strikes(plan, 20)


@given(st.floats(0, 1), st.integers(), st.integers(0, 4))
def test_a_client_that_asks_again_gets_through(rate: float, seed: int, most: int) -> None:
    """No URL is struck more often in a row than the plan allows."""
    in_a_row = 0

    for kind in strikes(FaultPlan(rate=rate, seed=seed, max_consecutive=most), 40):
        in_a_row = 0 if kind is None else in_a_row + 1
        assert in_a_row <= most


def test_one_url_does_not_change_the_fate_of_another() -> None:
    """Requests of other URLs in between leave the sequence of a URL as it was, so order does not matter."""
    plan = FaultPlan(rate=0.5, seed=3)
    alone = strikes(plan, 30)
    misfortune = Misfortune(plan)
    mixed = []
    for turn in range(30):
        misfortune.strike(f"/elsewhere/{turn % 3}", "1")
        mixed.append(misfortune.strike(URL, "1"))

    assert mixed == alone


def test_the_rate_is_about_the_share_of_requests_struck() -> None:
    """Over many URLs, one request in five is struck at a rate of 0.2, by all transient kinds."""
    misfortune = Misfortune(FaultPlan(rate=0.2, seed=1))
    met = [misfortune.strike(f"/{number}", None) for number in range(5000)]
    struck = [kind for kind in met if kind is not None]

    assert 900 < len(struck) < 1100
    assert set(struck) == set(TRANSIENT)


def test_without_a_rate_nothing_is_struck() -> None:
    """The empty plan spares everybody."""
    assert strikes(FaultPlan(), 50) == [None] * 50


def test_an_organization_in_the_table_is_struck_for_good() -> None:
    """Its every request meets its fault, however often; others are spared."""
    misfortune = Misfortune(FaultPlan(organizations={"7": FaultKind.FORBIDDEN}))

    assert [misfortune.strike(URL, "7") for _ in range(20)] == [FaultKind.FORBIDDEN] * 20
    assert misfortune.strike(URL, "8") is None
    assert misfortune.strike(URL, None) is None


def test_kinds_may_be_given_as_text() -> None:
    """A command line or a table of plain text makes a plan too."""
    kinds: Any = ("html", "reset")
    table: Any = {"7": "linkLoop"}
    plan = FaultPlan(kinds=kinds, organizations=table)

    assert plan.kinds == (FaultKind.HTML, FaultKind.RESET)
    assert plan.organizations == {"7": FaultKind.LINK_LOOP}


@pytest.mark.parametrize("changes", [{"rate": -0.1}, {"rate": 1.1}, {"kinds": ()}, {"kinds": ("rain",)}])
def test_an_impossible_plan_is_refused(changes: dict[str, Any]) -> None:
    """A plan that cannot be carried out says so at once."""
    with pytest.raises(ValueError, match=r"outside 0\.\.1|at least one kind|not a valid FaultKind"):
        FaultPlan(**changes)
