from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
import pytest

from auditor.judge.schema import policy_schema

EXAMPLE = Path(__file__).resolve().parents[2] / "config" / "policy.toml"
WAIVER = {"rule": "a", "tenant": "acme", "reason": "r", "owner": "o", "expires": "2026-12-31"}
RULE = {"id": "a", "figure": "standing", "one_of": ["ok"]}


def validator() -> Any:
    return jsonschema_rs.Draft202012Validator(policy_schema())


def test_the_ready_made_policy_satisfies_the_schema() -> None:
    """Judged by an implementation that shares nothing with the models."""
    document = tomllib.loads(EXAMPLE.read_text())

    assert validator().is_valid(document)
    assert validator().is_valid({"rules": [RULE], "waivers": [WAIVER]})


@pytest.mark.parametrize(
    "document",
    [
        {"rule": []},
        {"rules": [RULE | {"sevrity": "error"}]},
        {"rules": [{"id": "a", "figure": "standing"}]},
        {"rules": [RULE | {"severity": "fatal"}]},
        {"rules": [RULE | {"max": "3"}]},
        {"waivers": [{key: value for key, value in WAIVER.items() if key != "tenant"}]},
        {"waivers": [{key: value for key, value in WAIVER.items() if key != "owner"}]},
        {"completeness": {"min_share": 2}},
    ],
)
def test_an_editor_marks_what_would_be_refused(document: dict[str, Any]) -> None:
    """As far as a schema can say it."""
    assert not validator().is_valid(document)


def test_every_key_is_described_and_none_may_be_null() -> None:
    """TOML has no null, and an editor shows what stands in the schema."""
    schema = policy_schema()

    assert b"null" not in orjson.dumps(schema)
    for model in ("Rule", "Waiver", "CompletenessDemand"):
        keys = schema["$defs"][model]["properties"]
        assert [key for key, one in keys.items() if not one.get("description")] == []
