from __future__ import annotations

import orjson

from auditor.judge.verdict import judge
from auditor.judge.verdict_json import judged_report, verdict_block
from auditor.report.reading import read_report
from auditor.report.to_json import to_json
from tests.judge.reports import a_document, a_policy, an_organization, failed

RULES = (
    'id = "burning"\nfigure = "unused.unusedActive"\nmax = 0',
    'id = "all"\nfigure = "completeness.complete"\nequals = true',
)
WAIVER = """
[[waivers]]
rule = "burning"
organization = "1"
reason = "ordered"
owner = "jane"
expires = 2026-12-31
"""
REPORT = a_document(
    an_organization("1", {"unused.unusedActive": 3, "dark.soonest": "2026-03-09T00:00:00Z"}),
    an_organization("2", {"unused.unusedActive": 4}),
    failed("3"),
)


def test_a_finding_has_the_shape_of_the_report() -> None:
    """With the value, the threshold, and what excuses it."""
    verdict = judge(REPORT, a_policy(*RULES, rest=WAIVER), baseline=a_document(an_organization("2")))

    by_place = {one["organizationId"]: one for one in judged_report(REPORT, verdict)["findings"]}

    assert by_place["1"].pop("id") in {one.id for one in verdict.findings}
    assert by_place["1"] == {
        "rule": "burning",
        "severity": "error",
        "organizationId": "1",
        "tenant": "acme",
        "subject": "unused.unusedActive",
        "message": "unused.unusedActive is 3, allowed is at most 0",
        "due": None,
        "value": 3,
        "threshold": 0,
        "advice": "assign them, or move them to an organization that needs them: see `reclaimHints`",
        "waived": {"reason": "ordered", "owner": "jane", "expires": "2026-12-31"},
        "isNew": True,
        "valueBefore": None,
    }
    assert by_place[None]["subject"] == "total: completeness.complete"
    assert by_place[None]["tenant"] is None


def test_the_block_tells_what_the_findings_do_not() -> None:
    """What each rule came to, what is undecided, what is missing."""
    block = verdict_block(judge(REPORT, a_policy(*RULES, rest=WAIVER)))

    assert block["outcome"] == "failed"
    assert block["counts"] == {"failing": 2, "waived": 1, "known": 0, "undecided": 1}
    assert block["shortfalls"] == ["1 of 3 organizations failed"]
    assert block["rules"][0] == {
        "id": "burning",
        "tenant": None,
        "severity": "error",
        "scope": "organization",
        "figure": "unused.unusedActive",
        "judged": 3,
        "broken": 2,
        "waived": 1,
        "undecided": 1,
    }
    assert block["undecided"] == [
        {
            "rule": "burning",
            "severity": "error",
            "organizationId": "3",
            "tenant": "acme",
            "subject": "unused.unusedActive",
            "reason": "it was not read (server)",
            "matters": True,
        }
    ]


def test_a_judged_report_is_a_report() -> None:
    """It can be read back, judged again and rendered; nothing but the judgement is new."""
    policy = a_policy(*RULES, rest=WAIVER)
    judged = judged_report(REPORT, judge(REPORT, policy))

    read = read_report(to_json(judged))

    assert {key: value for key, value in read.items() if key not in {"findings", "verdict"}} == {
        key: value for key, value in REPORT.items() if key not in {"findings", "verdict"}
    }
    assert judged_report(read, judge(read, policy)) == judged
    assert orjson.loads(to_json(judged)) == judged
