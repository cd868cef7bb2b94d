from __future__ import annotations

from typing import Any

import pytest

from auditor.errors import SettingsError
from auditor.judge.verdict import Outcome, judge
from auditor.judge.verdict_json import judged_report
from tests.judge.reports import a_document, a_policy, an_organization

RULE = 'id = "burning"\nfigure = "unused.unusedActive"\nmax = 0'
RATCHET = f"{RULE}\nratchet = true"


def report(*counts: int, as_of: str = "2026-03-01T12:00:00Z") -> dict[str, Any]:
    """Organizations 1, 2, ... with so many licenses that burn unused."""
    return a_document(
        *(an_organization(str(n), {"unused.unusedActive": count}) for n, count in enumerate(counts, 1)),
        asOf=as_of,
    )


@pytest.mark.parametrize(
    ("rule", "old", "new", "is_new"),
    [
        (RULE, [3], [3], [False]),
        (RULE, [3], [9], [False]),
        (RULE, [3], [1], [False]),
        (RULE, [0], [1], [True]),
        (RULE, [3, 0], [3, 1], [False, True]),
        (RATCHET, [3], [3], [False]),
        (RATCHET, [3], [4], [True]),
        (RATCHET, [3], [2], [False]),
        (RATCHET, [3], [0], []),
        ('figure = "unused.unusedActive"\nmin = 5\nratchet = true', [3], [2], [True]),
        ('figure = "unused.unusedActive"\nmin = 5\nratchet = true', [3], [4], [False]),
        ('figure = "unused.unusedActive"\nequals = 5\nratchet = true', [3], [4], [True]),
        ('figure = "unused.unusedActive"\nmax = 5\nmin = 4\nratchet = true', [6], [3], [True]),
    ],
)
def test_only_what_the_baseline_does_not_have_fails(
    rule: str, old: list[int], new: list[int], is_new: list[bool]
) -> None:
    """A known finding that got worse fails only where the rule is a ratchet."""
    verdict = judge(report(*new), a_policy(rule), baseline=report(*old))

    assert [one.is_new for one in verdict.findings] == is_new
    assert verdict.outcome is (Outcome.FAILED if True in is_new else Outcome.PASSED)


def test_what_was_before_is_told() -> None:
    """So that a rise is seen, though it does not fail."""
    [finding] = judge(report(9), a_policy(RULE), baseline=report(3)).findings

    assert (finding.value, finding.before, finding.is_new) == (9, 3, False)


@pytest.mark.parametrize(
    ("figure", "comparison", "old", "new", "is_new"),
    [
        ("dark.soonest", "min_days = 90", "2026-05-01T00:00:00Z", "2026-05-02T00:00:00Z", False),
        ("dark.soonest", "min_days = 90", "2026-05-01T00:00:00Z", "2026-04-30T00:00:00Z", True),
        ("standing", 'equals = "ok"', "expiring", "expiring", False),
        ("standing", 'equals = "ok"', "expiring", "dark", True),
    ],
)
def test_a_ratchet_knows_worse_dates_and_other_texts(
    figure: str, comparison: str, old: str, new: str, *, is_new: bool
) -> None:
    """An earlier date is worse; of texts, any other one."""
    before, after = (a_document(an_organization("1", {figure: value})) for value in (old, new))

    [finding] = judge(
        after, a_policy(f'figure = "{figure}"\n{comparison}\nratchet = true'), baseline=before
    ).findings

    assert finding.is_new is is_new


def test_what_was_waived_then_is_no_excuse_now() -> None:
    """Its waiver has lapsed meanwhile: it comes back."""
    waiver = (
        '[[waivers]]\nrule = "burning"\norganization = "1"\nreason = "r"\nowner = "o"\nexpires = 2026-02-15'
    )

    verdict = judge(report(3), a_policy(RULE, rest=waiver), baseline=report(3, as_of="2026-02-01T00:00:00Z"))

    assert [one.is_new for one in verdict.failing] == [True]


def test_without_a_baseline_nothing_is_known() -> None:
    """Neither new nor old."""
    assert [one.is_new for one in judge(report(3), a_policy(RULE)).findings] == [None]


def test_a_judged_report_serves_as_baseline_like_any_other() -> None:
    """What it was judged by before does not count: the policy may have changed since."""
    old = report(3)
    judged = judged_report(old, judge(old, a_policy('figure = "pages"\nmax = 0')))

    [finding] = judge(report(3), a_policy(RULE), baseline=judged).findings

    assert finding.is_new is False


def test_a_baseline_without_the_window_is_refused() -> None:
    """Everything would look new."""
    old = report(3)
    old["windowsDays"] = [60, 90]

    with pytest.raises(SettingsError, match="the baseline has the windows 60,90"):
        judge(report(3), a_policy('figure = "expiring.within.30"\nmax = 0'), baseline=old)
