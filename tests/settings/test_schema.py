import json
from typing import Any

import jsonschema_rs
import pytest

from auditor.settings.schema import SCHEMA_ID, config_schema

ACME = {"name": "acme", "api_key_env": "ACME_KEY"}


def is_valid(document: dict[str, Any]) -> bool:
    """What an implementation that shares nothing with pydantic says."""
    return jsonschema_rs.validator_for(config_schema()).is_valid(document)


def test_the_schema_is_one_of_draft_2020_12_and_json() -> None:
    """It names its draft and itself, survives JSON, and a caller's changes stay the caller's."""
    schema = config_schema()

    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == SCHEMA_ID == "urn:auditor:config:1"
    assert json.loads(json.dumps(schema)) == schema
    jsonschema_rs.meta.validate(schema)
    assert "null" not in json.dumps(schema)


def test_the_default_tenants_satisfy_the_schema() -> None:
    """An editor that fills in the default writes a valid file."""
    assert is_valid({"tenants": config_schema()["properties"]["tenants"]["default"]})


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"audit": {"windows_days": [30], "as_of": "2026-11-24T00:00:00Z"}},
        {"audit": {"plan": "counts", "reconcile": False}},
        {"audit": {"plan": "counts", "detail": False}},
        {"audit": {"plan": "targeted", "detail": True}},
        {"audit": {"plan": "targeted", "reconcile": True}},
        {"limits": {"deadline": "1h30m", "request_timeout": 2.5, "share": 1, "attempts": 1}},
        {
            "tenants": [
                ACME,
                {"name": "b", "api_key_command": "pass show b"},
                {"name": "c", "api_key_command": ["p"]},
            ]
        },
        {
            "tenants": [
                ACME | {"organizations": {"ids": ["1"]}, "tags": ["gold"], "auth": "x-cisco-meraki-api-key"}
            ]
        },
    ],
)
def test_a_good_document_is_valid(document: dict[str, Any]) -> None:
    """Every form that a user may write, durations as text or number among them."""
    assert is_valid(document)


@pytest.mark.parametrize(
    "document",
    [
        {"limit": {}},
        {"limits": {"shar": 1}},
        {"limits": {"share": 2}},
        {"limits": {"deadline": "soon"}},
        {"limits": {"deadline": 0}},
        {"limits": {"deadline": None}},
        {"limits": {"attempts": 0}},
        {"audit": {"windows_days": []}},
        {"audit": {"windows_days": [30, 30]}},
        {"audit": {"plan": "counts", "reconcile": True}},
        {"audit": {"plan": "counts", "detail": True}},
        {"audit": {"windows_days": list(range(1, 12))}},
        {"tenants": [{"name": "acme"}]},
        {"tenants": [{"api_key_env": "A"}]},
        {"tenants": [ACME | {"api_key_file": "b"}]},
        {"tenants": [ACME | {"auth": "basic"}]},
        {"output": {"report": ""}},
    ],
)
def test_a_bad_document_is_not(document: dict[str, Any]) -> None:
    """Unknown keys, ranges, sizes, and the one key source of a tenant."""
    assert not is_valid(document)
