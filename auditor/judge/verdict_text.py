"""A verdict for a person to read: what fails, what is excused, what nobody can say, and one last line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from auditor.domain.finding import Severity
from auditor.judge.finding import JudgedFinding
from auditor.judge.observation import Json, instant_of
from auditor.judge.place import Place
from auditor.judge.tolerance import Undecided
from auditor.judge.verdict import Outcome, Verdict

_MOST_NAMED: Final = 10
"""Places that an undecided rule is listed with; the report has all of them."""

_WORDS = {
    Outcome.PASSED: "PASSED",
    Outcome.FAILED: "FAILED",
    Outcome.UNDECIDED: "UNDECIDED",
    Outcome.NOTHING_AUDITED: "NOTHING AUDITED",
}


def verdict_lines(verdict: Verdict, report: Json) -> Iterator[str]:
    """The verdict on *report*, line by line."""
    yield from _head(verdict, report)
    failing = {one.id for one in verdict.failing}
    waived = [one for one in verdict.findings if one.waiver is not None]
    known = [one for one in verdict.findings if one.waiver is None and one.is_new is False]
    others = [one for one in verdict.findings if not one.is_excused and one.id not in failing]
    yield from _section("failing:", verdict.failing)
    yield from _section(f"below {verdict.fail_on}:", others)
    yield from _section(f"in the baseline as well ({verdict.baseline_as_of}):", known)
    yield from _waived(waived, report)
    yield from _undecided(verdict.undecided)
    yield from _idle(verdict)
    yield ""
    yield _last_line(verdict, waived=len(waived), known=len(known))


def _head(verdict: Verdict, report: Json) -> Iterator[str]:
    counts = report["completeness"]["organizations"]
    yield (
        f"{_n(counts['selected'], 'organization')} as of {report['asOf']}:"
        f" {_n(len(verdict.rules), 'rule')}, failing on {verdict.fail_on}"
    )
    yield from (f"  incomplete: {one}" for one in verdict.shortfalls)


def _section(title: str, findings: Sequence[JudgedFinding]) -> Iterator[str]:
    if not findings:
        return
    yield ""
    yield title
    yield from map(_finding, findings)
    advice = dict.fromkeys((one.rule, one.advice) for one in findings if one.advice)
    yield from (f"  -> {rule}: {words}" for rule, words in advice)


def _finding(one: JudgedFinding) -> str:
    due = (one.due or "")[:10]
    before = "" if one.before in (None, one.value) else f", before {one.before}"
    subject = f"{one.subject}: " if one.value is None else ""
    return (
        f"  {one.severity:<7}  {due:<10}  {_where(one.place)}: {subject}{one.message}{before}"
        f"  [{one.rule} {one.id}]"
    )


def _where(place: Place) -> str:
    if place.organization_id is not None:
        return f"{place.name or '?'} ({place.organization_id}, {place.tenant})"
    return place.words or "in total"


def _waived(findings: Iterable[JudgedFinding], report: Json) -> Iterator[str]:
    """Each with who answers for it and for how long still: no end is too far for a waiver, but it is told."""
    today = instant_of(report["asOf"]).date()
    title = ["", "waived:"]
    for one in findings:
        yield from title
        title = []
        yield _finding(one)
        if one.waiver is not None:
            left = (one.waiver.expires - today).days
            yield (
                f"           until {one.waiver.expires} ({_n(left, 'day')} more) by {one.waiver.owner}:"
                f" {one.waiver.reason}"
            )


def _undecided(undecided: Iterable[Undecided]) -> Iterator[str]:
    """Once per reason and the places it holds for, with the rules; then what to do where nobody knows."""
    found = list(undecided)
    places: dict[tuple[str, str, bool], list[Place]] = {}
    for one in found:
        places.setdefault((one.rule, one.reason, one.matters), []).append(one.place)
    rules: dict[tuple[str, bool, tuple[Place, ...]], list[str]] = {}
    for (rule, reason, matters), held in places.items():
        rules.setdefault((reason, matters, tuple(held)), []).append(rule)
    yield from ("", "undecided:") if rules else ()
    for (reason, matters, where), names in rules.items():
        shown = ", ".join(map(_where, where[:_MOST_NAMED]))
        more = f" and {len(where) - _MOST_NAMED:,} more" if len(where) > _MOST_NAMED else ""
        tolerated = "" if matters else " (no matter)"
        yield f"  {', '.join(names)}: {shown}{more}: {reason}{tolerated}"
    unknown = frozenset[tuple[str, str]]().union(*(one.unknown for one in found if one.matters))
    if unknown:
        which = "it" if len(unknown) == 1 else "each of them"
        yield (
            f"  -> look at {which} in the dashboard; then waive the rules for it with [[waivers]],"
            f" or tolerate so many with max_unknown = {len(unknown)} under [completeness]"
        )


def _idle(verdict: Verdict) -> Iterator[str]:
    idle = [
        one.rule.id if one.tenant is None else f"{one.rule.id} (tenant {one.tenant})"
        for one in verdict.rules
        if not one.judged
    ]
    if idle:
        yield ""
        yield f"found nothing to judge: {', '.join(idle)}"


def _last_line(verdict: Verdict, *, waived: int, known: int) -> str:
    failing = [one.severity for one in verdict.failing]
    told = [_n(failing.count(level), level.value) for level in Severity if level in failing]
    parts = [
        ", ".join(told) or "nothing certain is wrong",
        f"{waived:,} waived",
        *([f"{known:,} known"] if verdict.baseline_as_of is not None else []),
        f"{len(verdict.undecided):,} undecided",
        "incomplete" if verdict.shortfalls else "complete enough",
    ]
    return f"{_WORDS[verdict.outcome]}: {', '.join(parts)}"


def _n(count: int, noun: str) -> str:
    plural = noun if noun == Severity.INFO else f"{noun}s"
    return f"{count:,} {noun if count == 1 else plural}"
