from __future__ import annotations

from functools import reduce
from operator import add

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.outcome import Failure, FailureClass, Skip, SkipReason
from auditor.domain.reducer import Tally
from auditor.domain.result import Digest, OrganizationResult, Totals
from tests.domain.builders import an_organization

ENDINGS = (
    None,
    *(Failure(one, "why") for one in FailureClass),
    *(Skip(one, "why") for one in SkipReason),
)


@st.composite
def results(draw: st.DrawFn) -> OrganizationResult:
    """With figures and without, however it ended."""
    ending = draw(st.sampled_from(ENDINGS))
    model = draw(st.sampled_from(["per-device", "co-term", "per-galaxy", None]))
    is_counted = ending is None or (isinstance(ending, Failure) and draw(st.booleans()))
    return OrganizationResult(
        an_organization("501", licensing_model=model),
        "acme",
        tally=Tally(untyped={"active": 2}) if is_counted else None,
        ending=ending,
    )


@given(st.lists(results(), max_size=12))
def test_a_digest_has_the_sums_of_its_results(found: list[OrganizationResult]) -> None:
    """Those without figures are counted by what they have, and nothing of them is lost."""
    digest = Digest()
    for one in found:
        digest.add(one)

    assert digest.totals == reduce(add, map(Totals.of, found), Totals())
    assert digest.selected == len(found)


@given(st.lists(st.sampled_from(["per-device", "co-term", "per-galaxy", None]), max_size=12), results())
def test_those_that_a_stopped_run_left_are_taken_in_as_if_one_by_one(
    models: list[str | None], known: OrganizationResult
) -> None:
    """Together, because they are many."""
    organizations = [an_organization(f"{n}", licensing_model=model) for n, model in enumerate(models)]
    failure = Failure(FailureClass.DEADLINE, "not finished: the deadline came")
    together, one_by_one = Digest(), Digest()
    together.add(known)
    one_by_one.add(known)

    together.leave("acme", organizations, failure)
    for one in organizations:
        one_by_one.add(OrganizationResult(one, "acme", ending=failure))

    assert together == one_by_one
    assert together.totals == one_by_one.totals


def test_results_without_figures_are_not_added_up_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a deadline a hundred thousand of them come at once, and each sum of zeros takes its time."""
    ending = Failure(FailureClass.DEADLINE, "not finished: the deadline came")
    digest, additions = Digest(), 0

    def counted(left: Totals, right: Totals) -> Totals:
        nonlocal additions
        additions += 1
        return plus(left, right)

    plus = Totals.__add__
    monkeypatch.setattr(Totals, "__add__", counted)
    for number in range(1000):
        digest.add(OrganizationResult(an_organization(f"{number}"), "acme", ending=ending))

    assert digest.totals.failed_by_class == {"deadline": 1000}
    assert additions == 1
