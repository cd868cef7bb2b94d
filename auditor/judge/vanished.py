"""Organizations that the baseline has and that nobody looked at this time: absence is not health."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from auditor.domain.finding import Severity
from auditor.domain.outcome import Status
from auditor.judge.comparison.pairing import pairs_of
from auditor.judge.comparison.whereabouts import lists_all
from auditor.judge.finding import JudgedFinding
from auditor.judge.observation import Json
from auditor.judge.place import Place
from auditor.judge.policy import VANISHED_RULE


def about_vanished(report: Json, baseline: Json) -> Iterator[JudgedFinding]:
    """A warning for each organization of *baseline* that *report* skipped or does not list.

    What the baseline skipped itself is none. Where *report* could not list everything, or is a part of an
    audit, an organization that is not in it may be there all the same: that is incomplete, not gone.
    """
    for pair in pairs_of(baseline, report):
        before, now = pair.old, pair.new
        if before is None or before["status"] == Status.SKIPPED:
            continue
        if now is not None and now["status"] == Status.SKIPPED:
            yield _finding(now, before, f"is skipped now ({now['reason']})")
        elif now is None and report["run"]["shard"] is None and lists_all(report, before["tenant"]):
            yield _finding(
                before, before, "is not listed now: gone, out of the selection or of the key's sight"
            )


def held_to(findings: Iterable[JudgedFinding], most: int | None) -> list[JudgedFinding]:
    """*findings* as errors where more than *most* of them are excused by nobody; None allows any number."""
    found = list(findings)
    counted = sum(one.rule == VANISHED_RULE and one.waiver is None for one in found)
    if most is None or counted <= most:
        return found
    return [replace(one, severity=Severity.ERROR) if one.rule == VANISHED_RULE else one for one in found]


def _finding(one: Json, before: Json, words: str) -> JudgedFinding:
    """Named as *one* has it; no name stands in the message, which masking could not recognize."""
    stood = f", {before['standing']}" if before["standing"] is not None else ""
    return JudgedFinding(
        VANISHED_RULE,
        Severity.WARNING,
        Place(one["id"], one["name"], one["tenant"]),
        "organization",
        f"the baseline has it ({before['status']}{stood}), and it {words}",
        advice="look whether it still exists and the key sees it; then take a newer baseline, or waive it",
    )
