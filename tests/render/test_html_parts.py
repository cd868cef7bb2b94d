"""The parts of the HTML page: charts, the trend, the rows of the table, and the details."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.render.html_page.detail import parts_of
from auditor.render.html_page.headline import headline
from auditor.render.html_page.lists import MOST, SOONEST, list_sections, soonest_dark
from auditor.render.html_page.organizations import choices, rows_of
from auditor.render.html_page.timeline import PLOT_HEIGHT, charts, round_up
from auditor.render.html_page.trend import trend_of
from auditor.render.html_page.words import day, listed, number, plain
from tests.render.browser_fleet import MONTHS, a_finding, a_fleet, a_trend


def a_renewal(unit: str = "licenses", model: str = "per-device", **by_month: int) -> dict[str, Any]:
    months = {key.removeprefix("m").replace("_", "-"): count for key, count in by_month.items()}
    return {"tenant": "t", "licensingModel": model, "type": "X", "unit": unit, "byMonth": months}


class TestTimeline:
    def test_units_are_never_added(self) -> None:
        """A chart for each licensing model and unit; types and tenants of one are summed."""
        renewals = [
            a_renewal(m2026_03=5),
            a_renewal(m2026_03=2, m2027_01=1),
            a_renewal("seats", m2026_03=100),
            a_renewal("seats", "subscription", m2026_04=7),
        ]
        found = charts({"months": list(MONTHS), "renewals": renewals})

        assert [one.key for one in found] == ["per-device-licenses", "per-device-seats", "subscription-seats"]
        assert found[0].years[0][1][2] == "7"
        assert [(year, total) for year, _, total in found[0].years] == [
            ("2026", "7"),
            ("2027", "1"),
            ("2028", "0"),
            ("2029", "0"),
        ]

    def test_months_beyond_the_forecast_are_blank_and_not_zero(self) -> None:
        """The first and the last year are there in part."""
        years = charts({"months": list(MONTHS), "renewals": [a_renewal(m2026_03=5)]})[0].years

        assert years[0][1][:3] == ["", "", "5"]
        assert years[3][1][:3] == ["0", "0", ""]

    def test_the_description_says_what_the_picture_shows(self) -> None:
        """For those who cannot see it."""
        renewals = [a_renewal(m2026_03=5, m2027_01=1200)]

        told = charts({"months": list(MONTHS), "renewals": renewals})[0].description

        assert "1,205 licenses end in 36 months from 2026-03; most in 2027-01, with 1,200." in told

    def test_nothing_ahead_is_no_chart(self) -> None:
        """Nor is a report of before there was a forecast."""
        assert charts(None) == charts({"months": list(MONTHS), "renewals": []}) == []

    @given(st.integers(0, 10**9))
    def test_a_scale_is_just_large_enough_and_halves(self, value: int) -> None:
        """At most twice the value from two on, and even."""
        top = round_up(value)

        assert top >= value
        assert top % 2 == 0
        assert top <= max(2, value * 1.34 + 1)

    @given(st.lists(st.integers(0, 10**6), min_size=36, max_size=36).filter(any))
    def test_bars_stay_in_the_plot(self, counts: list[int]) -> None:
        """As high as their share of the scale; months without anything have none."""
        by_month = dict(zip(MONTHS, counts, strict=True))
        renewal = a_renewal() | {"byMonth": by_month}
        bars = charts({"months": list(MONTHS), "renewals": [renewal]})[0].bars

        assert len(bars) == sum(map(bool, counts))
        assert all(0 < float(bar.height) <= PLOT_HEIGHT for bar in bars)
        assert all(float(bar.x[:-1]) + float(bar.width[:-1]) <= 100 for bar in bars)


class TestTrend:
    def test_what_was_not_known_breaks_the_line(self) -> None:
        """No line is drawn to a figure that nobody has."""
        trend = trend_of(a_trend(9))
        assert trend is not None

        paths = {line.key: line.path.count("M") for line in trend.lines}

        assert paths == {"expiring": 1, "atRisk": 2, "unused": 1}

    def test_runs_are_ordered_by_time(self) -> None:
        """However they are handed over; the table tells the latest first."""
        points = a_trend(5)

        trend = trend_of(points[::-1])

        assert trend == trend_of(points)
        assert trend is not None
        assert trend.table.rows[0][0] == "2025-12-05 00:00 UTC"

    def test_an_audit_that_was_not_complete_is_hollow(self) -> None:
        """And never 100 %."""
        points = [one | {"completeness": 0.9999} for one in a_trend(2)]
        trend = trend_of(points)
        assert trend is not None

        assert [dot.is_whole for dot in trend.lines[0].dots] == [False, False]
        assert trend.table.rows[0][-1] == "99.9 %"

    def test_a_run_that_does_not_compare_says_why(self) -> None:
        """On the line and in the table; where all compare, the table has no such column."""
        points = a_trend(3)
        marked = [*points[:1], points[1] | {"marks": ["otherOrganizations", "otherPlan"]}, points[2]]
        plain_trend, trend = trend_of(points), trend_of(marked)
        assert plain_trend is not None
        assert trend is not None

        said = "other organizations than before; another plan than before"
        assert [row[-1] for row in trend.table.rows] == ["", said, ""]
        assert [dot.told.endswith(said) for dot in trend.lines[0].dots] == [True, False]
        assert len(trend.table.columns) == len(plain_trend.table.columns) + 1

    def test_a_mark_of_a_later_version_is_shown_as_it_is(self) -> None:
        """Rather than nothing, which would say that the runs compare."""
        trend = trend_of([one | {"marks": ["otherMoon"]} for one in a_trend(1)])
        assert trend is not None

        assert trend.table.rows[0][-1] == "otherMoon"

    def test_one_run_is_a_point_and_none_is_no_trend(self) -> None:
        """There is nothing to draw a line between."""
        single = trend_of(a_trend(2)[:1])

        assert trend_of([]) is None
        assert single is not None
        assert single.first == single.last


class TestRows:
    def test_the_soonest_is_first_and_what_never_is_last(self) -> None:
        """Those of which it is not known stand between; within each, the order of the report."""
        rows = [row for row, _ in rows_of(a_fleet(300))]
        kinds = [0 if isinstance(row.dark_on, str) else 1 if row.dark_on is None else 2 for row in rows]
        days = [row.dark_on for row in rows if isinstance(row.dark_on, str)]

        assert kinds == sorted(kinds)
        assert set(kinds) == {0, 1, 2}
        assert days == sorted(days)

    @pytest.mark.parametrize(
        ("expires_at", "ending"),
        [
            ("2026-03-01T00:00:00Z", 0),
            ("2026-03-01T00:00:01Z", 12),
            ("2026-05-30T00:00:00Z", 12),
            ("2026-05-30T00:00:01Z", 0),
            (None, None),
        ],
    )
    def test_co_termination_ends_as_a_whole(self, expires_at: str | None, ending: int | None) -> None:
        """All devices, where the date lies in (asOf, asOf + the longest window]."""
        report = a_fleet(1, is_whole=True)
        devices = {"licensed": 12, "byModel": {"MV": 12}}
        co_term = {"status": "OK", "expiresAt": expires_at, "devices": devices, "use": None, "keys": None}
        blank = {"licenses": None, "subscription": None}
        report["organizations"][0] |= blank | {"coTerm": co_term, "licensingModel": "co-term"}

        row = rows_of(report)[0][0]

        assert row.ending == ending
        assert row.at_risk is row.unused is False

    @pytest.mark.parametrize(("known", "dark_on"), [(True, False), (None, False), (False, None)])
    def test_a_dark_date_that_nobody_knows_is_not_the_promise_that_there_is_none(
        self, known: object, dark_on: object
    ) -> None:
        """The row shows it as not known, between those with a date and those that never go dark."""
        report = a_fleet(1, is_whole=True)
        report["organizations"][0]["dark"] = {"soonest": None, "known": known, "dates": []}

        assert rows_of(report)[0][0].dark_on is dark_on

    def test_an_organization_without_figures_has_none(self) -> None:
        """Failed or skipped: not zero."""
        rows = [row for row, block in rows_of(a_fleet(300)) if block["plan"] is None]

        assert rows
        assert all(row.size is row.ending is row.at_risk is row.unused is row.dark_on is None for row in rows)

    def test_filters_offer_what_occurs(self) -> None:
        """Standings the worst first; a value that no organization has is no choice."""
        rows = [row for row, _ in rows_of(a_fleet(40, is_whole=True, tenants=2))]
        offered = {one.key: [value for value, _ in one.options] for one in choices(rows)}

        assert offered["tenant"] == ["customer-00", "customer-01"]
        assert offered["status"] == ["audited"]
        assert offered["standing"] == ["dark", "inGrace", "expiring", "ok"]


class TestDetails:
    def block(self, model: str) -> dict[str, Any]:
        """An organization under *model*."""
        blocks: list[dict[str, Any]] = a_fleet(60, is_whole=True)["organizations"]
        return next(one for one in blocks if one["licensingModel"] == model)

    def test_each_model_tells_its_own(self) -> None:
        """And no heading without a line."""
        headings = {}
        for model in ("per-device", "co-term", "subscription"):
            parts = parts_of(self.block(model), [], [])
            headings[model] = {heading for heading, _ in parts}
            assert all(lines for _, lines in parts)

        assert {"Licenses", "Expiring", "Unused", "Devices"} <= headings["per-device"]
        assert {"Co-termination", "Keys", "Devices in use (estimate)"} <= headings["co-term"]
        assert "Subscriptions" in headings["subscription"]

    def test_failures_and_findings_stand_with_their_organization(self) -> None:
        """With what is needed to ask the vendor."""
        error = {
            "class": "server",
            "httpStatus": 503,
            "message": "it failed",
            "attempts": 5,
            "requestId": "r-1",
        }
        parts = dict(parts_of(self.block("co-term"), [error], [a_finding("1", due="2026-04-01T00:00:00Z")]))

        assert parts["Failures"] == [("server", "it failed (5 attempts, HTTP 503, request r-1)")]
        assert parts["Findings"][0][1].endswith("(due 2026-04-01)")

    def test_a_subscription_tells_its_violations(self) -> None:
        """With the vendor's own date, and what would mend it."""
        block = self.block("subscription")
        violation = {"productClass": "wireless", "graceEndsAt": "2026-03-20T00:00:00Z", "missing": {"LIC": 3}}
        block["subscription"]["subscriptions"][0] |= {
            "violations": [violation],
            "shared": True,
            "organizations": 1,
        }

        lines = [line for _, lines in parts_of(block, [], []) for line in lines]

        assert ("Violation, wireless", "grace ends 2026-03-20, missing LIC 3") in lines
        assert ("Shared by", "1 organization") in lines

    def test_a_subscription_whose_compliance_is_not_known_says_so(self) -> None:
        """Nothing at all would look like compliance."""
        block = self.block("subscription")
        block["subscription"]["violations"] = None
        block["subscription"]["subscriptions"][0]["violations"] = None

        lines = [line for _, lines in parts_of(block, [], []) for line in lines]

        assert ("Compliance", "not known") in lines
        assert ("Product classes in violation", "not known") in lines


class TestLists:
    def test_long_lists_end_with_how_many_are_left(self) -> None:
        """And say where the others are."""
        report = a_fleet(400)
        ids = [one["id"] for one in report["organizations"]]
        report["findings"] = [a_finding(one) for one in ids]
        findings = next(one for one in list_sections(report) if one.key == "findings").tables[0]
        dark = soonest_dark(report).tables[0]

        assert len(findings.rows) == MOST
        assert findings.rest.startswith("and 200 more")
        assert len(dark.rows) == SOONEST
        assert dark.rest.startswith(f"and {len(report['darkDates']) - SOONEST} more")

    def test_headline_figures_are_those_of_the_totals(self) -> None:
        """Organizations, standing, risk, expiring and unused."""
        report = a_fleet(30, is_whole=True)
        totals = report["totals"]
        figures = {one.label: one.value for one in headline(report)}
        standings = totals["organizations"]["byStanding"]

        assert figures == {
            "Organizations": "30",
            "Organizations dark or in grace": number(standings["dark"] + standings["inGrace"]),
            "Licenses at risk within 30 days": number(totals["expiring"]["atRiskWithin"]["30"]),
            "Licenses expiring": number(totals["expiring"]["total"]),
            "Licenses unused": number(totals["unused"]["total"]),
            "Devices under co-termination": number(totals["coTerm"]["devices"]["licensed"]),
            "Subscriptions": number(totals["subscription"]["total"]),
        }


class TestWords:
    @given(st.text())
    def test_plain_text_can_be_written(self, text: str) -> None:
        """Whatever it was, it encodes, and keeps its length."""
        assert len(plain(text)) == len(text)
        assert plain(text).encode().decode() == plain(text)

    def test_null_is_not_known(self) -> None:
        """Everywhere; zero is a number."""
        assert {number(None), day(None), listed(None)} == {"not known"}
        assert (number(0), number(1234567), listed({"a": 0})) == ("0", "1,234,567", "none")
