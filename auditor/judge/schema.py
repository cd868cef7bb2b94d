"""The JSON Schema of the policy file, for editors and other programs."""

from __future__ import annotations

from typing import Any, Final

from auditor.judge.policy import Policy

SCHEMA_ID: Final = "urn:auditor:policy:1"
"""Changes with the first key that goes away or changes its meaning."""


def policy_schema() -> dict[str, Any]:
    """A JSON Schema, draft 2020-12, that every valid policy satisfies.

    What takes more than a schema (paths of figures, what fits them, dates) only `read_policy` checks.
    """
    described = _without_nulls(Policy.model_json_schema(mode="validation"))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        **described,
        "title": "Policy of auditor",
    }


def _without_nulls(node: Any) -> Any:
    """*node* without null: in TOML a key is absent instead."""
    match node:
        case {"anyOf": [*parts], **rest} if {"type": "null"} in parts:
            others = [part for part in parts if part != {"type": "null"}]
            return _without_nulls({**others[0], **rest} if len(others) == 1 else {"anyOf": others, **rest})
        case dict():
            return {key: _without_nulls(value) for key, value in node.items() if value is not None}
        case list():
            return [_without_nulls(item) for item in node]
        case _:
            return node
