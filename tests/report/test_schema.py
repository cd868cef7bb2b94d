from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from pydantic import ValidationError

from auditor.domain.extra import Extra
from auditor.domain.finding import disagreement
from auditor.domain.note import NoteKind
from auditor.domain.result import DiscoveryFailure
from auditor.judge.policy_text import read_policy
from auditor.judge.verdict import judge
from auditor.judge.verdict_json import judged_report
from auditor.report.schema.report import Report, report_schema
from auditor.report.to_json import to_json
from tests.domain.builders import a_license
from tests.report.evidences import (
    FEW,
    SERVER,
    a_co_term_result,
    a_report,
    a_result,
    a_subscription,
    a_subscription_result,
    an_abridged_result,
    reports,
)

SCHEMA = report_schema()
VALIDATOR = jsonschema_rs.validator_for(SCHEMA, validate_formats=True)
FULL = a_report(
    a_result("1", [[a_license(seat_count=3), a_license(id="2", state="unused"), a_license()]], detail=True),
    a_result("2", [], ending=SERVER),
    replace(
        an_abridged_result("3"),
        findings=(disagreement("3", "acme", subject="total", message="the list has 1, the overview says 2"),),
    ),
    a_co_term_result("4", missing={Extra.INVENTORY: SERVER}),
    a_subscription_result("5", a_subscription("77"), a_subscription("78", organizations=2)),
    discovery_failures=[DiscoveryFailure("north", SERVER)],
    is_reconciled=True,
)
POLICY = """
[[rules]]
id = "unused"
figure = "unused.total"
max = 0

[[waivers]]
rule = "unused"
organization = "1"
reason = "ordered"
owner = "Ada"
expires = 2030-01-01
"""
FULL = judged_report(FULL, judge(FULL, read_policy(POLICY, name="policy.toml"), baseline=FULL))


@FEW
@given(reports())
def test_every_report_is_valid_to_an_implementation_that_is_not_ours(report: dict[str, Any]) -> None:
    """Whatever the fleet, other programs may rely on the published schema."""
    assert list(VALIDATOR.iter_errors(report)) == []


@FEW
@given(reports())
def test_the_model_reads_every_report_and_writes_it_back_unchanged(report: dict[str, Any]) -> None:
    """Nothing is lost, renamed or added between the document and its model."""
    read = Report.model_validate_json(to_json(report))

    assert read.model_dump(mode="json", by_alias=True, exclude_unset=True) == report


@FEW
@given(reports())
def test_no_key_is_written_that_the_schema_does_not_declare(report: dict[str, Any]) -> None:
    """A reader of the schema knows of everything that may come."""
    assert list(undeclared(SCHEMA, report)) == []


def test_every_key_that_the_schema_declares_is_written() -> None:
    """A full report has no declared key that never comes; an organization has the blocks of its model."""
    written = {block for organization in FULL["organizations"] for block in organization}
    lacking = [path for path in missing(SCHEMA, FULL) if not path.startswith("$.organizations[")]

    assert lacking == []
    only_shared = {"alsoSelectedBy", "renewals"}
    assert written | only_shared == SCHEMA["$defs"]["Organization"]["properties"].keys()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param(("schemaVersion",), "2.0", id="another major version"),
        pytest.param(("totals", "licenses", "total"), -1, id="negative count"),
        pytest.param(("totals", "expiring", "within"), {"soon": 1}, id="window without days"),
        pytest.param(("asOf",), "yesterday", id="no instant"),
        pytest.param(("organizations", 0, "status"), "fine", id="unheard-of status"),
        pytest.param(("errors", 0, "class"), "bad luck", id="unheard-of class"),
        pytest.param(("completeness", "complete"), None, id="undecided"),
    ],
)
def test_what_is_no_report_is_refused_by_both(path: tuple[Any, ...], value: Any) -> None:
    """The schema says as much as the model."""
    broken = deepcopy(FULL)
    place: Any = broken
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value

    assert not VALIDATOR.is_valid(broken)
    with pytest.raises(ValidationError):
        Report.model_validate_json(to_json(broken))


def test_a_key_of_a_later_minor_version_is_let_pass() -> None:
    """Keys are added within a major version; today's readers must not stumble over them."""
    later = deepcopy(FULL)
    later["schemaVersion"] = "1.7"
    later["findings"] = []

    assert VALIDATOR.is_valid(later)
    assert Report.model_validate_json(to_json(later)).schema_version == "1.7"


def test_the_schema_names_its_draft_and_itself() -> None:
    """Tools choose by `$schema`; `$id` needs no host of ours."""
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert SCHEMA["$id"] == "urn:auditor:report:1"
    jsonschema_rs.meta.validate(SCHEMA)


def test_notes_come_under_names_that_the_schema_allows() -> None:
    """Kinds of notes may be added without a new schema."""
    noted = deepcopy(FULL)
    noted["totals"]["notes"] = {kind.value: 1 for kind in NoteKind} | {"aLaterKind": 2}

    assert VALIDATOR.is_valid(noted)


def undeclared(schema: Any, document: Any, path: str = "$") -> Iterator[str]:
    """Paths of keys that *schema* has no property for."""
    for node, value, place in objects(schema, document, path):
        yield from (f"{place}.{key}" for key in sorted(value.keys() - node["properties"].keys()))


def missing(schema: Any, document: Any, path: str = "$") -> Iterator[str]:
    """Paths of properties that the document does not have."""
    for node, value, place in objects(schema, document, path):
        yield from (f"{place}.{key}" for key in sorted(node["properties"].keys() - value.keys()))


def objects(schema: Any, document: Any, path: str) -> Iterator[tuple[Any, dict[str, Any], str]]:
    """Every object of the document with the part of the schema that lists its properties."""
    node = resolved(schema)
    if isinstance(document, list):
        for number, item in enumerate(document):
            yield from objects(node["items"], item, f"{path}[{number}]")
    elif isinstance(document, dict) and "properties" in node:
        yield node, document, path
        for key in document.keys() & node["properties"].keys():
            yield from objects(node["properties"][key], document[key], f"{path}.{key}")


def resolved(node: Any) -> Any:
    """Follow `$ref`, and the one branch of `anyOf` that is not null."""
    if "$ref" in node:
        return resolved(SCHEMA["$defs"][node["$ref"].rsplit("/", 1)[1]])
    branches = [branch for branch in node.get("anyOf", ()) if branch.get("type") != "null"]
    return resolved(branches[0]) if len(branches) == 1 else node
