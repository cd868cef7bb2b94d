"""What the report must say after a fault, worked out from its row."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, Final

from tests.end_to_end.faults.fault import Fault, Place
from tests.end_to_end.faults.stage import LISTINGS, PAGES, SICK, Stage

Report = dict[str, Any]

AFTER_THE_SICK: Final = "103"
"""The neighbour that comes after it where one request goes at a time."""

LEFT_OUT: Final = "apiDisabled"
"""The only refusal of a first page that leaves an organization out without a failure."""


def check_report(report: Report, stage: Stage) -> None:
    """Everything that a report says about the fault and about its neighbours."""
    fates = {one["id"]: one for one in report["organizations"]}
    expected = expected_statuses(stage.fault, stage.place)
    assert {name: one["status"] for name, one in fates.items()} == expected, report["errors"]
    for name, status in expected.items():
        check_counts(fates[name], status, stage)
    check_errors(report, stage)
    check_completeness(report, stage, expected)
    check_traffic(report["traffic"], stage)


def expected_statuses(fault: Fault, place: Place) -> dict[str, str]:
    """Where each organization ends."""
    if place is Place.LISTING and fault.ends is not None:
        return dict.fromkeys(LISTINGS["south"], "audited")
    statuses = dict.fromkeys(PAGES, "audited")
    statuses[SICK] = _sick_status(fault, place)
    if fault.kills_key:
        statuses[AFTER_THE_SICK] = "failed"
    return statuses


def _sick_status(fault: Fault, place: Place) -> str:
    if fault.ends is None:
        return "audited"
    if place in {Place.SECOND, Place.WALK}:
        return "partial"
    return "skipped" if fault.is_skip and fault.ends == LEFT_OUT else "failed"


def check_counts(block: Report, status: str, stage: Stage) -> None:
    """Exact where audited, those of the first page where partial, none at all otherwise."""
    if status in {"failed", "skipped"}:
        assert "licenses" not in block
        return
    counts = {state: count for state, count in block["licenses"]["byState"].items() if count}
    fault, is_sick = stage.fault, block["id"] == SICK
    if is_sick and fault.counts is not None:
        assert counts == fault.counts
    else:
        pages = PAGES[block["id"]][: 1 if status == "partial" else None]
        assert counts == Counter(row["state"] for page in pages for row in page)
    assert block["notes"] == (fault.notes if is_sick else {})
    assert block["licenses"]["total"] == sum(counts.values())


def check_errors(report: Report, stage: Stage) -> None:
    """One error for the sick one, in full, and none for anybody else."""
    fault, place = stage.fault, stage.place
    errors = {one["organizationId"]: one for one in report["errors"]}
    if fault.kills_key and place is not Place.LISTING:
        neighbour = errors.pop(AFTER_THE_SICK)
        assert (neighbour["class"], neighbour["attempts"]) == (fault.ends, 0)
        assert not any(f"/{AFTER_THE_SICK}/" in path for path in stage.scene.paths)
    sick = None if place is Place.LISTING else SICK
    is_left_out = fault.is_skip and fault.ends == LEFT_OUT and place is Place.FIRST
    if fault.ends is None or is_left_out:
        assert errors == {}
        return
    assert errors.keys() == {sick}
    error = errors[sick]
    told = error["tenant"], error["class"], error["httpStatus"], error["attempts"]
    attempts, http = (0, None) if fault.is_skip else (fault.told_attempts, fault.http)
    if is_unanswered(fault, place):
        attempts, http = 0, None
        assert "; then overview: " in error["message"]
    assert told == ("north", expected_class(fault, place), http, attempts), error["message"]
    assert re.search(fault.says, error["message"]), error["message"]


def is_unanswered(fault: Fault, place: Place) -> bool:
    """Whether the list refuses the question, which the other models' lists are then asked in vain."""
    return place is Place.FIRST and fault.http in {400, 404}


def expected_class(fault: Fault, place: Place) -> str:
    """Of the failure; a list of organizations cannot be skipped."""
    assert fault.ends is not None
    if is_unanswered(fault, place):
        return "unsupportedModel"
    return "badResponse" if fault.is_skip and place is Place.LISTING else fault.ends


def check_completeness(report: Report, stage: Stage, statuses: dict[str, str]) -> None:
    """To the last number; what else may be told there has nothing to do with faults."""
    fault, place = stage.fault, stage.place
    tally = Counter(statuses.values())
    unfinished = tally["failed"] + tally["partial"]
    is_listed = place is not Place.LISTING or fault.ends is None
    expected = {
        "complete": is_listed and not unfinished,
        "organizations": {
            "seen": len(statuses),
            "selected": len(statuses),
            **{status: tally[status] for status in ("audited", "partial", "failed", "skipped")},
        },
        "skippedByReason": {fault.ends: 1} if tally["skipped"] else {},
        "failedByClass": {expected_class(fault, place): unfinished} if unfinished else {},
    }
    assert {name: report["completeness"][name] for name in expected} == expected


def check_traffic(traffic: Report, stage: Stage) -> None:
    """Every request is counted once, at this end and at the server's."""
    outcomes = ("pages", "redirects", "refusals", "retries", "failures", "abandoned")
    assert traffic["requests"] == sum(traffic[name] for name in outcomes)
    assert traffic["requests"] == len(stage.scene.paths) + (stage.scene.asked if stage.fault.road else 0)
    assert traffic["retries"] == sum(traffic["retriesByClass"].values())
    assert traffic["abandoned"] == 0
    assert stage.scene.asked == stage.fault.asks
