from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.co_term import CoTermAccount, CoTermOverview
from auditor.domain.extra import Extra
from auditor.domain.finding import disagreement
from auditor.domain.license import LicenseState
from auditor.domain.note import NoteKind
from auditor.domain.outcome import Failure, FailureClass, Skip, SkipReason
from auditor.domain.outlook import Outlook
from auditor.domain.overview import Overview
from auditor.domain.question import STATES_ASKED_FOR, PlanKind
from auditor.domain.result import DiscoveryFailure, OrganizationResult
from auditor.domain.window import Windows
from auditor.report.instant import to_rfc3339
from auditor.report.summing import summed_up
from auditor.report.to_json import to_json
from tests.domain.builders import AS_OF, WINDOWS, a_license
from tests.report.evidences import (
    FEW,
    FORBIDDEN,
    NOT_ENABLED,
    SERVER,
    a_co_term_result,
    a_report,
    a_result,
    a_subscription,
    a_subscription_result,
    an_abridged_result,
    organization_results,
    reports,
)

SOON = AS_OF + timedelta(days=45)


def told(block: dict[str, Any]) -> dict[str, Any]:
    """What of *block* is known."""
    return {key: value for key, value in block.items() if value is not None}


class TestOrder:
    def test_keys_come_in_the_order_in_which_people_read(self) -> None:
        """What it is, how complete, the sums, then the detail."""
        report = a_report(a_result())
        (organization,) = report["organizations"]

        assert list(report) == [
            "schemaVersion",
            "tool",
            "run",
            "asOf",
            "windowsDays",
            "tenants",
            "completeness",
            "totals",
            "darkDates",
            "forecast",
            "reclaimHints",
            "organizations",
            "errors",
            "traffic",
        ]
        assert list(report["completeness"]["organizations"]) == [
            "seen",
            "selected",
            "audited",
            "partial",
            "failed",
            "skipped",
        ]
        assert list(report["totals"]) == [
            "organizations",
            "licenses",
            "expiring",
            "unused",
            "coverage",
            "seats",
            "notes",
            "reclaim",
            "coTerm",
            "subscription",
        ]
        assert list(organization) == [
            "id",
            "name",
            "tenant",
            "licensingModel",
            "status",
            "reason",
            "error",
            "message",
            "pages",
            "plan",
            "missing",
            "standing",
            "dark",
            "licenses",
            "expiring",
            "unused",
            "coverage",
            "seats",
            "notes",
            "reclaim",
        ]
        assert list(report["traffic"]) == [
            "requests",
            "pages",
            "redirects",
            "refusals",
            "retries",
            "retriesByClass",
            "failures",
            "abandoned",
            "rateLimited",
            "bytes",
            "peakInFlight",
            "effectiveRate",
            "budgetUtilization",
        ]

    def test_organizations_are_ordered_by_tenant_then_id_as_text(self) -> None:
        """Ids are opaque text, so 10 comes before 9."""
        report = a_report(
            a_result("9", tenant="b"),
            a_result("10", tenant="b"),
            a_result("99", tenant="a"),
        )

        assert [(one["tenant"], one["id"]) for one in report["organizations"]] == [
            ("a", "99"),
            ("b", "10"),
            ("b", "9"),
        ]

    def test_states_are_in_the_order_of_reports_and_unheard_of_ones_behind(self) -> None:
        """Known states are there even at zero; an unknown one keeps its name."""
        page = [a_license(id=None, state=state) for state in ("paused", "unused", "active", "brewing")]

        states = a_report(a_result(pages=[page]))["totals"]["licenses"]["byState"]

        assert list(states.items()) == [
            ("active", 1),
            ("expiring", 0),
            ("expired", 0),
            ("recentlyQueued", 0),
            ("unused", 1),
            ("unusedActive", 0),
            ("brewing", 1),
            ("paused", 1),
        ]

    @FEW
    @given(st.lists(organization_results(), max_size=4, unique_by=lambda one: one.organization.id), st.data())
    def test_the_order_of_arrival_changes_no_byte(
        self, results: list[OrganizationResult], data: st.DataObject
    ) -> None:
        """Same data, same report, whoever answered first."""
        shuffled = data.draw(st.permutations(results))

        assert to_json(a_report(*shuffled)) == to_json(a_report(*results))


class TestHead:
    def test_run_and_tool_tell_what_wrote_the_report_and_when(self) -> None:
        """Times in UTC, the duration to the millisecond."""
        report = a_report(interrupted="stopped by SIGINT")

        assert report["schemaVersion"] == "1.2"
        assert report["tool"] == {"name": "auditor", "version": "1.2.3"}
        assert report["run"] == {
            "id": "run-1",
            "startedAt": "2026-03-01T12:00:01.250000Z",
            "finishedAt": "2026-03-01T12:00:05Z",
            "durationSeconds": 3.75,
            "resumed": False,
            "interrupted": "stopped by SIGINT",
            "shard": None,
            "question": None,
            "spread": None,
        }
        assert report["asOf"] == "2026-03-01T12:00:00Z"

    def test_traffic_is_rounded_and_its_parts_add_up(self) -> None:
        """Rates are for people, counts are exact."""
        traffic = a_report()["traffic"]

        assert (traffic["effectiveRate"], traffic["budgetUtilization"]) == (3.2, 0.032)
        assert list(traffic["retriesByClass"]) == ["rateLimited", "timeout"]
        parts = ("pages", "redirects", "refusals", "retries", "failures", "abandoned")
        assert traffic["requests"] == sum(traffic[part] for part in parts)

    @pytest.mark.parametrize(
        ("instant", "text"),
        [
            (datetime(2026, 3, 1, tzinfo=UTC), "2026-03-01T00:00:00Z"),
            (datetime(2026, 3, 1, 0, 0, 0, 5000, tzinfo=UTC), "2026-03-01T00:00:00.005000Z"),
            (datetime(2026, 3, 1, tzinfo=timezone(timedelta(hours=14))), "2026-02-28T10:00:00Z"),
        ],
    )
    def test_instants_are_rfc_3339_in_utc(self, instant: datetime, text: str) -> None:
        """Z, whatever offset they came with."""
        assert to_rfc3339(instant) == text

    @given(st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)), st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001
    def test_an_instant_survives_being_written(self, clock: datetime, offset: int) -> None:
        """It can be read back as the same moment."""
        instant = clock.replace(tzinfo=timezone(timedelta(minutes=offset)))

        text = to_rfc3339(instant)

        assert text.endswith("Z")
        assert datetime.fromisoformat(text) == instant


class TestCompleteness:
    def test_statuses_reasons_and_classes_are_counted(self) -> None:
        """Every selected organization has one place; failed and partial are told by class together."""
        report = a_report(
            a_result("1"),
            a_result("2", ending=SERVER),
            a_result("3", pages=[], ending=SERVER),
            a_result("4", pages=[], ending=Failure(FailureClass.AUTH, "no")),
            a_result("5", pages=[], ending=NOT_ENABLED),
            seen=9,
        )

        assert report["completeness"] == {
            "complete": False,
            "organizations": {
                "seen": 9,
                "selected": 5,
                "audited": 1,
                "partial": 1,
                "failed": 2,
                "skipped": 1,
            },
            "skippedByReason": {"apiDisabled": 1},
            "failedByClass": {"auth": 1, "server": 2},
            "missing": {},
            "reconciled": None,
        }

    @pytest.mark.parametrize(
        ("changes", "complete"),
        [
            pytest.param({"results": [a_result()]}, True, id="all read"),
            pytest.param({"results": [a_result(pages=[], ending=NOT_ENABLED)]}, True, id="skipped"),
            pytest.param({"results": [a_result(ending=SERVER)]}, False, id="partial"),
            pytest.param({"results": [a_result(pages=[], ending=SERVER)]}, False, id="failed"),
            pytest.param(
                {"results": [a_result()], "interrupted": "the deadline came"}, False, id="interrupted"
            ),
            pytest.param(
                {"results": [a_result()], "discovery_failures": [DiscoveryFailure("acme", SERVER)]},
                False,
                id="a list broke off",
            ),
        ],
    )
    def test_counts_are_called_complete_only_when_nothing_is_missing(
        self,
        changes: dict[str, Any],
        complete: bool,  # noqa: FBT001 - a column of the table
    ) -> None:
        """A skip is a decision; everything else makes the counts lower bounds."""
        report = a_report(*changes.pop("results"), **changes)

        assert report["completeness"]["complete"] is complete

    def test_what_is_missing_is_named_and_counted(self) -> None:
        """In the order of reports; an organization without a figure has no list at all."""
        both = {Extra.COMPLIANCE: FORBIDDEN, Extra.SKUS: None}
        report = a_report(
            a_result("1", missing={Extra.SEAT_USE: FORBIDDEN}),
            a_result("2", pages=[], ending=SERVER),
            a_subscription_result("3", a_subscription("77"), missing=both),
            a_subscription_result("4", a_subscription("78"), missing={Extra.SKUS: None}),
        )

        assert report["completeness"]["missing"] == {"seatUse": 1, "skus": 2, "compliance": 1}
        assert [one.get("missing") for one in report["organizations"]] == [
            ["seatUse"],
            None,
            ["skus", "compliance"],
            ["skus"],
        ]

    @pytest.mark.parametrize(
        ("result", "complete"),
        [
            pytest.param(a_result(missing={Extra.SEAT_USE: FORBIDDEN}), True, id="seats in use"),
            pytest.param(
                a_subscription_result("2", a_subscription(), missing={Extra.SKUS: None}), True, id="SKUs"
            ),
            pytest.param(
                a_subscription_result("2", a_subscription(), missing={Extra.COMPLIANCE: FORBIDDEN}),
                False,
                id="compliance",
            ),
            pytest.param(
                a_co_term_result("3", missing={Extra.INVENTORY: FORBIDDEN}), True, id="inventory with a date"
            ),
            pytest.param(
                a_co_term_result(
                    "3",
                    CoTermAccount(CoTermOverview("N/A", None)),
                    missing={Extra.INVENTORY: FORBIDDEN},
                    outlook=Outlook(standing=None),
                ),
                False,
                id="inventory where nothing else says what is covered",
            ),
            pytest.param(
                a_co_term_result(
                    "3",
                    CoTermAccount(CoTermOverview("N/A", None), notes={NoteKind.UNREADABLE_COUNT: 1}),
                    missing={Extra.INVENTORY: FORBIDDEN},
                    outlook=Outlook(standing=None),
                ),
                True,
                id="inventory that would decide nothing",
            ),
        ],
    )
    def test_an_extra_that_is_missing_counts_only_where_it_decides_the_standing(
        self,
        result: OrganizationResult,
        complete: bool,  # noqa: FBT001 - a column of the table
    ) -> None:
        """The organization is audited in any case, and its sums made anew say the same."""
        report = a_report(result)

        assert report["completeness"]["complete"] is complete
        assert report["completeness"]["organizations"]["audited"] == 1
        assert summed_up(report, report["organizations"])["completeness"] == report["completeness"]


class TestCounts:
    def test_windows_are_keyed_by_their_days_as_text_shortest_first(self) -> None:
        """Every window is there, also at zero, in totals and in each organization."""
        report = a_report(
            a_result(pages=[[a_license(expires_at=SOON)]]), windows=Windows(AS_OF, (90, 30, 60))
        )

        expected = [("30", 0), ("60", 1), ("90", 1)]
        (organization,) = report["organizations"]
        assert report["windowsDays"] == [30, 60, 90]
        assert list(report["totals"]["expiring"]["within"].items()) == expected
        assert list(organization["expiring"]["within"].items()) == expected

    def test_organizations_with_an_ending_license_are_counted_once_each(self) -> None:
        """Two customers to call, though four licenses end."""
        page = [a_license(id=None, expires_at=SOON), a_license(id=None, expires_at=SOON)]
        report = a_report(a_result("1", [page]), a_result("2", [page]), a_result("3"))

        assert report["totals"]["expiring"]["within"] == {"30": 0, "60": 4, "90": 4}
        assert report["totals"]["organizations"]["expiringWithin"] == {"30": 0, "60": 2, "90": 2}

    def test_expiring_total_follows_the_state_and_not_the_date(self) -> None:
        """`within` is by date, whatever the state."""
        page = [a_license(state="expiring"), a_license(id="2", expires_at=SOON)]

        expiring = a_report(a_result(pages=[page]))["totals"]["expiring"]

        assert (expiring["total"], expiring["within"]) == (1, {"30": 0, "60": 1, "90": 1})

    def test_unused_is_split_by_whether_it_burns_and_by_type(self) -> None:
        """Types without an unused license are left out."""
        page = [
            a_license(id="1", state="unused", license_type="MR-ENT"),
            a_license(id="2", state="unusedActive", license_type="MR-ENT"),
            a_license(id="3", state="unusedActive", license_type="MR-ENT"),
            a_license(id="4", license_type="MX64-ENT"),
        ]

        unused = a_report(a_result(pages=[page]))["totals"]["unused"]

        assert (unused["total"], unused["unused"], unused["unusedActive"]) == (3, 1, 2)
        assert unused["byType"] == {"MR-ENT": {"unused": 1, "unusedActive": 2}}

    def test_seats_are_summed_by_state_and_never_added_to_licenses(self) -> None:
        """A Systems Manager license is one license with many seats."""
        page = [
            a_license(id="1", state="unused", license_type="SME", seat_count=5),
            a_license(id="2", license_type="SME", seat_count=20),
            a_license(id="3", license_type="SME", seat_count=0),
            a_license(id="4"),
        ]

        totals = a_report(a_result(pages=[page]))["totals"]

        assert list(totals["seats"].items()) == [
            ("licenses", 3),
            ("total", 25),
            ("byState", {"active": 20, "unused": 5}),
            ("systemsManager", None),
        ]
        assert list(totals["seats"]["byState"]) == ["active", "unused"]
        assert totals["licenses"]["total"] == 4

    def test_oddities_are_noted_by_kind(self) -> None:
        """A duplicate is counted once and noted once."""
        page = [a_license(), a_license(), a_license(id="2", state="paused")]

        totals = a_report(a_result(pages=[page]))["totals"]

        assert totals["licenses"]["total"] == 2
        assert totals["notes"] == {"duplicateLicense": 1, "unknownState": 1}

    def test_licensing_models_are_counted_and_new_ones_keep_their_name(self) -> None:
        """The known three always; what the vendor invents or leaves out behind them."""
        report = a_report(
            a_result("1"),
            a_result("2", licensing_model="per-galaxy"),
            a_result("3", licensing_model=None),
        )

        assert list(report["totals"]["organizations"]["byLicensingModel"].items()) == [
            ("co-term", 0),
            ("per-device", 1),
            ("subscription", 0),
            ("per-galaxy", 1),
            ("unknown", 1),
        ]

    @FEW
    @given(reports())
    def test_totals_are_the_sums_over_the_organizations(self, report: dict[str, Any]) -> None:
        """Whoever adds up the organizations comes to the total, null where one of them lacks the figure."""
        counted = [one for one in report["organizations"] if "licenses" in one]
        totals = report["totals"]

        for block, key in (
            ("licenses", "total"),
            ("expiring", "total"),
            ("unused", "total"),
            ("unused", "unusedActive"),
        ):
            assert totals[block][key] == sum(one[block][key] for one in counted)
        for block, key in (("seats", "total"), ("seats", "licenses")):
            assert totals[block][key] == _sum(one[block][key] for one in counted)
        dated = [one["expiring"]["within"] or {} for one in counted]
        within = {str(days): _sum(one.get(str(days)) for one in dated) for days in report["windowsDays"]}
        assert totals["expiring"]["within"] == (None if None in within.values() else within)
        ending = [_ending_within(one) for one in report["organizations"]]
        touched = {days: sum(bool(one.get(days)) for one in ending) for days in within}
        assert totals["organizations"]["expiringWithin"] == (None if None in within.values() else touched)
        assert totals["licenses"]["total"] == sum(totals["licenses"]["byState"].values())

    @FEW
    @given(reports())
    def test_types_are_summed_where_each_organization_tells_them(self, report: dict[str, Any]) -> None:
        """Only for states that were read of all of them: a sum over some would pass for the whole."""
        counted = [one for one in report["organizations"] if "licenses" in one]
        plans = {one["plan"] for one in counted}
        asked_for = set(STATES_ASKED_FOR) if "targeted" in plans else None

        for block in ("licenses", "unused"):
            told = report["totals"][block]["byType"]
            assert (told is None) == ("counts" in plans)
            if told is not None:
                rows = Counter[tuple[str, str]]()
                for one in counted:
                    rows.update(_by_type_and_state(one[block]["byType"], asked_for))
                assert _by_type_and_state(told, None) == +rows

    @FEW
    @given(reports())
    def test_every_selected_organization_has_exactly_one_status(self, report: dict[str, Any]) -> None:
        """The figures of `completeness` add up, and an error stands for every failure."""
        counts = report["completeness"]["organizations"]

        assert counts["selected"] == len(report["organizations"])
        assert counts["selected"] == sum(
            counts[status] for status in ("audited", "partial", "failed", "skipped")
        )
        assert sum(report["completeness"]["failedByClass"].values()) == counts["partial"] + counts["failed"]
        assert sum(report["completeness"]["skippedByReason"].values()) == counts["skipped"]
        endings = [one for one in report["errors"] if one["organizationId"] and one["missing"] is None]
        assert len(endings) == counts["partial"] + counts["failed"]
        named = Counter(name for one in report["organizations"] for name in one.get("missing", ()))
        assert report["completeness"]["missing"] == named


class TestPlans:
    def test_what_an_overview_does_not_tell_is_null_and_never_a_wrong_zero(self) -> None:
        """Counts by state are there; types, windows and the states of seats are not."""
        (organization,) = a_report(an_abridged_result())["organizations"]

        assert (organization["status"], organization["plan"], organization["pages"]) == (
            "audited",
            "counts",
            0,
        )
        assert organization["licenses"]["total"] == 12
        assert organization["licenses"]["byState"] == {
            "active": 7,
            "expiring": 2,
            "expired": 0,
            "recentlyQueued": 0,
            "unused": 1,
            "unusedActive": 0,
            "paused": 1,
            "unknown": 1,
        }
        assert organization["licenses"]["byType"] is None
        assert told(organization["expiring"]) == {"total": 2}
        assert told(organization["unused"]) == {"total": 1, "unused": 1, "unusedActive": 0}
        assert told(organization["seats"]) == {"total": 50}
        assert organization["coverage"] is organization["reclaim"] is organization["standing"] is None
        assert organization["notes"] == {"unknownState": 1}

    def test_a_targeted_organization_has_what_was_read_and_the_other_counts(self) -> None:
        """Types and windows of the states in question, numbers of the others."""
        read = [
            a_license(id="1", state="expiring", expires_at=SOON),
            a_license(id="2", state="expiring", expires_at=SOON),
            a_license(id="3", state="unused", license_type="MR-ENT"),
        ]
        (organization,) = a_report(an_abridged_result(licenses=read, plan=PlanKind.TARGETED))["organizations"]

        assert organization["plan"] == "targeted"
        assert organization["licenses"]["total"] == 12
        assert organization["licenses"]["byState"]["active"] == 7
        assert organization["licenses"]["byType"] == {"MR-ENT": {"unused": 1}, "MX64-ENT": {"expiring": 2}}
        assert organization["expiring"]["within"]["90"] == 2
        assert organization["unused"]["byType"] == {"MR-ENT": {"unused": 1, "unusedActive": 0}}
        assert told(organization["seats"]) == {"total": 50}
        assert organization["unused"]["activation"]["unknown"] == 1
        assert organization["coverage"] is organization["expiring"]["atRisk"] is None

    def test_seats_that_the_overview_does_not_tell_are_null(self) -> None:
        """Not every organization has Systems Manager."""
        (organization,) = a_report(an_abridged_result(overview=Overview({"active": 1})))["organizations"]

        assert organization["seats"]["total"] is None

    def test_the_totals_say_how_many_organizations_each_plan_counted(self) -> None:
        """Those of which nothing is known belong to none."""
        totals = a_report(
            a_result("1"),
            an_abridged_result("2"),
            an_abridged_result("3"),
            a_result("4", pages=[], ending=SERVER),
        )["totals"]

        assert totals["organizations"]["byPlan"] == {"full": 1, "targeted": 0, "counts": 2}
        assert totals["seats"]["total"] == 100

    @pytest.mark.parametrize("others", [(), (a_result("1", [[a_license(expires_at=SOON)]]),)])
    def test_totals_have_no_windows_where_an_organization_has_none(
        self, others: tuple[OrganizationResult, ...]
    ) -> None:
        """Fifty licenses expire; to say that none ends in the next days would be wrong."""
        unread = an_abridged_result("2", overview=Overview({"expiring": 50}, 50, seats=7))
        totals = a_report(unread, *others)["totals"]

        assert told(totals["expiring"]) == {"total": 50}
        assert totals["organizations"]["expiringWithin"] is None
        assert totals["licenses"]["byType"] is None
        assert totals["unused"]["byType"] is None
        assert told(totals["seats"]) == {"total": 7}

    def test_totals_of_full_and_targeted_organizations_have_windows_and_the_types_in_question(self) -> None:
        """Of the other states the types are known in one organization only, as are the states of seats."""
        expiring = a_license(id="1", state="expiring", expires_at=SOON)
        seats = a_license(id="2", license_type="SME", seat_count=20)
        totals = a_report(
            a_result("1", [[expiring, seats]]), an_abridged_result("2", [expiring], plan=PlanKind.TARGETED)
        )["totals"]

        assert told(totals["expiring"]) == {"total": 2, "within": {"30": 0, "60": 2, "90": 2}}
        assert totals["organizations"]["expiringWithin"] == {"30": 0, "60": 2, "90": 2}
        assert totals["licenses"]["byType"] == {"MX64-ENT": {"expiring": 2}}
        assert told(totals["seats"]) == {"total": 70}

    def test_seats_that_one_organization_does_not_tell_have_no_total(self) -> None:
        """Those of the others would be too few."""
        silent = an_abridged_result("2", overview=Overview({"active": 1}))

        assert a_report(an_abridged_result("1"), silent)["totals"]["seats"]["total"] is None
        assert a_report(a_result("1"), silent)["totals"]["seats"]["total"] is None

    def test_where_nothing_was_counted_each_total_is_zero(self) -> None:
        """As for an audit that found no license; `completeness` tells the rest."""
        totals = a_report(a_result(pages=[], ending=SERVER))["totals"]

        none = {"30": 0, "60": 0, "90": 0}
        assert totals["expiring"] == {
            "total": 0,
            "within": none,
            "coveredByQueue": 0,
            "atRisk": 0,
            "atRiskWithin": none,
            "atRiskByType": {},
        }
        assert totals["organizations"]["expiringWithin"] == {"30": 0, "60": 0, "90": 0}
        assert totals["licenses"]["byType"] == totals["unused"]["byType"] == {}
        assert told(totals["seats"]) == {"licenses": 0, "total": 0, "byState": {}}


class TestFindings:
    def test_findings_are_there_when_they_were_looked_for(self) -> None:
        """An empty list says that all agrees; no list says that nobody looked."""
        assert "findings" not in a_report(a_result())
        assert a_report(a_result(), is_reconciled=True)["findings"] == []

    def test_how_many_organizations_were_compared_is_told(self) -> None:
        """Without that, an empty list would say nothing."""
        compared = replace(a_result("1"), is_reconciled=True)
        report = a_report(compared, an_abridged_result("2"), is_reconciled=True)

        assert (report["completeness"]["reconciled"], report["findings"]) == (1, [])
        assert a_report(an_abridged_result("2"), is_reconciled=True)["completeness"]["reconciled"] == 0
        assert a_report(a_result("1"))["completeness"]["reconciled"] is None

    def test_a_finding_is_told_in_full_and_costs_no_completeness(self) -> None:
        """It is about the data, not about the run."""
        finding = disagreement("501", "acme", subject="total", message="the list has 1, the overview says 2")
        report = a_report(replace(a_result(), findings=(finding,)), is_reconciled=True)

        assert report["findings"] == [
            {
                "id": finding.id,
                "rule": "reconcile",
                "severity": "warning",
                "organizationId": "501",
                "tenant": "acme",
                "subject": "total",
                "message": "the list has 1, the overview says 2",
                "due": None,
            }
        ]
        assert report["completeness"]["complete"] is True


def _sum(figures: Iterable[int | None]) -> int | None:
    """None where one of them is not known."""
    total = 0
    for figure in figures:
        if figure is None:
            return None
        total += figure
    return total


def _ending_within(organization: dict[str, Any]) -> dict[str, Any]:
    """What ends in an organization in each window, whatever its licensing model."""
    if "subscription" in organization:
        return dict(organization["subscription"]["endingWithin"]) if organization["dark"] else {}
    if "coTerm" in organization:
        at = organization["coTerm"]["expiresAt"]
        end = None if at is None else datetime.fromisoformat(at)
        return {
            str(days): end is not None and AS_OF < end <= AS_OF + timedelta(days=days)
            for days in WINDOWS.days
        }
    return dict(organization.get("expiring", {}).get("within") or {})


def _by_type_and_state(
    by_type: dict[str, dict[str, int]], wanted: set[LicenseState] | None
) -> Counter[tuple[str, str]]:
    """The counts of *wanted* states, all where it is None, without zeros."""
    return +Counter(
        {
            (name, state): count
            for name, states in by_type.items()
            for state, count in states.items()
            if wanted is None or state in wanted
        }
    )


class TestOrganizations:
    def test_an_organization_without_a_page_has_no_counts(self) -> None:
        """Nothing read is not the same as nothing there."""
        (organization,) = a_report(a_result(pages=[], ending=SERVER))["organizations"]

        assert organization == {
            "id": "501",
            "name": "Example",
            "tenant": "acme",
            "licensingModel": "per-device",
            "status": "failed",
            "reason": None,
            "error": "server",
            "message": "the server failed",
            "pages": 0,
            "plan": None,
        }

    def test_a_partial_organization_has_the_counts_of_what_was_read(self) -> None:
        """As lower bounds, beside the reason."""
        (organization,) = a_report(a_result(pages=[[a_license()]], ending=SERVER))["organizations"]

        assert (organization["status"], organization["error"]) == ("partial", "server")
        assert (organization["pages"], organization["licenses"]["total"]) == (1, 1)

    def test_a_skipped_organization_says_why(self) -> None:
        """For programs and for people."""
        skip = Skip(SkipReason.UNSUPPORTED_MODEL, "licensing model co-term")
        (organization,) = a_report(a_result(pages=[], ending=skip))["organizations"]

        assert (organization["status"], organization["reason"], organization["error"]) == (
            "skipped",
            "unsupportedModel",
            None,
        )
        assert organization["message"] == "licensing model co-term"


class TestErrors:
    def test_tenants_come_first_then_organizations_in_the_order_of_the_report(self) -> None:
        """Skips are no errors."""
        report = a_report(
            a_result("2", pages=[], ending=SERVER),
            a_result("1", ending=Failure(FailureClass.PAGINATION, "a loop")),
            a_result("3", pages=[], ending=NOT_ENABLED),
            a_result("4"),
            discovery_failures=[DiscoveryFailure("north", Failure(FailureClass.AUTH, "refused", 401, 1))],
        )

        assert [(one["organizationId"], one["tenant"], one["class"]) for one in report["errors"]] == [
            (None, "north", "auth"),
            ("1", "acme", "pagination"),
            ("2", "acme", "server"),
        ]

    def test_an_error_carries_what_the_vendor_s_support_asks_for(self) -> None:
        """Status, attempts and request id, or null where there was no answer."""
        (error,) = a_report(a_result(pages=[], ending=SERVER))["errors"]

        assert error == {
            "organizationId": "501",
            "tenant": "acme",
            "class": "server",
            "httpStatus": 503,
            "message": "the server failed",
            "attempts": 5,
            "requestId": "r-1",
            "missing": None,
        }

    def test_the_failure_that_kept_an_extra_back_is_there_and_names_it(self) -> None:
        """After the failure that ended the organization; of what SKUs are, the log alone says why."""
        report = a_report(
            a_co_term_result("1", missing={Extra.INVENTORY: FORBIDDEN}, ending=SERVER),
            a_subscription_result("2", a_subscription(), missing={Extra.SKUS: None}),
        )

        assert [(one["organizationId"], one["httpStatus"], one["missing"]) for one in report["errors"]] == [
            ("1", 503, None),
            ("1", 403, "inventory"),
        ]
