"""Markdown for GITHUB_STEP_SUMMARY: what failed comes first, and the whole stays below GitHub's limit."""

from __future__ import annotations

from typing import Final

from auditor.render.findings import NOT_JUDGED, is_judged
from auditor.render.markdown import document, findings_section, sections_of
from auditor.report.reading import Document

MAX_BYTES: Final = 1024 * 1024
"""GitHub drops the summary of a step that is larger, and fails the upload (Workflow commands, limits)."""

MAX_FINDINGS: Final = 500
"""A row takes at most 4,000 bytes where every character takes four, and mostly 200."""

_CUT: Final = "\n\n… cut off here: the report has it all.\n".encode()


def render(report: Document) -> bytes:
    """The summary of the report, findings first, cut at the end of a line where it is too long."""
    findings = findings_section(report, MAX_FINDINGS) if is_judged(report) else [NOT_JUDGED]
    others = [section for section in sections_of(report) if section[:1] != ["## Findings"]]
    return _fitted(document([findings, *others], report))


def _fitted(text: bytes) -> bytes:
    """*text*, or the whole lines of it that fit together with a line that says so."""
    if len(text) <= MAX_BYTES:
        return text
    room = MAX_BYTES - len(_CUT)
    return text[: text.rindex(b"\n", 0, room)] + _CUT
