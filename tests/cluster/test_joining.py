from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson

from auditor.cluster.coordinator import Harvest
from auditor.cluster.joining import Course, joined
from auditor.engine.spool import Spool
from auditor.report.document import TrafficFacts
from auditor.report.merging import Merge
from auditor.report.reading import Document
from auditor.report.summing import NO_TRAFFIC
from auditor.report.to_json import ReportText
from tests.cluster.builders import STARTED, a_part

COURSE = Course("run-9", STARTED, STARTED + timedelta(seconds=20), 20.0, is_resumed=False)


def report_on(
    *parts: Document, course: Course = COURSE, search: TrafficFacts | None = None
) -> dict[str, Any]:
    """The report of a run in three parts, two of them from addresses of their own."""
    harvest = Harvest(3, addresses=2.0, search=search)
    with Spool() as spool:
        merge = Merge(spool.add)
        for part in parts:
            merge.add(part)
        text = b"".join(ReportText(joined(merge, harvest, course, address_rate=100.0), spool))
        return dict(orjson.loads(text))


ALL = [a_part(index, 3, str(500 + index)) for index in (3, 1, 2)]


def test_all_parts_are_one_run() -> None:
    """From when it was begun here until all were back; the budget is that of all its addresses."""
    report = report_on(*ALL)
    requests = report["traffic"]["requests"]

    assert [one["id"] for one in report["organizations"]] == ["501", "502", "503"]
    assert report["completeness"]["complete"]
    assert report["run"]["id"] == "run-9"
    assert report["run"]["durationSeconds"] == 20.0
    assert report["run"]["interrupted"] is None
    assert report["run"]["shard"] is None
    assert report["traffic"]["effectiveRate"] == round(requests / 20, 2)
    assert report["traffic"]["budgetUtilization"] == round(requests / 20 / 200, 4)


def test_each_host_has_a_budget_of_its_own() -> None:
    """So that the part of it that was used is never more than all of it."""
    with Spool() as spool:
        merge = Merge(spool.add)
        for part in ALL:
            merge.add(part)
        search = replace(NO_TRAFFIC, requests=8000 - merge.finish()["traffic"]["requests"])
        harvest = Harvest(3, addresses=2.0, search=search)
        report = joined(merge, harvest, COURSE, address_rate=100.0, hosts=2)

    assert report["traffic"]["requests"] == 8000
    assert report["traffic"]["budgetUtilization"] == 1.0


def test_a_part_that_came_to_nothing_is_named_with_its_reason() -> None:
    """And nothing is complete then."""
    failed = a_part(3, 3, "503", interrupted="no key")
    report = report_on(*ALL[1:], failed)

    assert report["run"]["interrupted"] == "part 3/3: no key"
    assert not report["completeness"]["complete"]


def test_a_run_that_was_stopped_says_so_once() -> None:
    """Though each worker said so too."""
    parts = [a_part(1, 3, "501", interrupted="stopped by SIGTERM"), *ALL[::2]]
    stopped = Course("run-9", STARTED, STARTED, 0.0, is_resumed=True, interrupted="stopped by SIGTERM")
    run = report_on(*parts, course=stopped)["run"]

    assert run["interrupted"] == "stopped by SIGTERM"
    assert run["resumed"]


def test_the_search_for_organizations_is_part_of_the_cost() -> None:
    """Whoever found them asked before any part did."""
    search = replace(NO_TRAFFIC, requests=4, pages=2, retries=2, retries_by_class={"server": 2}, bytes=700)
    alone, together = report_on(*ALL)["traffic"], report_on(*ALL, search=search)["traffic"]

    added = {"requests": 4, "pages": 2, "retries": 2, "bytes": 700}
    assert {key: together[key] - alone[key] for key in added} == added
    assert together["retriesByClass"]["server"] == alone["retriesByClass"].get("server", 0) + 2
    assert together["effectiveRate"] == round(together["requests"] / 20, 2)
