"""SARIF 2.1.0 (OASIS), for code scanning: a result for each finding, a notification for each failure.

A finding is about an organization, which is no file: it stands as a logical location. GitHub wants a file
and a line as well, so every result points at the first line of the report itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

import orjson

from auditor.render.findings import (
    NOT_JUDGED,
    UNREAD_MEANING,
    UNREAD_RULE,
    Gap,
    Told,
    by_urgency,
    completeness_sentence,
    findings_of,
    gaps_of,
    is_judged,
    undecided_of,
)
from auditor.render.text import clean, counted
from auditor.report.reading import Document

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
MAX_RESULTS: Final = 25_000
"""GitHub refuses a run with more (SARIF support for code scanning, limits)."""

_LEVELS: Final = {"error": "error", "warning": "warning", "info": "note"}
_RANKS: Final = ("note", "warning", "error")

Json = dict[str, Any]


def render(report: Document, *, file: str) -> bytes:
    """The report as a SARIF log; *file* is the report's path from the root of the repository.

    Beyond `MAX_RESULTS`, what is least urgent is left out, and a notification says so.
    """
    findings = by_urgency(findings_of(report))
    results = [
        *(_result_of_gap(gap, file) for gap in gaps_of(report)),
        *(_result_of_finding(told, file) for told in findings),
    ]
    kept = results[:MAX_RESULTS]
    rules = _rules(kept, {told.rule: told.advice for told in findings if told.advice})
    index = {rule["id"]: position for position, rule in enumerate(rules)}
    run = {
        "tool": {"driver": {"name": "auditor", "semanticVersion": report["tool"]["version"], "rules": rules}},
        "automationDetails": {"id": "auditor/"},
        "invocations": [_invocation(report, left_out=len(results) - len(kept))],
        "results": [{**one, "ruleIndex": index[one["ruleId"]]} for one in kept],
        "properties": {"asOf": report["asOf"], "complete": report["completeness"]["complete"]},
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return orjson.dumps(log, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _rules(results: Iterable[Json], advice: Mapping[str, str]) -> list[Json]:
    """Each rule that has a result, by name, with the worst of its levels and what to do about it."""
    worst: dict[str, str] = {}
    for one in results:
        rule, level = one["ruleId"], one["level"]
        worst[rule] = max(worst.get(rule, level), level, key=_RANKS.index)
    return [
        {
            "id": rule,
            "shortDescription": {"text": UNREAD_MEANING if rule == UNREAD_RULE else rule},
            "defaultConfiguration": {"level": worst[rule]},
            **({"help": {"text": advice[rule]}} if rule in advice else {}),
        }
        for rule in sorted(worst)
    ]


def _result_of_finding(told: Told, file: str) -> Json:
    result = {
        **_result(told.rule, _LEVELS.get(told.severity, "note"), told.sentence),
        **_located(file, told.tenant, told.organization_id, told.place),
        **_fingerprints(told.fingerprint),
        "properties": {"findingId": told.id, "due": told.due, "knownSinceBaseline": told.is_known},
    }
    if told.waiver is not None:
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": told.waiver}]
    return result


def _result_of_gap(gap: Gap, file: str) -> Json:
    """Without it, code scanning would take the findings of an unread organization for mended."""
    return {
        **_result(UNREAD_RULE, "warning", gap.sentence),
        **_located(file, gap.tenant, gap.organization_id, gap.place),
        **_fingerprints(gap.fingerprint),
    }


def _result(rule: str, level: str, sentence: str) -> Json:
    return {"ruleId": rule, "level": level, "message": {"text": _message(sentence)}}


def _message(sentence: str) -> str:
    """`[text](target)` is a link in a message (SARIF 2.1.0, 3.11.6), and must not come out of a name."""
    if "](" not in sentence:
        return sentence
    return sentence.replace("[", "\\[").replace("]", "\\]")


def _located(file: str, tenant: str, organization_id: str | None, place: str) -> Json:
    full = "/".join(part for part in (tenant, organization_id) if part) or "fleet"
    return {
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": quote(file)},
                    "region": {"startLine": 1},
                },
                "logicalLocations": [
                    {"name": place, "fullyQualifiedName": clean(full), "kind": "resource"},
                ],
            }
        ]
    }


def _fingerprints(fingerprint: str) -> Json:
    """GitHub tells results apart by the first of the two alone, and would else compute it from a line."""
    return {"partialFingerprints": {"primaryLocationLineHash": fingerprint, "auditorFinding/v1": fingerprint}}


def _invocation(report: Document, *, left_out: int) -> Json:
    undecided = undecided_of(report)
    notes: Sequence[tuple[str, str]] = [
        *([] if report["completeness"]["complete"] else [("warning", completeness_sentence(report))]),
        *([] if is_judged(report) else [("note", NOT_JUDGED)]),
        *([("warning", f"{counted(len(undecided), 'rule')} could not be decided")] if undecided else []),
        *([("warning", f"{left_out:,} more results were left out")] if left_out else []),
    ]
    return {
        "executionSuccessful": report["completeness"]["complete"],
        "startTimeUtc": report["run"]["startedAt"],
        "endTimeUtc": report["run"]["finishedAt"],
        "toolExecutionNotifications": [
            {"level": level, "message": {"text": _message(text)}} for level, text in notes
        ],
    }
