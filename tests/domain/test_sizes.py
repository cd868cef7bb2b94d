from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.outcome import Failure, FailureClass
from auditor.domain.question import PlanKind
from auditor.domain.reducer import Tally
from auditor.domain.result import OrganizationResult
from auditor.domain.sizes import Sizes
from tests.domain.builders import an_organization

LATE = Failure(FailureClass.DEADLINE, "not finished")


def read(pages: int, *, plan: PlanKind = PlanKind.FULL, ending: Failure | None = None) -> OrganizationResult:
    return OrganizationResult(an_organization("1"), "north", Tally(), pages=pages, plan=plan, ending=ending)


def test_what_an_earlier_run_read_is_expected_again() -> None:
    """Less what came already, and never nothing while there is a next page."""
    sizes = Sizes({"1": 7})

    assert [sizes.to_come("1", read=pages) for pages in (0, 3, 7, 9)] == [7, 4, 1, 1]
    assert sizes.known("1") == 7
    assert sizes.known("2") is None


def test_a_first_run_begins_without_expectations() -> None:
    """Every page is the last until one names a next."""
    assert [Sizes().to_come("1", read=pages) for pages in (0, 1, 5)] == [1, 1, 1]


def test_the_others_are_expected_to_be_like_those_that_are_done() -> None:
    """On average before the first page; after it, like those that went on as well."""
    sizes = Sizes()
    for pages in (1, 1, 2, 4):
        sizes.learn(read(pages))

    assert sizes.to_come("1", read=0) == 2
    assert sizes.to_come("1", read=1) == pytest.approx(3 - 1)
    assert sizes.to_come("1", read=2) == pytest.approx(4 - 2)
    assert sizes.to_come("1", read=4) == 1


@pytest.mark.parametrize("result", [read(9, ending=LATE), read(9, plan=PlanKind.TARGETED)])
def test_a_list_that_was_not_read_to_its_end_teaches_nothing(result: OrganizationResult) -> None:
    """Nobody knows how long it is."""
    sizes = Sizes()

    sizes.learn(result)

    assert sizes.to_come("1", read=0) == 1


@given(st.lists(st.integers(1, 50)), st.integers(0, 60))
def test_there_is_always_a_page_to_come_and_never_more_than_the_longest(
    finished: list[int], pages: int
) -> None:
    """An expectation orders requests; it must not run away."""
    sizes = Sizes()
    for count in finished:
        sizes.learn(read(count))

    assert 1 <= sizes.to_come("1", read=pages) <= max([1, *finished])
