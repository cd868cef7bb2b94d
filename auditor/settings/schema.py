"""The JSON Schema of the configuration file, for editors and other programs."""

from __future__ import annotations

from typing import Any

from auditor.settings.model import Settings

SCHEMA_ID = "urn:auditor:config:1"
"""Changes with the first key that goes away or changes its meaning."""


def config_schema() -> dict[str, Any]:
    """A JSON Schema, draft 2020-12, that every valid configuration satisfies.

    It describes what a user may write, so a duration is a number or a text. What takes more than a
    schema (unique names, URLs, patterns of organizations) only `build_settings` checks.
    """
    described = without_nulls(Settings.model_json_schema(mode="validation"))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        **described,
        "title": "Configuration of auditor",
    }


def without_nulls(node: Any) -> Any:
    """*node* without null, as a type, a default or a part of one: in TOML a key is absent instead."""
    match node:
        case {"anyOf": [*parts], **rest} if {"type": "null"} in parts:
            others = [part for part in parts if part != {"type": "null"}]
            return without_nulls({**others[0], **rest} if len(others) == 1 else {"anyOf": others, **rest})
        case dict():
            return {key: without_nulls(value) for key, value in node.items() if value is not None}
        case list():
            return [without_nulls(item) for item in node]
        case _:
            return node
