from __future__ import annotations

import jsonschema_rs
import orjson
from hypothesis import given, settings

from auditor.render.gitlab import render
from auditor.report.reading import Document
from tests.render.documents import a_finding, a_fleet, documents

# GitLab's documentation ("Code quality report format") lists these; no package has a schema of it.
VALIDATOR = jsonschema_rs.validator_for(
    {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["description", "check_name", "fingerprint", "severity", "location"],
            "properties": {
                "description": {"type": "string", "minLength": 1},
                "check_name": {"type": "string"},
                "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
                "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
                "location": {
                    "type": "object",
                    "required": ["path", "lines"],
                    "properties": {
                        "path": {"type": "string", "pattern": "^(?!\\./|/)."},
                        "lines": {"required": ["begin"], "properties": {"begin": {"type": "integer"}}},
                    },
                },
            },
        },
    }
)


@settings(max_examples=60)
@given(documents())
def test_every_file_has_the_documented_shape_and_no_fingerprint_twice(report: Document) -> None:
    """GitLab drops what has no fingerprint, and all but one of those that share one."""
    text = render(report, file="out/report.json")
    issues = orjson.loads(text)

    assert list(VALIDATOR.iter_errors(issues)) == []
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)
    assert not text.startswith(b"\xef\xbb\xbf")
    assert text == render(report, file="out/report.json")


def test_findings_and_gaps_are_issues_and_waived_findings_are_not() -> None:
    """What is excused would be shown as new otherwise."""
    findings = [
        a_finding("1" * 16),
        a_finding("2" * 16, waived={"reason": "x"}),
        a_finding("3" * 16, severity="info"),
    ]
    issues = orjson.loads(render(a_fleet(findings), file="report.json"))

    assert [(issue["check_name"], issue["severity"]) for issue in issues] == [
        *[("unread", "major")] * 2,
        ("at-risk", "critical"),
        ("at-risk", "info"),
    ]
    assert {issue["location"]["path"] for issue in issues} == {"report.json"}
