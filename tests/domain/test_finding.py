from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.finding import Finding, disagreement, not_compared, reconcile
from auditor.domain.overview import Overview, completed
from auditor.domain.reducer import LicenseFold, Tally
from tests.domain.builders import WINDOWS, PageOf, a_license, overviews


def a_tally(**by_state: int) -> Tally:
    fold = LicenseFold(WINDOWS)
    rows = [
        a_license(id=f"{state}{n}", state=state) for state, count in by_state.items() for n in range(count)
    ]
    fold.fold(PageOf(rows))
    return fold.tally


def reconciled(tally: Tally, *overviews: Overview) -> list[Finding]:
    return list(reconcile(tally, overviews, organization_id="501", tenant="acme"))


def test_where_both_agree_there_is_nothing_to_tell() -> None:
    """A zero that one of them leaves out is no disagreement."""
    assert (
        reconciled(a_tally(active=3, expired=1), Overview({"active": 3, "expired": 1, "unused": 0}, 4)) == []
    )


def test_each_count_that_differs_is_a_finding_of_its_own() -> None:
    """With both figures, whichever is right."""
    findings = reconciled(a_tally(active=3, expiring=12), Overview({"active": 3, "expiring": 13}, 16))

    assert [(one.subject, one.message) for one in findings] == [
        ("total", "the list has 15, the overview says 16"),
        ("byState.expiring", "the list has 12, the overview says 13"),
    ]
    assert {(one.rule, one.severity, one.organization_id, one.tenant) for one in findings} == {
        ("reconcile", "warning", "501", "acme")
    }


def test_what_the_overview_does_not_count_is_not_compared() -> None:
    """Silence is no disagreement."""
    assert reconciled(a_tally(active=3, paused=2), Overview({"active": 3})) == []


def test_a_license_that_came_while_the_list_was_read_is_no_disagreement() -> None:
    """The overview has it afterwards, the list may or may not."""
    before, after = Overview({"active": 3}, 3), Overview({"active": 5}, 5)

    for active in (3, 4, 5):
        assert reconciled(a_tally(active=active), before, after) == []
    for active in (2, 6):
        assert [one.message for one in reconciled(a_tally(active=active), before, after)] == [
            f"the list has {active}, the overview says 5"
        ] * 2


def test_what_one_of_two_overviews_does_not_count_is_not_compared() -> None:
    """One reading is no more than a hint."""
    told, silent = Overview({"active": 3, "unused": 0}, 3), Overview({"active": 3})

    assert reconciled(a_tally(active=3, unused=2), told, silent) == []
    assert reconciled(a_tally(active=3, unused=2), silent, told) == []


@given(overviews(), overviews(), st.integers(0, 9))
def test_two_readings_never_find_more_than_one(first: Overview, last: Overview, active: int) -> None:
    """And the same reading twice finds what it finds once."""
    tally = a_tally(active=active)
    alone, both = reconciled(tally, last), reconciled(tally, first, last)

    assert set(both) <= set(alone)
    assert reconciled(tally, last, last) == alone


def test_that_nothing_was_compared_is_told_apart_from_a_difference() -> None:
    """By its subject and its severity, with the reason."""
    finding = not_compared("501", "acme", reason="HTTP 403")

    assert (finding.rule, finding.subject, finding.severity) == ("reconcile", "notCompared", "info")
    assert finding.message == "the overview was not read, so the list stands alone: HTTP 403"


@given(overviews())
def test_an_overview_never_disagrees_with_its_own_states(overview: Overview) -> None:
    """All that may differ is a sum that does not add up."""
    findings = reconciled(completed(Tally(), overview), overview)

    assert {one.subject for one in findings} <= {"total"}
    assert bool(findings) == (overview.license_count not in {None, overview.total})


names = st.text(st.characters(exclude_characters="\n"), min_size=1, max_size=9)


@given(names, names, names, names)
def test_an_id_is_that_of_its_rule_organization_and_subject(a: str, b: str, c: str, d: str) -> None:
    """The same in every run; two findings that may stand side by side have two."""
    first = disagreement(a, "acme", subject=b, message="the list has 1, the overview says 2")
    again = disagreement(a, "acme", subject=b, message="the list has 5, the overview says 7")
    other = disagreement(c, "acme", subject=d, message="the list has 1, the overview says 2")

    assert first.id == again.id
    assert (first.id == other.id) == ((a, b) == (c, d))


def test_an_id_never_changes_with_the_version() -> None:
    """Others remember which findings they have seen."""
    assert disagreement("501", "acme", subject="total", message="").id == "06c1ca10ba0457bb"


def test_organizations_of_two_clouds_may_have_one_id() -> None:
    """What is found in one of them is not what is found in the other."""
    ids = {disagreement("501", tenant, subject="total", message="").id for tenant in ("acme", "acme-china")}

    assert len(ids) == 2
