from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.judge.figure import Kind, known_paths, to_figure
from auditor.settings.fault import Fault
from tests.judge.drawn import FEW


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("expiring.atRiskWithin.30", Kind.COUNT),
        ("unused.unusedActive", Kind.COUNT),
        ("coTerm.use.overLimit", Kind.COUNT),
        ("subscription.violations.productClasses", Kind.COUNT),
        ("licenses.byState.expired", Kind.COUNT),
        ("licenses.byState.paused", Kind.COUNT),
        ('licenses.byType."MX 64.A".active', Kind.COUNT),
        ("completeness.organizations.failed", Kind.COUNT),
        ("completeness.skippedByReason.apiDisabled", Kind.COUNT),
        ("totals.organizations.byStanding.dark", Kind.COUNT),
        ("traffic.effectiveRate", Kind.NUMBER),
        ("run.durationSeconds", Kind.NUMBER),
        ("standing", Kind.TEXT),
        ("status", Kind.TEXT),
        ("coTerm.status", Kind.TEXT),
        ("completeness.complete", Kind.TRUTH),
        ("coTerm.use.estimate", Kind.TRUTH),
        ("dark.soonest", Kind.INSTANT),
        ("coTerm.expiresAt", Kind.INSTANT),
    ],
)
def test_every_figure_of_a_report_has_a_kind(path: str, kind: Kind) -> None:
    """Taken from the report's own models, so that no second list of them can go stale."""
    assert to_figure(path).kind is kind


def test_the_windows_of_a_path_are_known() -> None:
    """So that a report without such a window can be told apart."""
    assert to_figure("expiring.atRiskWithin.45").windows == (45,)
    assert to_figure("expiring.total").windows == ()
    assert to_figure('licenses.byType."30".active').windows == ()


def test_the_days_of_a_term_are_those_of_no_window() -> None:
    """Any number of days can be a term, and zero; none of them has to be a window of the report."""
    assert to_figure("reclaim.surplusByTerm.MX64-ENT.0").windows == ()
    assert to_figure("reclaim.surplusByTerm.MX64-ENT.1095").named == (2,)
    assert "reclaim.surplusByTerm.NAME.N" in known_paths()


@pytest.mark.parametrize("path", known_paths())
def test_every_known_path_is_a_path(path: str) -> None:
    """The list that hints are taken from holds nothing that would be refused."""
    filled = path.replace(".N", ".30") if path.endswith(".N") else path

    assert to_figure(filled).path == tuple(filled.split("."))


@pytest.mark.parametrize(
    ("path", "adds_up"),
    [
        ("expiring.total", True),
        ("subscription.seats.limit", True),
        ("unused.activation.soonestCount", False),
        ("standing", False),
        ("dark.soonest", False),
        ("completeness.organizations.failed", False),
    ],
)
def test_only_counts_of_organizations_add_up(path: str, *, adds_up: bool) -> None:
    """A sum over anything else means nothing."""
    assert to_figure(path).is_additive is adds_up


@FEW
@given(st.text(max_size=30) | st.lists(st.sampled_from([*'ab." ', "expiring", "within", "30"])).map("".join))
def test_any_text_is_a_figure_or_a_fault(text: str) -> None:
    """Nothing else comes out of a path, whatever is written."""
    try:
        path = to_figure(text).path
    except Fault:
        path = ()

    assert path == () or set("".join(path)) <= set(text)
