from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.history.database import HistoryError
from auditor.history.entry import Entry
from auditor.history.history import Added, History
from auditor.render.html_page.trend import trend_of
from auditor.report.reading import Document
from tests.history.runs import FIRST, a_kept_run, a_run, an_organization, runs
from tests.judge import reports as made

SOME = settings(max_examples=25)
"""Each example makes files that are synced."""


@contextmanager
def a_history(reports: Iterable[Document] = ()) -> Iterator[History]:
    """A history of its own, with *reports* in it."""
    with TemporaryDirectory() as folder, History.open(Path(folder) / "h.db") as history:
        for report in reports:
            history.add(report)
        yield history


def told_by(reports: Iterable[Document]) -> Any:
    """All that a history of *reports* tells."""
    with a_history(reports) as history:
        return (
            history.entries(),
            history.entries(tenant="acme"),
            [history.entries(organization=str(number)) for number in range(500, 503)],
        )


@SOME
@given(runs())
def test_adding_again_changes_nothing(reports: list[Document]) -> None:
    """Neither at once nor later."""
    assert told_by([*reports, *reports]) == told_by(reports)


@SOME
@given(runs(), st.randoms())
def test_the_order_of_adding_leaves_no_trace(reports: list[Document], random: Any) -> None:
    """Reports of before there was a history go in at any time."""
    assert told_by(random.sample(reports, len(reports))) == told_by(reports)


@SOME
@given(runs())
def test_runs_come_in_the_order_of_their_time_each_once(reports: list[Document]) -> None:
    """Whatever is kept is what the widest report of each run told."""
    widest: dict[str, int] = {}
    for report in reports:
        run = report["run"]["id"]
        widest[run] = max(widest.get(run, 0), len(report["organizations"]))
    entries = told_by(reports)[0]

    assert [one.run_id for one in entries] == sorted(widest)
    assert [one.figures["organizations.selected"] for one in entries] == [widest[r] for r in sorted(widest)]
    assert [one.as_of for one in entries] == sorted(one.as_of for one in entries)


@SOME
@given(st.lists(st.integers(0, 400), unique=True, min_size=1, max_size=6), st.integers(0, 400))
def test_pruning_keeps_what_is_younger_than_asked(nights: list[int], keep_days: int) -> None:
    """Counted from the latest run, which always stays; pruning again does nothing."""
    with a_history(a_kept_run(night, 1) for night in nights) as history:
        before = history.entries()
        pruned = history.prune(keep_days=keep_days)

        last = FIRST + timedelta(days=max(nights) - keep_days)
        assert history.entries() == [one for one in before if one.as_of >= last]
        assert pruned == len(before) - len(history)
        assert history.prune(keep_days=keep_days) == 0


def test_pruning_forgets_organizations_that_no_run_has_any_more() -> None:
    """The file holds no customer of old."""
    with a_history([a_run(0, an_organization("1", tenant="gone")), a_run(50)]) as history:
        assert history.prune(keep_days=30) == 1

        assert history.tenants() == ["acme"]
        assert history.entries(organization="1") == []
        left = history._connection.execute("SELECT id FROM organization").fetchall()
    assert left == [("501",)]


def test_a_run_that_looked_far_ahead_prunes_nothing() -> None:
    """Its reference time is no age."""
    ahead = a_run(1) | {"asOf": "2036-01-01T00:00:00Z"}
    with a_history([a_run(0), ahead]) as history:
        assert history.prune(keep_days=30) == 0


def test_adding_tells_what_became_of_the_report() -> None:
    """The report of one tenant, split off, never takes the place of the whole."""
    part = a_run(0, an_organization("1"))
    whole = a_run(0, an_organization("1"), an_organization("2", tenant="north"))
    with a_history() as history:
        assert history.add(part) is Added.NEW
        assert history.add(part) is Added.KNOWN
        assert history.add(whole) is Added.WIDER
        assert history.add(part) is Added.KNOWN

        assert len(history) == 1
        assert history.tenants() == ["acme", "north"]


def test_a_partial_audit_is_kept_and_marked() -> None:
    """What it read is a lower bound, and so says the run after it."""
    nights = [a_run(0), a_run(1, an_organization(), made.failed("502")), a_run(2)]
    with a_history(nights) as history:
        points = history.points()

    assert [one["completeness"] for one in points] == [1.0, 0.5, 1.0]
    assert points[1]["marks"] == ["notComplete", "otherOrganizations"]
    assert points[2]["marks"] == ["afterIncomplete", "otherOrganizations"]


def test_other_organizations_are_counted_in_the_view_that_has_them() -> None:
    """A customer that came is no change of another customer."""
    north = an_organization("9", tenant="north")
    with a_history([a_run(0), a_run(1, an_organization("501"), north), a_run(2, north)]) as history:
        moved = [(one.appeared, one.vanished) for one in history.entries()]
        acme = [(one.appeared, one.vanished) for one in history.entries(tenant="acme")]
        single = history.entries(organization="9")

    assert moved == [(0, 0), (1, 0), (0, 1)]
    assert acme == [(0, 0), (0, 0)]
    assert [one.run_id for one in single] == ["run-1", "run-2"]


def test_one_tenant_and_one_organization_have_figures_of_their_own() -> None:
    """Those of a tenant are all that the whole has; of an organization, the few that are kept."""
    report = a_run(
        0,
        an_organization("1", expiring=4),
        an_organization("2", expiring=5),
        an_organization("3", tenant="north", expiring=7),
    )
    with a_history([report]) as history:
        (acme,) = history.entries(tenant="acme")
        (third,) = history.entries(organization="3")

        assert history.entries(tenant="nobody") == history.entries(organization="none") == []
    assert acme.figures["expiring.total"] == 9
    assert third.figures == {
        "completeness": 1.0,
        "expiring.total": 7,
        "expiring.atRisk": 5,
        "unused.total": 2,
        "licenses.total": 21,
    }
    assert (third.status, third.standing) == ("audited", "expiring")


def test_of_an_organization_that_two_tenants_had_the_one_that_read_it_tells() -> None:
    """A key that lost its access leaves a failure; the other key read all."""
    report = a_run(0, made.failed("1", tenant="acme"), an_organization("1", tenant="b"))
    with a_history([report]) as history:
        (both,) = history.entries(organization="1")
        (failed,) = history.entries(organization="1", tenant="acme")

    assert (both.status, failed.status) == ("audited", "failed")


def test_points_are_what_the_page_draws() -> None:
    """As from the day that is asked for."""
    with a_history(a_kept_run(night, 1) for night in range(4)) as history:
        points = history.points(since=FIRST + timedelta(days=1))
    trend = trend_of(points)

    assert [one["expiring"] for one in points] == [101, 102, 103]
    assert points[0]["asOf"] == "2026-03-02T02:00:00Z"
    assert trend is not None
    assert [line.latest for line in trend.lines] == ["103", "13", "3"]


def test_a_count_beyond_all_reason_is_refused_and_nothing_is_lost() -> None:
    """A report that was made up cannot harm the history."""
    with a_history([a_run(0)]) as history:
        before: list[Entry] = history.entries()
        with pytest.raises(HistoryError, match="cannot hold this report"):
            history.add(a_run(1, an_organization(expiring=2**63)))

        assert history.entries() == before


HALF: Any = made.partial("502")
UNKNOWN: Any = made.an_organization("502", standing=None)


@pytest.mark.parametrize(
    ("before", "after", "marks"),
    [
        (made.failed("502"), made.failed("502"), []),
        (made.failed("502"), made.an_organization("502"), ["afterIncomplete"]),
        (made.failed("502"), made.skipped("502"), ["afterIncomplete"]),
        (made.failed("502"), made.failed("503"), ["notComplete", "afterIncomplete", "otherOrganizations"]),
        (HALF, HALF, ["notComplete", "afterIncomplete"]),
        (made.failed("502"), HALF, ["notComplete", "afterIncomplete"]),
    ],
)
def test_runs_that_lack_the_same_organizations_compare(before: Any, after: Any, marks: list[str]) -> None:
    """One that is forbidden for good spoils no night; a list that broke off is another bound each time."""
    nights = [a_run(night, an_organization(), one) for night, one in enumerate((before, after))]
    with a_history(nights) as history:
        for tenant in (None, "acme"):
            assert history.points(tenant=tenant)[1]["marks"] == marks


def test_runs_of_which_other_standings_are_unknown_do_not_compare() -> None:
    """Incomplete for an extra: nothing is said to have become dark that was not known before."""
    known = made.an_organization("502")
    nights = [a_run(n, made.failed("501"), one) for n, one in enumerate((UNKNOWN, UNKNOWN, known))]
    with a_history(nights) as history:
        assert [one["marks"] for one in history.points()] == [
            ["notComplete"],
            [],
            ["notComplete", "afterIncomplete"],
        ]
