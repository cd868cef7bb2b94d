from __future__ import annotations

from datetime import timedelta

from auditor.cluster.coordinator import Harvest
from auditor.cluster.joining import Course, joined
from auditor.report.reading import Document
from tests.cluster.builders import STARTED, a_part

COURSE = Course("run-9", STARTED, STARTED + timedelta(seconds=20), 20.0, is_resumed=False)


def of(*parts: Document, count: int = 3, failures: dict[int, str] | None = None) -> Harvest:
    """What came back of *count* parts."""
    reports = {int(one["run"]["shard"].partition("/")[0]): one for one in parts}
    return Harvest(count, addresses=2.0, reports=reports, failures=failures or {})


ALL = [a_part(index, 3, str(500 + index)) for index in (3, 1, 2)]


def test_all_parts_are_one_run() -> None:
    """From when it was begun here until all were back; the budget is that of all its addresses."""
    report = joined(of(*ALL), COURSE, address_rate=100.0)
    requests = report["traffic"]["requests"]

    assert [one["id"] for one in report["organizations"]] == ["501", "502", "503"]
    assert report["completeness"]["complete"]
    assert report["run"]["id"] == "run-9"
    assert report["run"]["durationSeconds"] == 20.0
    assert report["run"]["interrupted"] is None
    assert report["run"]["shard"] is None
    assert report["traffic"]["effectiveRate"] == round(requests / 20, 2)
    assert report["traffic"]["budgetUtilization"] == round(requests / 20 / 200, 4)


def test_a_part_that_failed_is_named_with_its_reason() -> None:
    """And nothing is complete then."""
    report = joined(of(*ALL[1:], failures={3: "no key"}), COURSE, address_rate=100.0)

    assert report["run"]["interrupted"] == "part 3/3 is missing; part 3: no key"
    assert not report["completeness"]["complete"]


def test_a_run_that_was_stopped_says_so_first() -> None:
    """Once, though each worker said so too."""
    parts = [a_part(1, 3, "501", interrupted="stopped by SIGTERM"), ALL[2]]
    stopped = Course("run-9", STARTED, STARTED, 0.0, is_resumed=True, interrupted="stopped by SIGTERM")
    cut = joined(of(*parts), stopped, address_rate=100.0)["run"]
    whole = joined(of(*parts, ALL[0]), stopped, address_rate=100.0)["run"]

    assert cut["interrupted"] == "stopped by SIGTERM; part 3/3 is missing"
    assert whole["interrupted"] == "stopped by SIGTERM"
    assert cut["resumed"]
