"""GitLab code quality: a list of issues, as its merge requests show them.

The subset of the Code Climate format that GitLab reads: description, check_name, fingerprint, severity,
location. Every issue points at the first line of the report, for an organization is no file.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from auditor.render.findings import UNREAD_RULE, by_urgency, findings_of, gaps_of
from auditor.report.reading import Document

_SEVERITIES: Final = {"error": "critical", "warning": "major", "info": "info"}


def render(report: Document, *, file: str) -> bytes:
    """The report as a list of issues; *file* is its path from the root of the repository.

    What is waived is left out: the format has no word for it. What was not read is there, or its findings
    would pass for mended.
    """
    issues = [
        *(_issue(UNREAD_RULE, gap.sentence, gap.fingerprint, "major", file) for gap in gaps_of(report)),
        *(
            _issue(told.rule, told.sentence, told.fingerprint, _SEVERITIES.get(told.severity, "info"), file)
            for told in by_urgency(findings_of(report))
            if told.waiver is None
        ),
    ]
    return orjson.dumps(issues, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _issue(rule: str, sentence: str, fingerprint: str, severity: str, file: str) -> dict[str, Any]:
    return {
        "type": "issue",
        "check_name": rule,
        "description": sentence,
        "fingerprint": fingerprint,
        "severity": severity,
        "location": {"path": file, "lines": {"begin": 1}},
    }
