from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.finding import disagreement, not_compared
from auditor.domain.note import NoteKind
from auditor.domain.outcome import Failure, FailureClass
from auditor.domain.result import DiscoveryFailure, OrganizationResult
from auditor.domain.shard import Shard
from auditor.judge.policy_text import read_policy
from auditor.judge.verdict import judge
from auditor.judge.verdict_json import judged_report
from auditor.report.parts import MergeError
from auditor.report.reading import Document, read_report
from auditor.report.to_json import to_json
from tests.domain.builders import AS_OF, a_license
from tests.report.evidences import (
    FEW,
    NOT_ENABLED,
    SERVER,
    a_co_term_result,
    a_report,
    a_result,
    a_subscription,
    a_subscription_result,
    abridged_results,
    failures,
    organization_results,
    results_of_other_models,
)
from tests.report.joined import merged

SECOND = timedelta(seconds=1)
IDS = [str(number) for number in range(1, 400)]


def lasting(report: Document) -> bytes:
    """What does not differ from run to run, as the file has it."""
    return to_json({key: value for key, value in report.items() if key not in {"run", "traffic"}})


def parts_of(results: Sequence[OrganizationResult], *shards: Shard, **changes: Any) -> list[Document]:
    """The reports of runs over each of *shards* of what a run over all found in *results*."""
    return [part_of(results, shard, **changes) for shard in shards]


def part_of(results: Sequence[OrganizationResult], shard: Shard, **changes: Any) -> Document:
    """The report of a run over *shard*, whose lists of organizations show all of *results*."""
    own = [one for one in results if shard.takes(one.organization.id)]
    report = a_report(*own, **{"seen": len(results)} | changes)
    report["run"] |= {"id": f"run-{shard}", "shard": str(shard), "question": "q", "spread": shard.spread}
    return report


def in_parts(count: int, pages: dict[str, int] | None = None) -> list[Shard]:
    return [Shard(index, count, pages or {}) for index in range(1, count + 1)]


def fleets() -> st.SearchStrategy[list[OrganizationResult]]:
    """Results of every kind, some of them compared with their overview."""

    def compared(result: OrganizationResult, kind: int) -> OrganizationResult:
        place = result.organization.id, result.tenant
        differing = [disagreement(*place, subject=one, message="differs") for one in ("total", "byState.x")]
        findings = [(), tuple(differing), (not_compared(*place, reason="no answer"),)][kind]
        return replace(result, findings=findings, is_reconciled=kind < 2)

    drawn = organization_results() | abridged_results() | results_of_other_models()
    return st.lists(
        st.builds(compared, drawn, st.integers(0, 2)),
        max_size=6,
        unique_by=lambda one: (one.tenant, one.organization.id),
    )


def broken_lists() -> st.SearchStrategy[list[DiscoveryFailure]]:
    """One failure for each tenant at most, in their order."""
    by_tenant = st.tuples(
        *(st.none() | st.builds(DiscoveryFailure, st.just(one), failures()) for one in TENANTS)
    )
    return by_tenant.map(lambda found: [one for one in found if one is not None])


TENANTS = ("acme", "north")


class TestTheWhole:
    @FEW
    @given(
        results=fleets(),
        count=st.integers(1, 4),
        pages=st.dictionaries(st.sampled_from(IDS), st.integers(1, 9)),
        lists=broken_lists(),
        interrupted=st.none() | st.just("stopped by SIGINT"),
        is_reconciled=st.booleans(),
        is_read_back=st.booleans(),
        order=st.randoms(use_true_random=False),
    )
    def test_parts_become_the_report_of_a_single_run(
        self,
        *,
        results: list[OrganizationResult],
        count: int,
        pages: dict[str, int],
        lists: list[DiscoveryFailure],
        interrupted: str | None,
        is_reconciled: bool,
        is_read_back: bool,
        order: Any,
    ) -> None:
        """Every byte outside `run` and `traffic`, in whatever order they come, and from files as well."""
        told: dict[str, Any] = {
            "seen": len(results) + 2,
            "discovery_failures": lists,
            "interrupted": interrupted,
            "is_reconciled": is_reconciled,
        }
        parts = parts_of(results, *in_parts(count, pages), **told)
        order.shuffle(parts)
        given_parts = [read_report(to_json(one)) for one in parts] if is_read_back else parts

        whole = merged(given_parts)

        assert lasting(whole) == lasting(a_report(*results, **told))
        assert list(whole) == list(a_report(*results, **told))
        assert read_report(to_json(whole))["run"]["shard"] is None

    def test_hints_go_from_a_part_to_another(self) -> None:
        """What one organization lacks and another could spare is in their blocks."""
        needy = a_license(id="1", state="expiring", expires_at=AS_OF + timedelta(days=20))
        other = needy._replace(id="2", expires_at=AS_OF + timedelta(days=9), device_serial="Q2-2")
        unused = a_license(id="3", state="unused", device_serial=None, term=timedelta(365))
        short = unused._replace(id="5", term=timedelta(75))  # which fits the later one only
        results = [
            a_result("1", [[needy, other]]),
            a_result("2", [[unused, short._replace(id="6", term=timedelta(1))]]),
            a_result("4", [[short]]),
            a_result("3", [[unused._replace(id="4")]], tenant="north"),
        ]
        pages = {"1": 1, "2": 1, "3": 1, "4": 1}
        single, parts = a_report(*results), parts_of(results, *in_parts(4, pages))

        assert [one["from"] for one in single["reclaimHints"]] == ["2", "4"]
        assert [one["reclaimHints"] for one in parts] == [[], [], [], []]
        assert merged(parts)["reclaimHints"] == single["reclaimHints"]

    def test_where_no_terms_are_stated_there_are_no_hints(self) -> None:
        """A report of an earlier version says of nothing that is left over how long it lasts."""
        needy = a_license(id="1", state="expiring", expires_at=AS_OF + timedelta(days=20))
        unused = a_license(id="3", state="unused", device_serial=None, term=timedelta(365))
        parts = parts_of(
            [a_result("1", [[needy]]), a_result("2", [[unused]])], *in_parts(2, {"1": 1, "2": 1})
        )
        whole = merged(parts)
        needs = [
            one for part in parts for block in part["organizations"] for one in block["reclaim"]["needs"]
        ]
        for one in needs:
            del one["leastDays"]
        served = merged(parts)
        for part in parts:
            for block in part["organizations"]:
                del block["reclaim"]["surplusByTerm"]

        assert needs == [{"type": "MX64-ENT", "date": "2026-04-20", "count": 1}]
        assert served["reclaimHints"] == whole["reclaimHints"] != []
        assert merged(parts)["reclaimHints"] == []

    def test_a_shared_subscription_counts_once_with_its_notes(self) -> None:
        """Also where its organizations are in different parts."""
        shared = a_subscription("8", organizations=2, notes={NoteKind.UNREADABLE_DATE: 1})
        results = [a_subscription_result("5", shared), a_subscription_result("6", shared)]
        single = a_report(*results)

        whole = merged(parts_of(results, *in_parts(2, {"5": 1, "6": 1})))

        assert single["totals"]["notes"] == {"unreadableDate": 1}
        assert (whole["totals"]["subscription"]["total"], lasting(whole)) == (1, lasting(single))

    def test_a_part_without_an_organization_is_a_part(self) -> None:
        """There may be fewer organizations than parts."""
        results = [a_result("1"), a_co_term_result("2")]

        assert lasting(merged(parts_of(results, *in_parts(9)))) == lasting(a_report(*results))

    def test_what_a_policy_found_is_left_out(self) -> None:
        """And the verdict; what was found by comparing stays, as it would have been written."""
        results = [
            replace(
                one,
                findings=(disagreement(one.organization.id, "acme", subject="total", message="differs"),),
                is_reconciled=True,
            )
            for one in (a_result("1"), a_result("2"))
        ]
        parts = parts_of(results, *in_parts(2, {"1": 1, "2": 1}), is_reconciled=True)
        policy = read_policy('[[rules]]\nid = "some"\nfigure = "licenses.total"\nmin = 1\n', name="p")

        judged = [
            judged_report(document, judge(document, policy))
            for document in (read_report(to_json(one)) for one in parts)
        ]

        assert {one["rule"] for report in judged for one in report["findings"]} == {"some", "reconcile"}
        assert lasting(merged(judged)) == lasting(a_report(*results, is_reconciled=True))


class TestErrors:
    def test_what_parts_say_alike_of_a_tenant_counts_once(self) -> None:
        """Each of them asked for itself, under an id of its own; what differs is told."""
        said = [
            Failure(FailureClass.SERVER, "no", http_status=503, attempts=5, request_id=one) for one in "abc"
        ]
        said[2] = Failure(FailureClass.TIMEOUT, "no answer")
        results = [a_result("1", [], ending=SERVER), a_result("2", [], ending=NOT_ENABLED)]
        parts = [
            part_of(results, shard, discovery_failures=[DiscoveryFailure(tenant, failure)])
            for shard, failure, tenant in zip(in_parts(3), said, ("north", "north", "acme"), strict=True)
        ]

        whole = merged(parts)

        assert [(one["tenant"], one["class"], one["requestId"]) for one in whole["errors"]] == [
            ("acme", "timeout", None),
            ("north", "server", "a"),
            ("acme", "server", "r-1"),
        ]
        assert whole["completeness"]["complete"] is False

    def test_the_longest_list_is_what_was_seen(self) -> None:
        """Organizations come and go while parts are run."""
        parts = [part_of([], shard, seen=seen) for shard, seen in zip(in_parts(3), (7, 9, 8), strict=True)]

        assert merged(parts)["completeness"]["organizations"]["seen"] == 9


RESULTS = [a_result(one) for one in ("1", "2", "3", "4", "5")]


def change(report: Document, path: str, value: Any) -> Document:
    """*report* with *value* at *path*."""
    changed: Document = orjson.loads(orjson.dumps(report))
    *above, last = path.split(".")
    place = changed
    for key in above:
        place = place[key]
    place[last] = value
    return changed


def complaints_about(parts: Iterable[Document], **given: Any) -> tuple[str, ...]:
    """Why *parts* are not joined; the same whatever their order."""
    with pytest.raises(MergeError) as caught:
        merged(list(parts), **given)
    return caught.value.complaints


class TestRefusals:
    @pytest.mark.parametrize(
        ("path", "value", "told"),
        [
            ("asOf", "2026-03-02T12:00:00Z", "asOf: 2026-03-01T12:00:00Z, 2026-03-02T12:00:00Z"),
            ("windowsDays", [30], "windowsDays: [30, 60, 90], [30]"),
            ("tool.version", "9.9", "tool.version: 1.2.3, 9.9"),
            ("tenants", [], "tenants"),
            ("run.question", "other", "run.question"),
            ("run.spread", "other", "run.spread"),
            ("completeness.reconciled", 0, "completeness.reconciled"),
            ("run.shard", "3/4", "the number of parts"),
        ],
    )
    def test_parts_of_different_audits(self, path: str, value: Any, told: str) -> None:
        """Each that differs from the first is named, with what it differs in."""
        parts = parts_of(RESULTS, *in_parts(3))
        parts[2] = change(parts[2], path, value)
        name = f"part {parts[2]['run']['shard']}"

        for ordered in permutations(parts):
            assert complaints_about(ordered) == (f"part 1/3 and {name} differ in {told}",)

    def test_all_differences_are_told_at_once(self) -> None:
        """Nobody wants to mend them one by one."""
        parts = parts_of(RESULTS, *in_parts(3))
        parts[1] = change(change(parts[1], "run.question", "other"), "windowsDays", [7])

        assert len(complaints_about([change(parts[0], "asOf", "2025-01-01T00:00:00Z"), *parts[1:]])) == 4

    def test_a_part_that_is_there_twice(self) -> None:
        """From one file or from two."""
        parts = parts_of(RESULTS, *in_parts(3))

        told = complaints_about([*parts, parts[1]], names=["a", "b", "c", "d"])

        assert told == ("part 2/3 (b) and part 2/3 (d) are the same part",)

    def test_an_organization_in_two_parts(self) -> None:
        """As after a change of how they are spread; the first few are named."""
        results = [a_result(str(number)) for number in range(1, 31)]
        parts = parts_of(results, *in_parts(2))
        parts[1]["organizations"] += parts[0]["organizations"]
        ids = [one["id"] for one in parts[0]["organizations"]]

        (told,) = complaints_about(parts)

        assert told == (
            f"part 1/2 and part 2/2 overlap: both have {', '.join(ids[:10])} and {len(ids) - 10} more"
        )

    @pytest.mark.parametrize(
        ("left_out", "told"),
        [([2], "part 2/3 is missing"), ([1, 3], "parts 1/3, 3/3 are missing")],
    )
    def test_a_part_that_is_missing(self, left_out: list[int], told: str) -> None:
        """However many."""
        parts = parts_of(RESULTS, *(one for one in in_parts(3) if one.index not in left_out))

        assert complaints_about(parts) == (told,)

    def test_many_parts_that_are_missing(self) -> None:
        """The first few are named, and the others counted."""
        (told,) = complaints_about([part_of(RESULTS, Shard(2, 1_000_000))])

        assert told.startswith("parts 1/1000000, 3/1000000, ")
        assert told.endswith(" 11/1000000 and 999989 more are missing")

    @pytest.mark.parametrize(
        ("path", "value", "told"),
        [
            ("run.shard", None, "a report (x) is no part: it is about all organizations"),
            ("run.shard", "1,3/4", "part 1,3/4 (x) is joined already"),
            ("schemaVersion", "1.99", "part 1/1 (x) is of version 1.99, not "),
        ],
    )
    def test_what_is_no_part(self, path: str, value: Any, told: str) -> None:
        """Of this version."""
        part = change(part_of(RESULTS, Shard(1, 1)), path, value)

        (complaint,) = complaints_about([part], names=["x"])

        assert complaint.startswith(told)

    def test_nothing_at_all(self) -> None:
        """There is no report on nothing."""
        assert complaints_about([]) == ("there is no report to join",)


class TestMissingParts:
    @FEW
    @given(results=fleets(), left_out=st.sets(st.integers(1, 3), min_size=1, max_size=2))
    def test_counts_are_of_what_is_there_and_nothing_is_complete(
        self, results: list[OrganizationResult], left_out: set[int]
    ) -> None:
        """As a run over those organizations alone, that was interrupted, would have told."""
        shards = [one for one in in_parts(3) if one.index not in left_out]
        there = [one for one in results if any(shard.takes(one.organization.id) for shard in shards)]

        joined = merged(parts_of(results, *shards), allow_missing=True)

        assert lasting(joined) == lasting(a_report(*there, seen=len(results), interrupted="stopped"))
        assert joined["completeness"]["complete"] is False

    def test_they_are_named(self) -> None:
        """Before what interrupted those that are there."""
        parts = [
            change(one, "run.interrupted", why)
            for one, why in zip(parts_of(RESULTS, Shard(1, 4), Shard(3, 4)), (None, "stopped"), strict=True)
        ]

        run = merged(parts, allow_missing=True)["run"]

        assert run["interrupted"] == "parts 2/4, 4/4 are missing; part 3/4: stopped"
        assert run["shard"] == "1,3/4"

    def test_that_they_may_be_missing_changes_nothing_where_none_is(self) -> None:
        """The option is for what there is not."""
        parts = parts_of(RESULTS, *in_parts(3))

        assert merged(parts, allow_missing=True) == merged(parts)


class TestTheRun:
    def test_it_lasted_from_the_first_start_to_the_last_end(self) -> None:
        """Under an id that its parts decide, whatever their order."""
        parts = parts_of(
            RESULTS,
            *in_parts(2),
        )
        parts[1]["run"] |= {
            "startedAt": "2026-03-01T11:59:59Z",
            "finishedAt": "2026-03-01T12:00:02Z",
            "resumed": True,
        }

        run = merged(parts)["run"]

        assert run["startedAt"] == "2026-03-01T11:59:59Z"
        assert run["finishedAt"] == parts[0]["run"]["finishedAt"]
        assert run["durationSeconds"] == 6.0
        assert (run["resumed"], run["interrupted"], run["shard"], run["spread"]) == (True, None, None, None)
        assert run["question"] == "q"
        assert list(run) == list(parts[0]["run"])
        assert merged(parts[::-1])["run"] == run
        assert merged([change(parts[0], "run.id", "another"), parts[1]])["run"]["id"] != run["id"]

    def test_traffic_adds_up(self) -> None:
        """Rates are over the time of all, and of the budgets of as many addresses."""
        parts = parts_of(RESULTS, *in_parts(2))
        for part in parts:
            part["run"] |= {
                "startedAt": "2026-03-01T12:00:00Z",
                "finishedAt": "2026-03-01T12:00:10Z",
                "durationSeconds": 10.0,
            }
            part["traffic"] |= {"requests": 900, "effectiveRate": 90.0, "budgetUtilization": 0.9}
        parts[1]["traffic"] |= {"requests": 100, "effectiveRate": 10.0, "budgetUtilization": 0.1}

        traffic = merged(parts)["traffic"]

        assert traffic == parts[0]["traffic"] | {
            "requests": 1000,
            "pages": 12,
            "redirects": 2,
            "refusals": 2,
            "retries": 4,
            "retriesByClass": {"rateLimited": 2, "timeout": 2},
            "failures": 2,
            "abandoned": 2,
            "rateLimited": 2,
            "bytes": 8192,
            "peakInFlight": 6,
            "effectiveRate": 100.0,
            "budgetUtilization": 0.5,
        }
        assert list(traffic) == list(parts[0]["traffic"])

    def test_parts_that_took_no_time_have_no_rate(self) -> None:
        """Nothing is divided by it."""
        parts = parts_of(RESULTS, *in_parts(2))
        for part in parts:
            part["run"]["finishedAt"] = part["run"]["startedAt"]

        traffic = merged(parts)["traffic"]

        assert (traffic["effectiveRate"], traffic["budgetUtilization"]) == (0.0, 0.0)
