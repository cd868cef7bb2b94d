"""GitHub annotations: workflow commands, one a line, for the log of a step.

    ::error title=Rule::Example (501): at risk: 3 licenses

GitHub shows ten annotations of each level for a step, and drops the others without a word. So the tenth
says how many more there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from auditor.render.findings import (
    NOT_JUDGED,
    UNREAD_RULE,
    Told,
    by_urgency,
    completeness_sentence,
    findings_of,
    gaps_of,
    is_judged,
    shortfall_of,
    undecided_of,
)
from auditor.render.text import counted
from auditor.report.reading import Document

LEVELS: Final = ("error", "warning", "notice")
MAX_SHOWN: Final = 10
"""Annotations of each level that GitHub keeps of one step (Workflow commands, limits)."""

_TITLE: Final = "auditor"
_DATA: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def render(report: Document) -> bytes:
    """The annotations: errors, then warnings, then notices, the most urgent of each first."""
    told = list(_annotations(report))
    lines = [
        _command(level, title, message)
        for level in LEVELS
        for title, message in _shown([(title, message) for one, title, message in told if one == level])
    ]
    return "".join(line + "\n" for line in lines).encode()


def _annotations(report: Document) -> Iterator[tuple[str, str, str]]:
    """Level, title and message of each."""
    shortfall = shortfall_of(report)
    if shortfall is not None or not report["completeness"]["complete"]:
        yield "warning", _TITLE, shortfall or completeness_sentence(report)
    if not is_judged(report):
        yield "notice", _TITLE, NOT_JUDGED
    for rule, count in Counter(one.rule for one in undecided_of(report)).items():
        yield "warning", f"{_TITLE}: {rule}", f"{counted(count, 'place')} could not be decided"
    for gap in gaps_of(report):
        yield "warning", f"{_TITLE}: {UNREAD_RULE}", gap.sentence
    for told in by_urgency(findings_of(report)):
        yield _level(told), f"{_TITLE}: {told.rule}", _message(told)


def _level(told: Told) -> str:
    """What does not fail the gate is no error to a reader of the log, and what is excused no warning."""
    if told.is_failure:
        return "error"
    is_excused = told.waiver is not None or told.is_known
    return "notice" if is_excused or told.severity == "info" else "warning"


def _message(told: Told) -> str:
    if told.waiver is not None:
        return f"{told.sentence} [waived: {told.waiver}]"
    return f"{told.sentence} [known since the baseline]" if told.is_known else told.sentence


def _shown(told: Sequence[tuple[str, str]]) -> Sequence[tuple[str, str]]:
    if len(told) <= MAX_SHOWN:
        return told
    kept = told[: MAX_SHOWN - 1]
    return [*kept, (_TITLE, f"and {len(told) - len(kept):,} more like these: see the report")]


def _command(level: str, title: str, message: str) -> str:
    return f"::{level} title={title.translate(_PROPERTY)}::{message.translate(_DATA)}"
