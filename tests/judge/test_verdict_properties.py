from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.finding import Severity
from auditor.judge.verdict import Outcome, Verdict, judge
from tests.judge.drawn import FEW, TENANTS, reports
from tests.judge.reports import a_document, a_policy, an_organization

SCOPES = ["organization", "tenant", "tag", "total"]


@st.composite
def rules(draw: st.DrawFn, rule_id: str = "a", comparison: str | None = None) -> str:
    figure = draw(st.sampled_from(["unused.unusedActive", "unused.burning.licenses"]))
    bound = comparison or f"{draw(st.sampled_from(['max', 'min', 'equals']))} = {draw(st.integers(1, 5))}"
    scope = draw(st.sampled_from(SCOPES))
    severity = draw(st.sampled_from(["error", "warning"]))
    return f'id = "{rule_id}"\nfigure = "{figure}"\n{bound}\nscope = "{scope}"\nseverity = "{severity}"'


def failing(verdict: Verdict) -> set[str]:
    return {one.id for one in verdict.failing if one.rule != "waiver"}


@FEW
@given(reports(), rules(), st.sampled_from(["2026-02-28", "2026-03-01", "2027-01-01"]), st.data())
def test_a_waiver_adds_no_failure_but_about_itself(
    report: dict[str, Any], rule: str, expires: str, data: st.DataObject
) -> None:
    """Whatever it is about, and whether it has lapsed or not."""
    place = data.draw(
        st.sampled_from(['organization = "1"', 'tenant = "acme"', 'tag = "gold"', 'finding = "*"'])
    )
    waiver = f'[[waivers]]\nrule = "a"\nreason = "r"\nowner = "o"\nexpires = {expires}\n{place}'

    without = judge(report, a_policy(rule), fail_on=Severity.WARNING)
    with_it = judge(report, a_policy(rule, rest=waiver), fail_on=Severity.WARNING)

    assert failing(with_it) <= failing(without)
    assert {one.subject for one in with_it.undecided} <= {one.subject for one in without.undecided}


@FEW
@given(reports(), st.sampled_from(["max", "min"]), st.integers(1, 5), st.integers(1, 5), st.data())
def test_a_harder_threshold_loses_no_finding(
    report: dict[str, Any], way: str, one: int, other: int, data: st.DataObject
) -> None:
    """Lowering `max`, or raising `min`."""
    easy, hard = (max(one, other), min(one, other)) if way == "max" else (min(one, other), max(one, other))
    rule = data.draw(rules(comparison=f"{way} = THRESHOLD"))

    kept, found = (
        failing(judge(report, a_policy(rule.replace("THRESHOLD", str(at))))) for at in (easy, hard)
    )

    assert kept <= found


@FEW
@given(reports(), rules())
def test_what_is_undecided_or_incomplete_never_passes(report: dict[str, Any], rule: str) -> None:
    """Where nothing is tolerated; and passing means that every place was decided."""
    verdict = judge(report, a_policy(rule), fail_on=Severity.WARNING)

    if verdict.undecided or verdict.shortfalls or not report["completeness"]["complete"]:
        assert verdict.outcome is not Outcome.PASSED
    assert (verdict.outcome is Outcome.FAILED) <= bool(verdict.failing)


@FEW
@given(reports(), rules(), rules("b"))
def test_no_place_is_both_broken_and_undecided(report: dict[str, Any], one: str, other: str) -> None:
    """And each has one answer to each rule, told apart by its fingerprint."""
    verdict = judge(report, a_policy(one, other))
    ids = [finding.id for finding in verdict.findings]
    broken = {(finding.rule, finding.place) for finding in verdict.findings}

    assert len(set(ids)) == len(ids)
    assert broken.isdisjoint({(one.rule, one.place) for one in verdict.undecided})


@FEW
@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=4),
    st.integers(1, 9),
    st.sampled_from(SCOPES),
    st.randoms(),
)
def test_fingerprints_depend_neither_on_values_nor_on_order(
    counts: list[int], more: int, scope: str, random: Any
) -> None:
    """Only on rule, place and figure."""
    rule = f'figure = "unused.unusedActive"\nmax = 0\nscope = "{scope}"'

    def ids(add: int, *, shuffled: bool) -> set[str]:
        blocks = [
            an_organization(str(n), {"unused.unusedActive": count + add}) for n, count in enumerate(counts)
        ]
        if shuffled:
            random.shuffle(blocks)
        return {one.id for one in judge(a_document(*blocks, tenants=TENANTS), a_policy(rule)).findings}

    assert ids(0, shuffled=False) == ids(more, shuffled=True)


@FEW
@given(reports(), rules())
def test_a_report_is_no_news_to_itself(report: dict[str, Any], rule: str) -> None:
    """Against itself as baseline, nothing fails."""
    verdict = judge(report, a_policy(rule), baseline=report, fail_on=Severity.WARNING)

    assert verdict.failing == ()
    assert verdict.outcome is not Outcome.FAILED


@FEW
@given(reports(), rules())
def test_tolerance_never_turns_a_failure_into_a_pass(report: dict[str, Any], rule: str) -> None:
    """It is about what was not read, not about what was found."""
    strict = judge(report, a_policy(rule))
    tolerant = judge(report, a_policy(rule, rest="[completeness]\nmin_share = 0"))

    assert tolerant.findings == strict.findings
    assert (tolerant.outcome is Outcome.FAILED) is (strict.outcome is Outcome.FAILED)
