"""The figures at the top of the page, and the banner over an audit that is not complete."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from auditor.render.html_page.blocks import Figure
from auditor.render.html_page.words import NOT_KNOWN, counted, idle_in_words, listed, look, moment, number
from auditor.report.extent import is_read_in_part, missing_in_words
from auditor.report.reading import Document

_READ: Final = ("audited", "partial", "failed")


@dataclass(frozen=True, slots=True)
class Banner:
    """What follows from an audit that is not complete, and why it is not, a sentence for each reason."""

    claim: str
    reasons: tuple[str, ...]


def headline(report: Document) -> tuple[Figure, ...]:
    """The figures to read first."""
    totals = report["totals"]
    least = "≥ " if is_read_in_part(report) else ""
    return (
        _organizations(report),
        _standings(totals, "" if report["completeness"]["complete"] else "≥ "),
        *_at_risk(report, least),
        _expiring(report, least),
        _unused(totals, least),
        *_other_models(totals, least),
    )


def _bound(least: str, value: int | None) -> str:
    return NOT_KNOWN if value is None else f"{least}{value:,}"


def _organizations(report: Document) -> Figure:
    counts, reasons = report["completeness"]["organizations"], report["completeness"]["skippedByReason"]
    ended = [f"{counts[status]:,} {status}" for status in _READ if counts[status] or status == "audited"]
    skipped = (f"{counts['skipped']:,} skipped: {listed(reasons)}",) if counts["skipped"] else ()
    missing = missing_in_words(report)
    lacking = (f"could not be read: {missing}",) if missing else ()
    return Figure("Organizations", number(counts["selected"]), (" · ".join(ended), *skipped, *lacking))


def _standings(totals: Document, least: str) -> Figure:
    """Organizations of all licensing models in which something is dark or in grace."""
    counts = look(totals, "organizations", "byStanding")
    if counts is None:
        return Figure("Organizations dark or in grace", NOT_KNOWN)
    notes = [f"{counts['dark']:,} dark · {counts['inGrace']:,} in grace"]
    if counts["unknown"]:
        notes.append(f"{counts['unknown']:,} of which it is not known")
    return Figure(
        "Organizations dark or in grace", _bound(least, counts["dark"] + counts["inGrace"]), tuple(notes)
    )


def _at_risk(report: Document, least: str) -> Iterable[Figure]:
    """Licenses with nothing behind them, by window: the shortest large, the others beneath."""
    windows = sorted(report["windowsDays"])
    if not windows:
        return
    by_window = look(report, "totals", "expiring", "atRiskWithin")
    values = {length: look(by_window, str(length)) for length in windows}
    notes = [f"{length} days: {number(values[length])}" for length in windows[1:]]
    note = () if by_window is None else tuple(notes)
    yield Figure(f"Licenses at risk within {windows[0]} days", _bound(least, values[windows[0]]), note)


def _expiring(report: Document, least: str) -> Figure:
    expiring = report["totals"]["expiring"]
    covered = expiring["coveredByQueue"]
    notes = () if covered is None else (f"{covered:,} covered by queued licenses",)
    return Figure("Licenses expiring", _bound(least, expiring["total"]), notes)


def _unused(totals: Document, least: str) -> Figure:
    unused, burning = totals["unused"], look(totals, "unused", "burning")
    notes = [f"{unused['unusedActive']:,} of them burning"]
    if burning is not None:
        notes.append(f"{counted(burning['daysBurned'], 'day')} burned for nothing")
    return Figure("Licenses unused", _bound(least, unused["total"]), tuple(notes))


def _other_models(totals: Document, least: str) -> Iterable[Figure]:
    """Co-termination and subscriptions, where there are any."""
    co_term, subscription = totals["coTerm"], totals["subscription"]
    if look(co_term, "organizations"):
        over = look(co_term, "use", "overLimit")
        note = "over the limit: " + (number(over) if over is None else f"{over:,} (estimate)")
        seats = look(co_term, "seats", "licensed")
        besides = (f"besides {counted(seats, 'seat')} of Systems Manager",) if seats else ()
        licensed = _bound(least, co_term["devices"]["licensed"])
        yield Figure("Devices under co-termination", licensed, (note, *besides))
    if look(subscription, "organizations"):
        violations = subscription["violations"]
        unknown = violations["unknown"]
        least_of_classes = "at least " if unknown else ""
        notes = (
            _seats(subscription["seats"]),
            *idle_in_words(subscription.get("idle")),
            f"{least_of_classes}{counted(violations['productClasses'], 'violation')} of product classes",
            *([f"compliance not known of {counted(unknown, 'organization')}"] if unknown else []),
        )
        yield Figure("Subscriptions", _bound(least, subscription["total"]), notes)


def _seats(seats: Mapping[str, Any]) -> str:
    """The seats of subscriptions, with why they do not add up where they do not."""
    over, unreadable = seats.get("over"), seats.get("unreadable")
    told = [f"{number(seats['limit'])} seats", f"{number(seats['available'])} available"]
    told += [f"{over:,} over the limit"] if over else []
    told += [f"not known of {counted(unreadable, 'subscription')}"] if unreadable else []
    return ", ".join(told)


def banner(report: Document) -> Banner | None:
    """What is missing; None where the audit is complete."""
    completeness = report["completeness"]
    if completeness["complete"]:
        return None
    counts = completeness["organizations"]
    reasons = []
    if report["run"]["interrupted"] is not None:
        reasons.append(f"The run ended early: {report['run']['interrupted']}.")
    if counts["failed"]:
        reasons.append(f"{counted(counts['failed'], 'organization')} could not be read at all.")
    if counts["partial"]:
        reasons.append(f"{counted(counts['partial'], 'organization')} could be read in part only.")
    if missing := missing_in_words(report):
        reasons.append(f"Extras that could not be read: {missing}.")
    if completeness["failedByClass"]:
        reasons.append(f"Failures by kind: {listed(completeness['failedByClass'])}.")
    reasons += [
        f"The organizations of {error['tenant']} could not be listed: {error['message']}"
        for error in report["errors"]
        if error["organizationId"] is None
    ]
    claim = "every count is a lower bound" if is_read_in_part(report) else "some standings are not known"
    return Banner(claim, tuple(reasons))


def as_of_line(report: Document) -> str:
    """The instant that all counts refer to, and the windows ahead of it."""
    windows = ", ".join(map(str, sorted(report["windowsDays"])))
    return f"As of {moment(report['asOf'])} · windows of {windows} days"
